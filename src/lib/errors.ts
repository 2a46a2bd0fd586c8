/**
 * Everything that can go wrong, as values. A function that can fail returns its result or a `Failure`; the
 * caller asks `failed()`. `toProblem` is the one place where a failure becomes what a caller sees (RFC 9457);
 * `internal` is for the log alone.
 */
import type { components } from "../generated/contract.ts";

export type Problem = components["schemas"]["Problem"];
export type InputError = components["schemas"]["InputError"];
export type AwsError = components["schemas"]["AwsError"];

export type Failure =
  | { failure: "path-not-canonical"; detail: string }
  | { failure: "body-not-json"; detail: string }
  | { failure: "caller-unknown" }
  | { failure: "duplicate-key"; pointers: readonly string[] }
  | { failure: "cursor-invalid" }
  | { failure: "owner-not-allowed"; owner: string }
  | { failure: "no-such-path" }
  | { failure: "not-registered"; owner: string; repo: string; role?: string }
  | { failure: "no-roll-call"; detail: string }
  | { failure: "method-not-allowed"; allow: readonly string[] }
  | { failure: "busy"; retryAfterSeconds: number }
  | { failure: "role-not-ours"; roleArn: string }
  /** `confirmed`: GitHub says that `actual` has the name; otherwise the caller does. */
  | { failure: "repository-replaced"; name: string; registered: string; actual: string; confirmed: boolean }
  /** By whom is for the log: a caller may not know that the other exists. */
  | { failure: "ecr-claimed"; repository: string; internal: string }
  /** `account`: IAM's quota of roles; `reserved`: so many free ones are left alone; `roles`, `ecr`: one repository's cap. */
  | { failure: "quota-reached"; of: "account" | "reserved" | "roles" | "ecr"; limit: number }
  | { failure: "not-ready"; status: string }
  | { failure: "suspended"; owner: string; repo: string; role: string }
  | { failure: "precondition-failed"; detail: string }
  | { failure: "body-too-large"; limit: number }
  | { failure: "unsupported-media-type"; contentType: string }
  | { failure: "invalid-input"; errors: readonly InputError[] }
  | { failure: "aws-refused"; aws: AwsError; remedy: string; internal: string }
  | { failure: "aws-unavailable"; aws: AwsError; retryAfterSeconds: number; internal: string }
  | { failure: "github-unavailable"; retryAfterSeconds: number; internal: string }
  | { failure: "lease-lost"; retryAfterSeconds: number }
  | { failure: "internal"; internal: string };

/** Whether a result is a failure. */
export const failed = <T>(result: T): result is Extract<T, { failure: string }> =>
  typeof result === "object" && result !== null && "failure" in result;

/** A fault of one field of the input. */
export const invalid = (...errors: InputError[]): Failure => ({ failure: "invalid-input", errors });

