import type { Context } from "hono";
import type { EcrItems } from "../converge/expected.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, invalid } from "../lib/errors.ts";
import { view, workflowOf } from "../registration/view.ts";
import type { RegistrationItem } from "../registry/items.ts";

type Schemas = components["schemas"];
type WorkflowKind = Schemas["WorkflowKind"];
type Asked = { kind?: WorkflowKind; form?: Schemas["WorkflowForm"] };

/** Answers with the workflow of a registration as a file, or returns why it has none of that kind or form. */
export function workflowAnswer(
  c: Context,
  { item, ecr }: { item: RegistrationItem; ecr: EcrItems },
  asked: Asked,
): Response | Failure {
  const workflow = workflowOf(item, ecr, asked);
  if (workflow === undefined) return noWorkflow(item, ecr, asked.kind);
  const name = workflow.path.split("/").at(-1);
  const { revocation } = view(item, ecr);
  // Explain in the file why its jobs will fail while the sessions are suspended.
  const note = revocation?.suspended ? `# ${revocation.detail}\n` : "";
  return c.body(`${note}${workflow.content}`, 200, {
    "content-type": "text/yaml; charset=utf-8",
    "content-disposition": `attachment; filename="${name}"`,
  });
}

/** Returns the reason why a registration has no workflow of a kind, or none in the requested form. */
function noWorkflow(item: RegistrationItem, ecr: EcrItems, kind: WorkflowKind | undefined): Failure {
  const { status } = item;
  if (status !== "ready") return { failure: "not-ready", status };
  if (workflowOf(item, ecr, { ...(kind && { kind }) }) !== undefined) {
    return invalid({
      pointer: "/form",
      detail:
        "The trust names no reusable workflow that can be called, so the workflow is one file: name one in trust.jobWorkflowRefs, in another file and at one ref; or leave `form` out.",
    });
  }
  return invalid({
    pointer: "/kind",
    detail:
      "The registration may not push to any ECR repository (or pull, for that kind), or each of its jobWorkflowRefs is a pattern that no workflow can call.",
  });
}
