/** The dry run of a PUT. */
import { observe } from "../aws/observe.ts";
import type { UsedRepository } from "../converge/converge.ts";
import { diffObservedAndRecorded, type EcrItems, givesSettings, withSettings } from "../converge/expected.ts";
import { isRoleOf } from "../converge/role.ts";
import type { ExpectedState, ObservedState } from "../desired/state.ts";
import type { Failure } from "../lib/errors.ts";
import type { Services } from "../services.ts";
import { intend, type Put } from "./intent.ts";
import type { Plan } from "./plan.ts";
import type { PutResult } from "./register.ts";

/**
 * Returns the result that a PUT would have: the item with the new intent, with the status of the registration if that
 * exists.
 */
export async function dryRun(services: Services, put: Put, planned: Plan): Promise<PutResult | Failure> {
  const { registration: current, ecr } = planned.stored;
  const { revoking: _, ...intended } = intend(
    put,
    planned,
    current,
    current?.id ?? put.id ?? "",
    services.now(),
  );
  const observed = await observe(services.clients, intended.desired, {
    details: givesSettings(intended.desired),
  });
  const desired = withUsed(withSettings(intended.desired, ecr), ecr, observed);
  if (observed.role !== undefined && !isRoleOf(intended, observed.role)) {
    return { failure: "role-not-ours", roleArn: observed.role.arn };
  }
  const changes = diffObservedAndRecorded(intended, desired, observed, ecr, "plan");
  const {
    status = "provisioning",
    specVersion = 0,
    drift = intended.drift,
    updatedAt,
    updatedBy,
  } = current ?? intended;
  return {
    item: {
      ...intended,
      status,
      specVersion: current === undefined ? 0 : specVersion,
      drift,
      updatedAt,
      updatedBy,
    },
    ecr: new Map<string, UsedRepository>([
      ...ecr,
      ...desired.repositories.flatMap(({ name, settings }) =>
        settings === undefined ? [] : [[name, { name, managed: true, settings }] as const],
      ),
    ]),
    changes,
    isNew: false,
  };
}

/** Returns a desired state in which repositories that exist in ECR, and have no item, are unmanaged. */
const withUsed = (desired: ExpectedState, ecr: EcrItems, observed: ObservedState): ExpectedState => ({
  ...desired,
  repositories: desired.repositories.map((repository) => {
    const { arn, name } = repository;
    return !ecr.has(name) && observed.repositories[name] !== undefined ? { arn, name } : repository;
  }),
});
