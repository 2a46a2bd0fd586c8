/** The role of a trust, made and evaluated by the service's own code. */
import { providerOf } from "../../src/desired/desired.ts";
import { trustPolicy } from "../../src/desired/trust-policy.ts";
import { parseTrustPolicy } from "../../src/policy/parse.ts";
import { evaluateTrust } from "../../src/trust/evaluate-trust.ts";
import { GITHUB_COM } from "../../src/trust/issuer.ts";
import { subjectPrefixes, subjects } from "../../src/trust/subjects.ts";
import type { Run } from "./github.ts";
import type { Trust } from "./inputs.ts";

const place = { account: "111122223333", partition: "aws", region: "eu-west-1" };
const provider = providerOf(GITHUB_COM, place);
const { byName, byId } = subjectPrefixes({ owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 });

/** Tells whether the role lets a run in, with either form of the repository's subjects. */
export function roleOf(
  trust: Trust,
): (run: Pick<Run, "subjectContext" | "jobWorkflowRef" | "ref">) => boolean {
  const { branches = [], tags = [], environments = [], pullRequests = false, anyRef = false } = trust;
  const { jobWorkflowRefs = [], environmentBranches = [] } = trust;
  const asked = {
    branches: [...branches],
    tags: [...tags],
    environments: [...environments],
    pullRequests,
    anyRef,
    jobWorkflowRefs: [...jobWorkflowRefs],
    environmentBranches: [...environmentBranches],
  };
  const patterns = subjects({ prefixes: [byId, byName], template: "default" }, asked);
  if (patterns === undefined) throw new RangeError("a trust that names nothing");
  const policy = trustPolicy(provider, { by: "repository", repositoryId: 2 }, patterns, asked);
  const parsed = parseTrustPolicy(JSON.stringify(policy));
  if ("error" in parsed) throw new Error(parsed.error);

  return ({ subjectContext, jobWorkflowRef, ref }) => {
    const [first, second] = [byId, byName].map((prefix) =>
      evaluateTrust(parsed.policy, {
        principal: { federated: provider.arn },
        action: "sts:AssumeRoleWithWebIdentity",
        issuerHost: GITHUB_COM.host,
        claims: {
          aud: provider.audience,
          sub: `${prefix}:${subjectContext}`,
          repository: "acme/api",
          repository_id: "2",
          repository_owner_id: "1",
          job_workflow_ref: jobWorkflowRef,
          ref,
        },
      }),
    );
    if (!first?.decided || first.allowed !== second?.allowed) throw new Error(`undecided: ${subjectContext}`);
    return first.allowed;
  };
}
