import type { components } from "../../src/generated/contract.ts";
import type { ShortRegistration, ShortRole } from "./roles.ts";

export type Migration = components["schemas"]["Migration"];

export type RetireCase = {
  name: string;
  role: ShortRole;
  registered: ShortRegistration[];
  retire: Migration["retire"];
};

export const retireCases: readonly RetireCase[] = [
  {
    name: "nothing registered",
    role: { usedDaysAgo: 400, createdDaysAgo: 500 },
    registered: [],
    retire: { ready: false, reason: "acme/api has no registered role yet." },
  },
  {
    name: "another repository's role replaces nothing",
    role: { usedDaysAgo: 400, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "web", role: "publish", name: "web-publish", usedDaysAgo: 1 }],
    retire: { ready: false, reason: "acme/api has no registered role yet." },
  },
  {
    name: "the whole owner's role is another",
    role: { usedDaysAgo: 400, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "*", role: "publish", name: "*-publish", usedDaysAgo: 1 }],
    retire: { ready: false, reason: "acme/api has no registered role yet." },
  },
  {
    name: "a replacement that was never used",
    role: { usedDaysAgo: 400, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish" }],
    retire: { ready: false, reason: "acme/api has not used its registered role publish yet." },
  },
  {
    name: "both roles in use",
    role: { usedDaysAgo: 2, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: {
      ready: false,
      reason: "The role was last used on 2026-11-21. Wait until it has been idle for more than 30 days.",
    },
  },
  {
    name: "30 days are not enough",
    role: { usedDaysAgo: 30, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: {
      ready: false,
      reason: "The role was last used on 2026-10-24. Wait until it has been idle for more than 30 days.",
    },
  },
  {
    name: "more than 30 days are",
    role: { usedDaysAgo: 30.01, createdDaysAgo: 500 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: { ready: true, reason: "Its replacements are in use. The role was last used on 2026-10-24." },
  },
  {
    name: "never used, and old",
    role: { createdDaysAgo: 31 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: {
      ready: true,
      reason: "Its replacements are in use. The role was created on 2026-10-23 and has never been used.",
    },
  },
  {
    name: "never used, and new",
    role: { createdDaysAgo: 3 },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: {
      ready: false,
      reason:
        "The role was created on 2026-11-20 and has never been used. Wait until it has been idle for more than 30 days.",
    },
  },
  {
    name: "the name in another letter case",
    role: { usedDaysAgo: 100, createdDaysAgo: 500 },
    registered: [{ owner: "Acme", repo: "API", role: "publish", name: "API-publish", usedDaysAgo: 1 }],
    retire: { ready: true, reason: "Its replacements are in use. The role was last used on 2026-08-15." },
  },
  {
    name: "one of several roles of the repository is used",
    role: { usedDaysAgo: 100, createdDaysAgo: 500 },
    registered: [
      { owner: "acme", repo: "api", role: "a", name: "api-a" },
      { owner: "acme", repo: "api", role: "b", name: "api-b", usedDaysAgo: 1 },
    ],
    retire: { ready: true, reason: "Its replacements are in use. The role was last used on 2026-08-15." },
  },
  {
    name: "one of two repositories is not registered",
    role: {
      usedDaysAgo: 100,
      createdDaysAgo: 500,
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/main"],
    },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: { ready: false, reason: "acme/web has no registered role yet." },
  },
  {
    name: "one of two repositories has not used its role",
    role: {
      usedDaysAgo: 100,
      createdDaysAgo: 500,
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/main"],
    },
    registered: [
      { owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 },
      { owner: "acme", repo: "web", role: "publish", name: "web-publish" },
    ],
    retire: { ready: false, reason: "acme/web has not used its registered role publish yet." },
  },
  {
    name: "two repositories, both replaced",
    role: {
      usedDaysAgo: 100,
      createdDaysAgo: 500,
      sub: ["repo:acme/api:ref:refs/heads/main", "repo:acme/web:ref:refs/heads/main"],
    },
    registered: [
      { owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 },
      { owner: "acme", repo: "web", role: "publish", name: "web-publish", usedDaysAgo: 1 },
    ],
    retire: { ready: true, reason: "Its replacements are in use. The role was last used on 2026-08-15." },
  },
  {
    name: "nothing can be suggested",
    role: { usedDaysAgo: 100, createdDaysAgo: 500, sub: "repo:*" },
    registered: [{ owner: "acme", repo: "api", role: "publish", name: "api-publish", usedDaysAgo: 1 }],
    retire: { ready: false, reason: "No replacement can be suggested. See notes." },
  },
];
