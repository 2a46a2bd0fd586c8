/**
 * Everything that can go wrong, as values. A function that can fail returns its result or a `Failure`; its caller asks
 * `failed()`. Only `toProblem` turns a failure into the problem that an HTTP caller sees (RFC 9457). The field
 * `internal` is only for the log.
 */
import type { components } from "../generated/contract.ts";
import { withoutTokens } from "./redact.ts";

export type Problem = components["schemas"]["Problem"];
export type InputError = components["schemas"]["InputError"];
export type TokenDenial = components["schemas"]["TokenDenial"];
export type AwsError = components["schemas"]["AwsError"];

export type Failure =
  | { failure: "path-not-canonical"; detail: string }
  | { failure: "body-not-json"; detail: string }
  | { failure: "caller-unknown" }
  | { failure: "duplicate-key"; pointers: readonly string[] }
  | { failure: "cursor-invalid" }
  | { failure: "owner-not-allowed"; owner: string }
  | { failure: "token-invalid"; denied: TokenDenial }
  | { failure: "token-not-allowed"; denied: TokenDenial }
  /** `isChanged`: the same request has written, and the registration has changed since. */
  | { failure: "token-used"; isChanged: boolean }
  | { failure: "not-self-registered"; owner: string; repo: string; role: string; isReserved: boolean }
  | { failure: "no-such-path" }
  | { failure: "not-registered"; owner: string; repo: string; role?: string }
  | { failure: "no-roll-call"; detail: string }
  | { failure: "method-not-allowed"; allow: readonly string[] }
  | { failure: "busy"; retryAfterSeconds: number }
  | { failure: "role-not-ours"; roleArn: string }
  /** `confirmed`: GitHub says that `actual` has the name. Without it, only the caller says so. */
  /** The log names the holder. `actual` is the id that GitHub, or the caller, gives. */
  | { failure: "repository-replaced"; name: string; actual: string; confirmed: boolean; internal: string }
  /** The log names the holder. The caller may not learn that the other repository exists. */
  | { failure: "ecr-claimed"; repository: string; internal: string }
  /** `account`: IAM's quota of roles. `reserved`: the free roles that registrations leave. `roles`, `ecr`: one repository's cap. */
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
  | { failure: "account-unknown"; account: string }
  | { failure: "account-not-allowed"; account: string; repository: string }
  | { failure: "account-read-only"; account: string }
  | { failure: "account-outdated"; account: string; detail: string }
  | { failure: "account-in-use"; account: string }
  | { failure: "account-unreachable"; account: string; roleArn: string; internal: string }
  | { failure: "internal"; internal: string };

/** Returns whether a result is a failure. */
export const failed = <T>(result: T): result is Extract<T, { failure: string }> =>
  typeof result === "object" && result !== null && "failure" in result;

/** Returns the failure of a request with these faults. */
export const invalid = (...errors: InputError[]): Failure => ({ failure: "invalid-input", errors });

/** The HTTP status of a problem. */
type Status = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 500 | 502 | 503;

/**
 * Returns the problem that a caller sees: what happened and what to do, without the service's internals. Faults name
 * text of the request, so a token that its sender put there is removed.
 */
export function toProblem(failure: Failure): Problem & { status: Status } {
  const problem: Problem & { status: Status } = JSON.parse(withoutTokens(JSON.stringify(problemOf(failure))));
  return problem;
}

