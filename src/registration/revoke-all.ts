/**
 * Ends the sessions of all roles of a repository with one request. An incident leaves no time to revoke one role after
 * another.
 */
import { AwsFault } from "../aws/fault.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed, toProblem } from "../lib/errors.ts";
import { inParallel } from "../lib/parallel.ts";
import type { RegistrationKey } from "../registry/items.ts";
import type { Services } from "../services.ts";
import { type RevocationRequest, revoke } from "./revoke.ts";
import { viewRevocation } from "./view.ts";

type RepositoryRevocation = components["schemas"]["RepositoryRevocation"];
type RoleRevocation = RepositoryRevocation["roles"][number];

/**
 * The number of roles to write at the same time. The number is small because the whole account shares IAM's rate limit.
 */
const AT_ONCE = 8;
const PAGE = 100;

/**
 * Does for each role of a repository what `revoke` does. If one role fails or reaches a deadline, that role's result is
 * the failure. Repeat the request to finish such roles.
 * @returns the result of each role, or a failure if the repository has no registration under that spelling
 */
export async function revokeAll(
  services: Services,
  { owner, repo }: Omit<RegistrationKey, "role">,
  request: RevocationRequest,
  caller: string,
): Promise<RepositoryRevocation | Failure> {
  const names = await rolesOf(services, owner, repo);
  if (failed(names)) return names;
  if (names.length === 0) return { failure: "not-registered", owner, repo };
  const results = await inParallel(AT_ONCE, names, async (role) => {
    const revoked = await settledRevocation(services, { owner, repo, role }, request, caller);
    // A registration that was deleted meanwhile has no role left.
    return failed(revoked) && revoked.failure === "not-registered" ? [] : [resultOf(role, revoked)];
  });
  const roles = results.flat();
  return { owner, repo, complete: roles.every(({ done }) => done), roles };
}

/** Returns the names of a repository's roles. */
async function rolesOf({ registry }: Services, owner: string, repo: string): Promise<string[] | Failure> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await registry.listRepository(owner, repo, {}, PAGE, cursor);
    if (failed(page)) return page;
    names.push(...page.items.map(({ role }) => role));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return names;
}

/** Revokes one role. Returns every error as a failure and throws none. */
async function settledRevocation(
  services: Services,
  key: RegistrationKey,
  request: RevocationRequest,
  caller: string,
): ReturnType<typeof revoke> {
  const revoked = await revoke(services, key, request, caller).catch((error: unknown): Failure => {
    if (error instanceof AwsFault) return error.failure;
    return {
      failure: "internal",
      internal: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  });
  // Log the whole failure, because the response omits its internal details.
  if (failed(revoked)) services.log.error("revocation failed", { ...key, ...revoked });
  return revoked;
}

function resultOf(role: string, revoked: Awaited<ReturnType<typeof revoke>>): RoleRevocation {
  if (failed(revoked)) return { role, done: false, problem: toProblem(revoked) };
  const { revocation, revoking = false } = revoked;
  return { role, done: true, ...(revocation && { revocation: viewRevocation(revocation, revoking) }) };
}
