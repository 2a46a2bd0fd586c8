/** The steps that `namespaces.test.ts` plays in random order, with the names and owners in them. */
import fc from "fast-check";
import { type Issuer, parseIssuer } from "../../../src/trust/issuer.ts";

const issuerOf = (url: string): Issuer => {
  const issuer = parseIssuer(url);
  if (issuer === undefined) throw new Error(`${url} is no issuer`);
  return issuer;
};
export const COM = issuerOf("https://token.actions.githubusercontent.com");
export const SERVER = issuerOf("https://github.corp.example/_services/token");
/** The owners, with their ids. The tokens of the last one's issuer carry no ids. */
export const OWNERS = { acme: 1, Umbrella: 2, corp: 3 } as const;
export type Owner = keyof typeof OWNERS;
export const OWNER_NAMES: Owner[] = ["acme", "Umbrella", "corp"];
export const hostOf = (owner: Owner): "com" | "server" => (owner === "corp" ? "server" : "com");

/** Names that fold to one namespace, in the order of how often they are tried. `{n}` is the run's number. */
export const FOLDING = ["api{n}", "_api{n}", "API{n}", "api{n}-", "Api{n}"] as const;
const OTHERS = ["web{n}", "_web{n}", "shared{n}"] as const;
export const NAMES = [...FOLDING, ...OTHERS];
export type Name = (typeof NAMES)[number];
export const baseOf = (name: Name): string =>
  FOLDING.some((one) => one === name) ? "api{n}" : name === "_web{n}" ? "web{n}" : name;
/** Registers by the operator's grants alone: it may push to `acme/shared{n}`, and pull from `acme/api{n}`. */
export const GRANTED = "ci{n}";

type Ids = "own" | "holder's" | "made-up" | "none";
export type Put = {
  kind: "put";
  owner: Owner | "ACME";
  name: Name;
  role: "one" | "two";
  ids: Ids;
  settings: boolean;
  cache: boolean;
};
export type Action =
  | Put
  | { kind: "granted"; of: "shared" | "api" }
  /** One of the registrations, by its own path or another spelling of it. */
  | { kind: "delete"; registration: number; isExact: boolean }
  /** One of the reservations. Its registrations are deleted first, or stand. */
  | { kind: "release"; reservation: number; isExact: boolean; isHolder: boolean; isEmptied: boolean }
  | { kind: "rename"; repository: number; owner: Owner; name: Name }
  | { kind: "replace"; repository: number }
  | { kind: "show" | "hide"; repository: number }
  /** The state of the credentials with which Rolecall asks GitHub. */
  | { kind: "show-all" | "hide-all" };

const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...FOLDING.slice(0, 3)) },
  { weight: 2, arbitrary: fc.constant<Name>("shared{n}") },
  { weight: 2, arbitrary: fc.constantFrom(...NAMES) },
);
const owner = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Owner>("acme") },
  { weight: 2, arbitrary: fc.constantFrom(...OWNER_NAMES) },
);
const role = fc.constantFrom("one" as const, "two" as const);
const repository = fc.nat({ max: 6 });
/** The position of a registration or a reservation, modulo their number. */
const nth = fc.nat({ max: 11 });
const mostly = fc.constantFrom(true, true, true, false);
export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      owner: fc.oneof(
        { weight: 12, arbitrary: owner },
        { weight: 1, arbitrary: fc.constant("ACME" as const) },
      ),
      name,
      role,
      ids: fc.constantFrom<Ids>("own", "own", "none", "holder's", "holder's", "made-up"),
      settings: fc.boolean(),
      cache: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("granted" as const),
      of: fc.constantFrom("shared" as const, "api" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), registration: nth, isExact: mostly }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("release" as const),
      reservation: nth,
      isExact: mostly,
      isHolder: mostly,
      isEmptied: mostly,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("rename" as const), repository, owner, name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("show-all" as const, "hide-all" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), repository }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("show" as const, "hide" as const), repository }),
  },
);

const asked = (name: Name, role: Put["role"], ids: Ids, settings = false): Put => ({
  kind: "put",
  owner: "acme",
  name,
  role,
  ids,
  settings,
  cache: role === "two",
});
/** Sequences that random ones rarely come to. */
export const EXAMPLES: Action[][] = [
  // Wrong ids, until GitHub shows the repository.
  [
    { kind: "hide-all" },
    asked("api{n}", "two", "made-up"),
    asked("api{n}", "one", "made-up"),
    { kind: "show-all" },
    asked("api{n}", "one", "own"),
    asked("api{n}", "two", "own"),
  ],
  // The owner of a namespace asks for an ECR repository there that the operator has granted to others.
  [
    { kind: "hide-all" },
    asked("shared{n}", "one", "made-up", true),
    { kind: "granted", of: "shared" },
    asked("shared{n}", "one", "own", true),
    { kind: "show-all" },
    asked("shared{n}", "one", "own", true),
  ],
];
