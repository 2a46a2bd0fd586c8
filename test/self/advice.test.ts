/**
 * The advice of each answer that a workflow can get. Its reader may have no AWS credentials, so a sentence that names a
 * call of the signed API, or a deletion, also names somebody who may do that.
 */
import { expect, test } from "vitest";
import { AwsFault, faultOf } from "../../src/aws/fault.ts";
import { type Failure, toProblem } from "../../src/lib/errors.ts";
import { viewRevocation } from "../../src/registration/view.ts";

const DENIED = {
  claim: "ref",
  was: "x",
  accepts: ["y"],
  rule: "self.json /rules/0",
  remedy: "Ask the operator.",
};
const NAMED = { owner: "acme", repo: "api", role: "publish" };
const ACCOUNT = "210987654321";

/** Codes of AWS that have an advice of their own, and one that has none. */
const CODES = [
  "AccessDeniedException",
  "InvalidClientTokenId",
  "InvalidParameterException",
  "KmsException",
  "LimitExceededException",
  "MalformedPolicyDocument",
  "NoSuchEntity",
  "Other",
];
const refusedWith = (code: string) => {
  const fault = faultOf(Object.assign(new Error("x"), { name: code }), "ecr", "PutImage", { status: 400 });
  if (!(fault instanceof AwsFault) || fault.failure.failure !== "aws-refused") throw fault;
  return fault.failure;
};

type Of<F extends Failure["failure"]> = Extract<Failure, { failure: F }>;

/** The failures of workflows' calls by their codes; none for a code that only calls of the signed API answer. */
const FAILURES: { readonly [F in Failure["failure"]]: readonly Of<F>[] } = {
  "path-not-canonical": [{ failure: "path-not-canonical", detail: "x" }],
  "body-not-json": [{ failure: "body-not-json", detail: "x" }],
  "caller-unknown": [],
  "duplicate-key": [{ failure: "duplicate-key", pointers: ["/a"] }],
  "cursor-invalid": [],
  "owner-not-allowed": [{ failure: "owner-not-allowed", owner: "acme" }],
  "token-invalid": [{ failure: "token-invalid", denied: DENIED }],
  "token-not-allowed": [{ failure: "token-not-allowed", denied: DENIED }],
  "token-used": [true, false].map((isChanged) => ({ failure: "token-used", isChanged })),
  "not-self-registered": [true, false].map((isReserved) => ({
    failure: "not-self-registered",
    ...NAMED,
    isReserved,
  })),
  "no-such-path": [{ failure: "no-such-path" }],
  "not-registered": [{ failure: "not-registered", ...NAMED }],
  "no-roll-call": [],
  "method-not-allowed": [{ failure: "method-not-allowed", allow: ["GET"] }],
  busy: [{ failure: "busy", retryAfterSeconds: 1 }],
  "role-not-ours": [{ failure: "role-not-ours", roleArn: "arn" }],
  "repository-replaced": [true, false].map((confirmed) => ({
    failure: "repository-replaced",
    name: "acme/api",
    actual: "repository:1",
    confirmed,
    internal: "",
  })),
  "ecr-claimed": [{ failure: "ecr-claimed", repository: "acme/api", internal: "" }],
  "quota-reached": (["account", "reserved", "roles", "ecr"] as const).map((of) => ({
    failure: "quota-reached",
    of,
    limit: 5,
  })),
  "not-ready": ["removing", "failed", "provisioning"].map((status) => ({ failure: "not-ready", status })),
  suspended: [{ failure: "suspended", ...NAMED }],
  "precondition-failed": [],
  "body-too-large": [{ failure: "body-too-large", limit: 5 }],
  "unsupported-media-type": [{ failure: "unsupported-media-type", contentType: "x" }],
  "invalid-input": [{ failure: "invalid-input", errors: [] }],
  "aws-refused": CODES.map(refusedWith),
  "aws-unavailable": [
    {
      failure: "aws-unavailable",
      aws: { service: "iam", action: "GetRole", code: "x" },
      retryAfterSeconds: 1,
      internal: "",
    },
  ],
  "github-unavailable": [{ failure: "github-unavailable", retryAfterSeconds: 1, internal: "" }],
  "lease-lost": [{ failure: "lease-lost", retryAfterSeconds: 1 }],
  "account-unknown": [{ failure: "account-unknown", account: ACCOUNT }],
  "account-not-allowed": [{ failure: "account-not-allowed", account: ACCOUNT, repository: "acme/api" }],
  "account-read-only": [{ failure: "account-read-only", account: ACCOUNT }],
  "account-outdated": [{ failure: "account-outdated", account: ACCOUNT, detail: "x" }],
  "account-in-use": [],
  "account-unreachable": [{ failure: "account-unreachable", account: ACCOUNT, roleArn: "arn", internal: "" }],
  internal: [{ failure: "internal", internal: "" }],
};

/** A call that only the signed API has, or an act that needs AWS credentials or the operator's rights. */
const NOT_FOR_WORKFLOWS =
  /\b(?:POST|GET|PUT) (?:…|\/v1)|[Rr]epeat the DELETE|\b[Dd]elete\b|\b(?:release|restore|raise)\b/;
const SOMEBODY_WHO_MAY = /operator|owner of account|AWS credentials/;

function expectFollowable(text: string) {
  for (const sentence of text.split(/(?<=\.) /))
    if (NOT_FOR_WORKFLOWS.test(sentence)) expect(sentence).toMatch(SOMEBODY_WHO_MAY);
}

test.each(Object.values(FAILURES).flat())(
  "a workflow's owner can follow the advice of $failure",
  (failure) => {
    expectFollowable(toProblem(failure).detail);
  },
);

test("a workflow's owner can follow the advice of a suspended registration", () => {
  expectFollowable(viewRevocation({ denied: "all", at: "x", by: "x" }, false).detail);
});
