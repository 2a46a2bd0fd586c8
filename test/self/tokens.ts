/** Tokens of jobs and the trust policies that their workflows would register, for tests of the rule for workflows. */
import fc from "fast-check";
import { trustPolicy } from "../../src/desired/trust-policy.ts";
import { parseTrustPolicy, type TrustPolicy } from "../../src/policy/parse.ts";
import { evaluateTrust } from "../../src/trust/evaluate-trust.ts";
import {
  EMPTY_TRUST,
  type SubjectForm,
  subjectPrefixes,
  subjects,
  type Trust,
} from "../../src/trust/subjects.ts";

const HOST = "token.actions.githubusercontent.com";
export const PROVIDER = {
  arn: `arn:aws:iam::123456789012:oidc-provider/${HOST}`,
  url: `https://${HOST}`,
  audience: "sts.amazonaws.com",
  issuerHost: HOST,
};
export const { byName, byId } = subjectPrefixes({ owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 });

/** A job whose token is sent. */
export type Job = {
  ref?: string;
  environment?: string;
  form?: "name" | "id";
  repositoryId?: string;
  event?: string;
  template?: readonly string[];
  /** True if the issuer leaves the colons of an environment's name in the subject as they are. */
  isRaw?: boolean;
};

export function claimsOf({
  ref = "refs/heads/main",
  environment,
  form = "id",
  repositoryId = "2",
  event = "push",
  template = ["repo", "context"],
  isRaw = false,
}: Job): Readonly<Record<string, string>> {
  const prefix = (form === "id" ? byId : byName).replace("@2", `@${repositoryId}`);
  const encoded = isRaw ? environment : environment?.replaceAll(":", "%3A");
  const context =
    encoded !== undefined
      ? `environment:${encoded}`
      : event === "pull_request"
        ? "pull_request"
        : `ref:${ref}`;
  const parts = template.map((key) =>
    key === "repo"
      ? prefix
      : key === "context"
        ? context
        : key === "ref"
          ? `ref:${ref}`
          : `environment:${encoded ?? ""}`,
  );
  return {
    iss: PROVIDER.url,
    aud: "https://rolecall.example",
    sub: parts.join(":"),
    ref,
    event_name: event,
    repository: "acme/api",
    repository_id: repositoryId,
    repository_owner_id: "1",
    ...(environment !== undefined && { environment }),
  };
}

export function policyOf(
  trust: Partial<Trust>,
  form: SubjectForm = { prefixes: [byId], template: "default" },
  pinned = true,
  isRaw = false,
): TrustPolicy | undefined {
  const whole = { ...EMPTY_TRUST, ...trust };
  const accepted = subjects(form, whole);
  if (accepted === undefined) return undefined;
  const pin = pinned ? ({ by: "repository", repositoryId: 2 } as const) : ({ by: "name" } as const);
  const written = JSON.stringify(trustPolicy(PROVIDER, pin, accepted, whole));
  const parsed = parseTrustPolicy(isRaw ? written.replaceAll("%3A", ":") : written);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.policy;
}

/** Tells whether AWS lets in the token that a job sends to STS. */
export function letsIn(policy: TrustPolicy, claims: Readonly<Record<string, string>>): boolean {
  return evaluateTrust(policy, {
    principal: { federated: PROVIDER.arn },
    action: "sts:AssumeRoleWithWebIdentity",
    issuerHost: HOST,
    claims: { ...claims, aud: PROVIDER.audience },
  }).allowed;
}

export const NAMES = ["main", "dev", "ma", "main-2", "v1", "v2"];
/** An environment whose name looks like the part of a subject that names a ref. */
const LIKE_A_REF = "x:ref:refs/heads/main";
export const job: fc.Arbitrary<Job> = fc.record(
  {
    ref: fc.constantFrom(...NAMES.flatMap((name) => [`refs/heads/${name}`, `refs/tags/${name}`])),
    environment: fc.constantFrom("main", "prod", "new", LIKE_A_REF),
    form: fc.constantFrom("name" as const, "id" as const),
    repositoryId: fc.constantFrom("2", "3"),
    event: fc.constantFrom("push", "pull_request"),
    isRaw: fc.boolean(),
  },
  { requiredKeys: ["ref"] },
);
const names = (...more: string[]) => fc.uniqueArray(fc.constantFrom(...NAMES, ...more), { maxLength: 2 });
export const trusts: fc.Arbitrary<Partial<Trust>> = fc.record(
  {
    branches: names("*", "ma*"),
    tags: names("v*"),
    environments: fc.uniqueArray(fc.constantFrom("main", "prod", "new", LIKE_A_REF, "*"), { maxLength: 2 }),
    environmentBranches: names("*"),
    pullRequests: fc.boolean(),
    anyRef: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** A trust that names the run alone, as a workflow would send it. */
export function ownTrust({ ref = "refs/heads/main", environment }: Job): Partial<Trust> {
  const [, kind, name = ""] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? [];
  if (environment !== undefined) return { environments: [environment], environmentBranches: [name] };
  return kind === "heads" ? { branches: [name] } : { tags: [name] };
}
