import { randomInt } from "node:crypto";
import { join } from "node:path";
import type { Account } from "../account.ts";
import type { Quotas } from "../quotas.ts";
import { type Collection, openCollection } from "../store.ts";

/** The things that IAM holds. Dates are ISO strings, because everything is stored as JSON. */
export type Role = {
  name: string;
  path: string;
  id: string;
  createdAt: string;
  trust: string;
  description?: string;
  maxSessionDuration: number;
  /** The ARN of a managed policy. */
  boundary?: string;
  tags: readonly Tag[];
  inline: readonly InlinePolicy[];
  /** ARNs of managed policies, in the order of their attachment. */
  attached: readonly string[];
  lastUsed?: { at: string; region: string };
};

export type Tag = { key: string; value: string };

export type InlinePolicy = { name: string; document: string };

export type Provider = {
  /** The URL without its scheme, as IAM stores it. */
  url: string;
  clientIds: readonly string[];
  thumbprints: readonly string[];
  createdAt: string;
  tags: readonly Tag[];
};

export type Policy = {
  name: string;
  path: string;
  id: string;
  /** `aws` for AWS's own policies. */
  owner: "local" | "aws";
  description?: string;
  createdAt: string;
  updatedAt: string;
  versions: readonly PolicyVersion[];
  /** The number of the next version. A number is never used twice. */
  nextVersion: number;
  tags: readonly Tag[];
};

export type PolicyVersion = { id: string; document: string; isDefault: boolean; createdAt: string };

export type InstanceProfile = {
  name: string;
  path: string;
  id: string;
  createdAt: string;
  /** The name of its role. An instance profile has at most one. */
  role?: string;
  tags: readonly Tag[];
};

export type Iam = {
  account: Account;
  quotas: Quotas;
  now: () => Date;
  /** True if trust policies must have a condition on the claims that GitHub's issuer needs. */
  identityProviderControls: () => boolean;
  /** Keyed by name in lower case, because IAM's names are unique regardless of case. Providers are keyed by URL. */
  roles: Collection<Role>;
  providers: Collection<Provider>;
  policies: Collection<Policy>;
  instanceProfiles: Collection<InstanceProfile>;
};

type Setting = Pick<Iam, "account" | "quotas" | "now" | "identityProviderControls">;

export function openIam(directory: string | undefined, setting: Setting): Iam {
  const open = <T>(name: string) =>
    openCollection<T>(directory === undefined ? undefined : join(directory, "iam", name));
  return {
    ...setting,
    roles: open<Role>("roles"),
    providers: open<Provider>("providers"),
    policies: open<Policy>("policies"),
    instanceProfiles: open<InstanceProfile>("instance-profiles"),
  };
}

export function roleArn({ account }: Pick<Iam, "account">, role: Pick<Role, "path" | "name">): string {
  return `arn:${account.partition}:iam::${account.id}:role${role.path}${role.name}`;
}

export function providerArn({ account }: Pick<Iam, "account">, { url }: Pick<Provider, "url">): string {
  return `arn:${account.partition}:iam::${account.id}:oidc-provider/${url}`;
}

export function policyArn(
  { account }: Pick<Iam, "account">,
  { owner, path, name }: Pick<Policy, "owner" | "path" | "name">,
): string {
  return `arn:${account.partition}:iam::${owner === "aws" ? "aws" : account.id}:policy${path}${name}`;
}

export function instanceProfileArn(
  { account }: Pick<Iam, "account">,
  { path, name }: Pick<InstanceProfile, "path" | "name">,
): string {
  return `arn:${account.partition}:iam::${account.id}:instance-profile${path}${name}`;
}

const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Returns a unique id. It is never reused, not even for another thing of the same name. */
export function newId(prefix: "AROA" | "ANPA" | "AIPA"): string {
  return randomId(prefix, 17);
}

export function randomId(prefix: string, length: number): string {
  return prefix + Array.from({ length }, () => idCharacters.charAt(randomInt(idCharacters.length))).join("");
}
