import type { components } from "../generated/contract.ts";
import type { RegistrationItem } from "../registry/items.ts";
import { staysOut } from "../trust/explain.ts";
import { renderWorkflow, type Workflow } from "../workflow/workflow.ts";
import type { Registered } from "./register.ts";

type Registration = components["schemas"]["Registration"];
type WorkflowKind = components["schemas"]["WorkflowKind"];

/** A registration as the API shows it. */
export function view(item: RegistrationItem): Registration {
  const workflow = workflowOf(item);
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
    spec: item.spec,
    roleArn: role.arn,
    providerArn: provider.arn,
    subjects: [...item.desired.subjects],
    staysOut: staysOut({ ...item, trust: item.spec.trust, subjects: item.desired.subjects }),
    ecr: item.spec.ecr.map((grant, index) => {
      const { arn = "" } = item.desired.repositories[index] ?? {};
      return (
        item.ecr.find((known) => known.arn === arn && known.access === grant.access) ?? {
          ...grant,
          arn,
          managed: true,
        }
      );
    }),
    ...(workflow && { workflow }),
    warnings: [...item.warnings],
    drift: item.drift,
    createdAt: item.createdAt,
    updatedAt: item.updatedAt,
    updatedBy: item.updatedBy,
  };
}

/** The answer to a PUT: the registration, and what the PUT changed. */
export const viewPut = ({ item, changes }: Registered, dryRun: boolean): Registration => ({
  ...view(item),
  changes: [...changes],
  ...(dryRun && { dryRun }),
});

/** The workflow of a registration; undefined until its ECR repositories are known, and if there is nothing to push. */
export function workflowOf(
  item: RegistrationItem,
  kind: WorkflowKind = item.spec.workflow.kind,
): Workflow | undefined {
  const { role } = item.desired;
  const known = item.ecr.flatMap(({ repository, access, uri }) =>
    uri === undefined ? [] : [{ repository, access, uri }],
  );
  return renderWorkflow({
    owner: item.owner,
    repo: item.repo,
    role: item.role,
    roleArn: role.arn,
    accountId: item.account,
    region: item.region,
    maxSessionSeconds: item.spec.maxSessionSeconds,
    trust: item.spec.trust,
    ecr: known,
    settings: { ...item.spec.workflow, kind },
  });
}