/** What a caller is told: nothing of the service's inside, and what to change. */
export function toProblem(failure: Failure): Problem {
  const problem = (status: number, title: string, detail: string, more: Partial<Problem> = {}): Problem => ({
    type: `urn:rolecall:problem:${failure.failure}`,
    code: failure.failure,
    title,
    status,
    detail,
    ...more,
  });
  switch (failure.failure) {
    case "path-not-canonical":
      return problem(400, "The path is not in its canonical form", failure.detail);
    case "body-not-json":
      return problem(400, "The body is not JSON", failure.detail);
    case "caller-unknown":
      return problem(
        401,
        "The caller is not known",
        "The request came without the ARN of an AWS identity, so nothing was done. Sign it with AWS Signature Version 4 for the service execute-api.",
      );
    case "duplicate-key":
      return problem(
        400,
        "A key stands twice",
        "The body has a key more than once in one object, and readers differ in which value they take. Nothing was done; send each key once.",
        {
          errors: failure.pointers.map((pointer) => ({
            pointer,
            detail: "The key stands more than once; send it once.",
          })),
        },
      );
    case "cursor-invalid":
      return problem(
        400,
        "The cursor is not one of ours",
        "Send the nextCursor of the page before, unchanged.",
      );
    case "owner-not-allowed":
      return problem(
        403,
        "The owner is not allowed here",
        `This service registers no repositories of ${failure.owner}; ask its operator to add the owner to ROLECALL_OWNERS.`,
      );
    case "no-such-path":
      return problem(404, "There is nothing at that path", "The paths there are stand in /openapi.yaml.");
    case "not-registered":
      return problem(
        404,
        "Nothing is registered under that name",
        failure.role === undefined
          ? `No role is registered for ${failure.owner}/${failure.repo}, so nothing was changed. Spell the names as GitHub does.`
          : `No role ${failure.role} is registered for ${failure.owner}/${failure.repo}; register it with PUT, and spell the names as GitHub does.`,
      );
    case "no-roll-call":
      return problem(404, "There is no such roll call", failure.detail);
    case "method-not-allowed":
      return problem(405, "The path has no such method", `The path has ${failure.allow.join(", ")}.`);
    case "busy":
      return problem(
        409,
        "Another change is under way",
        `Another change of this registration is under way; try again in ${failure.retryAfterSeconds} seconds.`,
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "role-not-ours":
      return problem(
        409,
        "The role belongs to someone else",
        `${failure.roleArn} exists and was not made by this registration, so it stays as it is; remove it or register under another role name.`,
      );
    case "repository-replaced":
      return problem(
        409,
        "The name belongs to another repository",
        failure.confirmed
          ? `${failure.name} is registered for ${failure.registered}, and on GitHub that name now belongs to ${failure.actual}. If ${failure.registered} was renamed, register it under its new name; only if it no longer exists, delete its registrations and ask the operator to release its reservation.`
          : `${failure.name} is registered with other ids than those of this request, and GitHub does not show which are right. Send the ids in \`github\` that it was registered with, or ask the operator to give the service access to the repository (ROLECALL_GITHUB_SECRET).`,
      );
    case "ecr-claimed":
      return problem(
        409,
        "The ECR name belongs to another repository",
        `The name ${failure.repository} in ECR belongs to another repository, and two repositories never share one. Nothing was written. Register under a name of its own: rename this repository on GitHub, or use ECR repositories that nobody has.`,
      );
    case "quota-reached":
      return problem(409, "A quota is reached", quotaDetail(failure));
    case "not-ready":
      return problem(
        409,
        "The registration is not ready",
        failure.status === "removing"
          ? "The registration is half removed. Repeat the DELETE, which removes the role and ends its sessions."
          : `The registration's status is ${failure.status}, so its ECR repositories are not known yet; repeat the PUT.`,
      );
    case "suspended":
      return problem(
        409,
        "The registration is suspended",
        `The role ${failure.role} of ${failure.owner}/${failure.repo} is suspended, so nothing was changed. End the suspension with POST …/roles/${failure.role}/revocations {"suspend": false}, then repeat the PUT.`,
      );
    case "precondition-failed":
      return problem(412, "The precondition does not hold", failure.detail);
    case "body-too-large":
      return problem(413, "The body is too large", `The body has more than ${failure.limit} bytes.`);
    case "unsupported-media-type":
      return problem(
        415,
        "The body is not declared as JSON",
        `The body came as ${failure.contentType}; send the header Content-Type: application/json.`,
      );
    case "invalid-input":
      return problem(
        422,
        "The request has faults",
        `The request has ${failure.errors.length === 1 ? "1 fault" : `${failure.errors.length} faults`}; see errors.`,
        { errors: [...failure.errors] },
      );
    case "aws-refused":
      return problem(
        502,
        "AWS refused a call",
        `${failure.aws.service}:${failure.aws.action} was refused with ${failure.aws.code}: ${failure.remedy}`,
        { aws: failure.aws },
      );
    case "aws-unavailable":
      return problem(
        503,
        "AWS does not answer as it should",
        `${failure.aws.service}:${failure.aws.action} ended with ${failure.aws.code}; the same request may be repeated.`,
        { aws: failure.aws, retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "github-unavailable":
      return problem(
        503,
        "GitHub does not answer",
        `GitHub does not answer, and nothing is registered on a guess; try again in ${failure.retryAfterSeconds} seconds.`,
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "lease-lost":
      return problem(
        503,
        "The change took too long",
        "The change took longer than its lease; repeat the request, which goes on where it stopped.",
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "internal":
      return problem(
        500,
        "The service has a fault",
        "The service has a fault; its operator finds it in the log.",
      );
  }
}

function quotaDetail({ of, limit }: Extract<Failure, { failure: "quota-reached" }>): string {
  switch (of) {
    case "account":
      return `The account has all ${limit} roles that its quota allows. Have roles deleted or the quota raised (GET /v1/account shows it), then repeat the PUT.`;
    case "reserved":
      return `The account has no more than ${limit} free roles left, and registrations leave these alone (ROLECALL_RESERVED_ROLES). Nothing was made; have roles deleted or the account's quota raised (GET /v1/account shows it).`;
    case "roles":
      return `The repository has ${limit} roles, as many as the operator allows (ROLECALL_ROLES_PER_REPOSITORY). Nothing was made; delete a registration that is not needed, or have the operator raise the limit.`;
    case "ecr":
      return `The repository would have more than ${limit} ECR repositories, which is what the operator allows (ROLECALL_ECR_PER_REPOSITORY). Nothing was made; use ECR repositories that it has already, or have the operator raise the limit.`;
  }
}
