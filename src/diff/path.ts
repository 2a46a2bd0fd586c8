/** The paths of changes, and their names on pages. */
import { namesOf } from "./part.ts";
import { REPOSITORY_PARTS, type RepositoryPath } from "./repository-parts.ts";
import { ROLE_PARTS, type RolePath } from "./role-parts.ts";

/** A JSON pointer into the resource of a change; empty for the resource itself. */
export type Path = "" | ProviderPath | RolePath | RepositoryPath | GitHubPath;

type ProviderPath = "/audiences";

/** Parts of a repository on GitHub, as GitHub's API calls them. */
export type GitHubPath = "/id" | "/full_name" | "/sub_claim_prefix" | "/include_claim_keys" | "/archived";

const PARTS: readonly (readonly [key: string, { readonly label: string }])[] = [
  ["/audiences" satisfies ProviderPath, { label: "Audiences" }],
  ...Object.entries(ROLE_PARTS),
  ...Object.entries(REPOSITORY_PARTS),
];

/**
 * Returns the path of a part in words.
 * @param path as it is stored, perhaps by another release; a path that no part has is shown as it is
 */
export function labelOf(path: string): string {
  for (const [key, { label }] of PARTS) {
    const [name] = namesOf([path], key);
    if (name !== undefined) return [label, ...(name === "" ? [] : [name])].join(" ");
  }
  return namesOf([path], "/").join(" ");
}
