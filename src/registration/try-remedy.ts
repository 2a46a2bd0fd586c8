/** Tries the PUT that an explanation would advise, so that no explanation advises a PUT that fails or does not help. */
import type { Spec } from "../desired/state.ts";
import * as bodies from "../generated/bodies.js";
import { failed, type InputError } from "../lib/errors.ts";
import { faultsOf } from "../lib/schema.ts";
import type { Evaluation } from "../policy/evaluate.ts";
import type { RegistrationItem } from "../registry/items.ts";
import type { Services } from "../services.ts";
import type { Proposal, Remedy } from "../trust/explain.ts";
import { plan } from "./plan.ts";
import type { RegistrationRequest } from "./spec.ts";

/**
 * Returns a remedy as text. If the remedy proposes a PUT, plans that PUT first. If it would be refused, or would not let
 * the run in, the text says so in place of the advice. If it cannot be planned now, for example because GitHub does not
 * answer, the advice stays.
 * @param evaluationBy evaluates the run by a trust policy
 */
export async function triedRemedy(
  services: Services,
  item: RegistrationItem,
  { reason, advice, proposal }: Remedy,
  evaluationBy: (trustPolicy: unknown) => Evaluation | undefined,
): Promise<string> {
  if (proposal === undefined) return `${reason} ${advice}`;
  const { owner, repo, role } = item;
  const request = proposedRequest(item.spec, proposal);
  const faults = faultsOf(bodies.registrationRequest, request);
  if (faults.length > 0) return `${reason} ${refusal(proposal, faults)}`;
  const planned = await plan(services, { owner, repo, role }, request);
  if (failed(planned))
    return planned.failure === "invalid-input"
      ? `${reason} ${refusal(proposal, planned.errors)}`
      : `${reason} ${advice}`;
  const { role: desiredRole, provider } = planned.desired(item.id, undefined);
  if (provider.arn !== item.desired.provider.arn || evaluationBy(desiredRole.trustPolicy)?.allowed)
    return `${reason} ${advice}`;
  const { subjects } = planned.desired(item.id, undefined);
  const isSameForm = Object.keys(proposal).length > 0 || isSameList(subjects, item.desired.subjects);
  return isSameForm
    ? `${reason} A PUT would not let this run in: it would trust ${subjects.join(", ")}, because GitHub says that the repository sends subjects of this form. Ask about a subject that a job really sent.`
    : `${reason} The repository now sends another form, but this run is not trusted in that form either. Repeat the PUT, after which the role trusts ${subjects.join(", ")}. Then ask again.`;
}

const isSameList = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");

function refusal(proposal: Proposal, faults: readonly InputError[]): string {
  const which = Object.keys(proposal).length === 0 ? "The same PUT" : "A PUT that trusts it";
  return `${which} would be refused: ${faults.map(({ pointer, detail }) => `${detail} (${pointer})`).join(" ")}`;
}

/** Returns the request of a spec, with the names and ids that the proposal adds. */
function proposedRequest(spec: Spec, { github, ...added }: Proposal): RegistrationRequest {
  const trust = Object.fromEntries(
    Object.entries(spec.trust).map(([field, value]) => [
      field,
      Array.isArray(value) ? [...new Set([...value, ...(added[field as keyof typeof added] ?? [])])] : value,
    ]),
  ) as Spec["trust"];
  return { ...spec, trust, github: github ?? spec.github };
}
