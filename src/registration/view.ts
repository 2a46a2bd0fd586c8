import type { UsedRepository } from "../converge/converge.ts";
import { movableAmong } from "../desired/settings.ts";
import type { components } from "../generated/contract.ts";
import type { RegistrationItem, Revocation } from "../registry/items.ts";
import { staysOut } from "../trust/explain.ts";
import { hasHostedRunners, parseIssuer } from "../trust/issuer.ts";
import { renderReusable, renderWorkflow, type Workflow, type WorkflowInput } from "../workflow/workflow.ts";
import { entityTag } from "./precondition.ts";
import type { PutResult } from "./register.ts";

type Registration = components["schemas"]["Registration"];
type ShownRevocation = components["schemas"]["Revocation"];
type WorkflowKind = components["schemas"]["WorkflowKind"];
type WorkflowForm = components["schemas"]["WorkflowForm"];

/**
 * Returns a registration as the API shows it.
 * @param repositories its ECR repositories by name, without those that do not exist yet
 */
export function view(
  item: RegistrationItem,
  repositories: ReadonlyMap<string, UsedRepository>,
  etag = entityTag(item),
): Registration {
  const workflow = workflowOf(item, repositories);
  const { role, provider } = item.desired;
  return {
    owner: item.owner,
    repo: item.repo,
    role: item.role,
    account: item.account,
    region: item.region,
    status: item.status,
    ...(item.lastError && { lastError: item.lastError }),
    version: item.specVersion,
    etag,
    spec: item.spec,
    roleArn: role.arn,
    providerArn: provider.arn,
    subjects: [...item.desired.subjects],
    staysOut: staysOut({ ...item, trust: item.spec.trust, subjects: item.desired.subjects }),
    ecr: item.spec.ecr.map((grant) => {
      const { arn = "" } = item.desired.repositories.find(({ name }) => name === grant.repository) ?? {};
      const known = item.ecr.find((one) => one.arn === arn && one.access === grant.access);
      const { managed, settings } = repositories.get(grant.repository) ?? {};
      return {
        ...(known ?? { ...grant, arn, managed: managed ?? true }),
        ...(managed && settings && { settings }),
      };
    }),
    ...(workflow && { workflow }),
    warnings: [...item.warnings],
    drift: item.drift,
    ...(item.revocation && { revocation: viewRevocation(item.revocation, item.revoking ?? false) }),
    origin: item.origin ?? "caller",
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    updatedBy: item.updatedBy,
  };
}

/** Returns a revocation as the API shows it. @param pending true if AWS may not hold the revocation yet */
export function viewRevocation({ denied, at, by }: Revocation, pending: boolean): ShownRevocation {
  const end = pending ? " It did not come to its end, so AWS may not deny yet: repeat the request." : "";
  return denied === "all"
    ? { suspended: true, pending, detail: `${SUSPENDED}${end}`, at, by }
    : {
        suspended: false,
        sessionsBefore: denied.issuedBefore,
        pending,
        detail: `AWS denies everything to sessions that were issued before ${denied.issuedBefore}, so jobs that start before then fail.${end}`,
        at,
        by,
      };
}

const SUSPENDED =
  'The role is suspended: AWS denies everything to every session, so all jobs fail until a caller with AWS credentials sends POST …/revocations {"suspend": false}.';

/** Returns the answer to a PUT: the registration, and the changes that the PUT made. */
export const viewPut = ({ item, ecr, changes }: PutResult, dryRun: boolean): Registration => ({
  ...view(item, ecr),
  changes: [...changes],
  ...(dryRun && { dryRun }),
});

/**
 * Returns the workflow of a registration. Returns undefined until its ECR repositories are known, and if there is
 * nothing to push.
 * @param asked `kind` replaces the registration's own kind. `form` selects one file of a workflow in two files; the
 * result is undefined if the registration has no such workflow
 */
export function workflowOf(
  item: RegistrationItem,
  repositories: ReadonlyMap<string, UsedRepository>,
  { kind = item.spec.workflow.kind, form }: { kind?: WorkflowKind; form?: WorkflowForm } = {},
): Workflow | undefined {
  const input = workflowInput(item, repositories, kind);
  return form === undefined ? renderWorkflow(input) : renderReusable(input)?.[form];
}

function workflowInput(
  item: RegistrationItem,
  repositories: ReadonlyMap<string, UsedRepository>,
  kind: WorkflowKind,
): WorkflowInput {
  // Find out here which tags of the build may be moved, so that the workflow need not know the rules of tag mutability.
  const tags = ["latest", "buildcache", ...item.spec.workflow.tags];
  const known = item.ecr.flatMap(({ repository, access, uri }) => {
    const settings = repositories.get(repository)?.settings;
    const movableTags = settings && movableAmong(settings, tags);
    return uri === undefined ? [] : [{ repository, access, uri, ...(movableTags && { movableTags }) }];
  });
  const issuer = parseIssuer(item.desired.provider.url);
  return {
    owner: item.owner,
    repo: item.repo,
    role: item.role,
    hasHostedRunners: issuer === undefined || hasHostedRunners(issuer),
    roleArn: item.desired.role.arn,
    accountId: item.account,
    region: item.region,
    maxSessionSeconds: item.spec.maxSessionSeconds,
    trust: item.spec.trust,
    ecr: known,
    settings: { ...item.spec.workflow, kind },
  };
}
