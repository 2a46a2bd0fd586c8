/** The paths of pages, relative to `/v1/`. */
import type { components } from "../generated/contract.ts";

type Key = Pick<components["schemas"]["RegistrationSummary"], "account" | "owner" | "repo" | "role">;

/** Returns the path of a registration. @param home the home account, whose registrations have paths without it */
export function registrationPath({ account, owner, repo, role }: Key, home: string): string {
  const below = account === home ? "" : `accounts/${encodeURIComponent(account)}/`;
  return `${below}repos/${[owner, repo].map(encodeURIComponent).join("/")}/roles/${encodeURIComponent(role)}`;
}

/** Returns the relative path from the page of a registration to `/v1/`. */
export const rootOf = (account: string, home: string): string =>
  account === home ? "../../../../" : "../../../../../../";

/** Returns the relative path from any page to `/v1/`. @param path the page's path */
export const rootFrom = (path: string): string =>
  `${"../".repeat(Math.max(0, path.split("/").length - 2))}v1/`;

/** Returns a path with a query. Parameters without a value are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
}