function problemOf(failure: Failure): Problem & { status: Status } {
  const problem = (
    status: Status,
    title: string,
    detail: string,
    more: Omit<Partial<Problem>, "status"> = {},
  ) => ({
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
        "The request came without the ARN of an AWS identity, so nothing was done. Sign the request with AWS Signature Version 4 for the service execute-api.",
      );
    case "duplicate-key":
      return problem(
        400,
        "The body repeats a key",
        "An object of the body has the same key more than once, so its meaning is not certain. Nothing was done; send each key once.",
        {
          errors: failure.pointers.map((pointer) => ({
            pointer,
            detail: "The object has this key more than once. Send it once.",
          })),
        },
      );
    case "cursor-invalid":
      return problem(
        400,
        "The cursor is not valid",
        "The cursor is not valid for this list. Send the nextCursor of the previous page, unchanged.",
      );
    case "owner-not-allowed":
      return problem(
        403,
        "The owner is not allowed here",
        `This service does not register repositories of ${failure.owner}. Ask its operator to add the owner to ROLECALL_OWNERS.`,
      );
    case "token-invalid":
      return problem(
        401,
        "The token is not valid",
        `${invalidReason(failure.denied)} ${failure.denied.remedy}`,
        { denied: failure.denied },
      );
    case "token-not-allowed":
      return problem(403, "The token may not do this", notAllowedDetail(failure.denied), {
        denied: failure.denied,
      });
    case "token-used":
      return problem(
        409,
        "The token was used before",
        failure.isChanged
          ? "This request has already written with this token, and the registration has changed since. Nothing was changed; let the job ask GitHub for a new token."
          : "The token has already written, with another request. Nothing was changed; let the job ask GitHub for a new token.",
      );
    case "not-self-registered":
      return problem(
        409,
        "The registration is not a workflow's",
        failure.isReserved
          ? `The name ${failure.owner}/${failure.repo} is reserved for another repository id than the token's, so no workflow can register a role there. Nothing was changed; ask the operator to take the name over with a PUT with AWS credentials.`
          : `The role ${failure.role} of ${failure.owner}/${failure.repo} does not belong to this repository's workflows. Nothing was changed; register another role, or ask the operator to hand it over with a PUT and ?origin=self.`,
      );
    case "no-such-path":
      return problem(404, "No such path", "No such path. See /openapi.yaml for the paths that exist.");
    case "not-registered":
      return problem(
        404,
        "Nothing is registered under that name",
        failure.role === undefined
          ? `No role is registered for ${failure.owner}/${failure.repo}, so nothing was changed. Spell the names as GitHub does.`
          : `No role ${failure.role} is registered for ${failure.owner}/${failure.repo}. Register it with PUT, and spell the names as GitHub does.`,
      );
    case "no-roll-call":
      return problem(404, "There is no roll call", failure.detail);
    case "method-not-allowed":
      return problem(
        405,
        "The path does not support this method",
        `The path does not support this method. Use one of these: ${failure.allow.join(", ")}.`,
      );
    case "busy":
      return problem(
        409,
        "Another change is under way",
        `Another change of this registration or of its ECR repositories is under way. Try again in ${failure.retryAfterSeconds} seconds.`,
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "role-not-ours":
      return problem(
        409,
        "The role exists and is not Rolecall's",
        `${failure.roleArn} exists, and this registration did not create it, so the role was not changed. Register under another role name, or ask the operator to delete the role.`,
      );
    case "repository-replaced":
      return problem(
        409,
        "The name belongs to another repository",
        failure.confirmed
          ? `On GitHub, the name ${failure.name} now belongs to ${failure.actual}, but another repository is registered under it. If that repository was renamed, register it under its new name. If it no longer exists, ask the operator to delete its registrations and to release its reservation.`
          : `${failure.name} is registered with different ids than this request has, and GitHub does not show which ids are right. Send the registered ids in \`github\`, or ask the operator to give the service access to the repository (ROLECALL_GITHUB_SECRET).`,
      );
    case "ecr-claimed":
      return problem(
        409,
        "The ECR name belongs to another repository",
        `The ECR name ${failure.repository} belongs to another repository, so nothing was written. Rename this repository on GitHub, or use ECR repositories that belong to no other repository.`,
      );
    case "quota-reached":
      return problem(409, "A quota is reached", quotaDetail(failure));
    case "not-ready":
      return problem(
        409,
        "The registration is not ready",
        failure.status === "removing"
          ? "A DELETE of the registration began and did not finish. Repeat the DELETE with AWS credentials, or ask the operator to; it removes the role and ends its sessions."
          : `The registration's status is ${failure.status}, so its last change did not finish. Repeat the PUT, or ask the operator to.`,
      );
    case "suspended":
      return problem(
        409,
        "The registration is suspended",
        `The role ${failure.role} of ${failure.owner}/${failure.repo} is suspended, so nothing was changed. Ask the operator to end the suspension, or send POST …/roles/${failure.role}/revocations {"suspend": false} with AWS credentials; then repeat the PUT.`,
      );
    case "precondition-failed":
      return problem(412, "The precondition is false", failure.detail);
    case "body-too-large":
      return problem(
        413,
        "The body is too large",
        `The body has more than ${failure.limit} bytes. Send a shorter one.`,
      );
    case "unsupported-media-type":
      return problem(
        415,
        "The body is not declared as JSON",
        `The request declares its body as ${failure.contentType}. Send the header Content-Type: application/json.`,
      );
    case "invalid-input":
      return problem(
        422,
        "The request has faults",
        `The request has ${failure.errors.length === 1 ? "1 fault" : `${failure.errors.length} faults`}. See \`errors\` for each field and what to change.`,
        { errors: [...failure.errors] },
      );
    case "aws-refused":
      return problem(
        502,
        "AWS refused a call",
        `AWS refused ${failure.aws.service}:${failure.aws.action} with ${failure.aws.code}. ${failure.remedy}`,
        { aws: failure.aws },
      );
    case "aws-unavailable":
      return problem(
        503,
        "AWS did not answer as expected",
        `${failure.aws.service}:${failure.aws.action} failed with ${failure.aws.code}. Repeat the same request in ${failure.retryAfterSeconds} seconds.`,
        { aws: failure.aws, retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "github-unavailable":
      return problem(
        503,
        "GitHub did not answer",
        `GitHub did not answer, so nothing was changed. Try again in ${failure.retryAfterSeconds} seconds.`,
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "lease-lost":
      return problem(
        503,
        "The change took too long",
        "The change took longer than its lease, so it stopped before its end. Repeat the request; it continues from there.",
        { retryAfterSeconds: failure.retryAfterSeconds },
      );
    case "account-unknown":
      return problem(
        404,
        "The account is not known",
        `Account ${failure.account} has no record. Ask Rolecall's operator to add it with PUT /v1/accounts/${failure.account}.`,
      );
    case "account-not-allowed":
      return problem(
        403,
        "The account does not serve this repository",
        `The record of account ${failure.account} does not list ${failure.repository}. Nothing was written; ask Rolecall's operator to add the repository with PUT /v1/accounts/${failure.account}.`,
      );
    case "account-read-only":
      return problem(
        409,
        "The account is read-only",
        `The record of account ${failure.account} has \`writes\` off, so nothing was written. Ask Rolecall's operator to turn it on with PUT /v1/accounts/${failure.account}.`,
      );
    case "account-outdated":
      return problem(
        409,
        "The account's member template is too old",
        `${failure.detail} Nothing was written; ask the owner of account ${failure.account} to update the stack of the member template.`,
      );
    case "account-in-use":
      return problem(
        409,
        "The account has registrations",
        `Account ${failure.account} still has registrations, so its record was not deleted. GET /v1/roles?account=${failure.account} lists them; delete them first.`,
      );
    case "account-unreachable":
      return problem(
        502,
        "The account cannot be reached",
        `AWS does not let Rolecall assume ${failure.roleArn}. Ask the owner of account ${failure.account} to deploy or update the member template; GET /v1/accounts/${failure.account} shows the operator the possible causes.`,
      );
    case "internal":
      return problem(
        500,
        "The service has a fault",
        "The service has a fault. Ask its operator to look up the request id in the log.",
      );
  }
}

/** Says why a token is not valid. */
function invalidReason({ claim }: TokenDenial): string {
  if (claim === "form") return "The request has no GitHub token, or one that cannot be read.";
  if (claim === "signature") return "The workflow's token was refused because of its signature.";
  const part = claim === "alg" ? "header" : "claim";
  return `The workflow's token was refused because of its ${part} \`${claim}\`.`;
}

/** Says which claim or field was refused, by whose rule, and what would do. */
function notAllowedDetail({ claim, was, accepts, rule, remedy }: TokenDenial): string {
  const what = claim.startsWith("/") ? `The request's ${claim}` : `The token's ${claim}`;
  const would = accepts.length === 0 ? "" : ` Accepted: ${accepts.join(", ")}.`;
  return `${what} is ${was === "" ? "missing" : was}, which ${rule} does not allow.${would} ${remedy}`;
}

function quotaDetail({ of, limit }: Extract<Failure, { failure: "quota-reached" }>): string {
  switch (of) {
    case "account":
      return `The account has all ${limit} roles that its quota allows. Ask the operator to raise IAM's quota \`Roles per account\` (L-FE177D64) in Service Quotas, or to delete roles (GET /v1/account shows the count, and GET /v1/accounts/{account} that of a member account); then repeat the PUT.`;
    case "reserved":
      return `The account has no more than ${limit} free roles, which new registrations may not use (ROLECALL_RESERVED_ROLES). Nothing was created; ask the operator to raise IAM's quota \`Roles per account\` (L-FE177D64) in Service Quotas, or to delete roles (GET /v1/account shows the count, and GET /v1/accounts/{account} that of a member account).`;
    case "roles":
      return `The repository has ${limit} roles, as many as the operator allows (ROLECALL_ROLES_PER_REPOSITORY). Nothing was created; ask the operator to raise that limit, or to delete a registration that is not needed.`;
    case "ecr":
      return `The repository would have more than the ${limit} ECR repositories that the operator allows (ROLECALL_ECR_PER_REPOSITORY). Nothing was created; ask the operator to raise that limit, or use ECR repositories that it already has.`;
  }
}
