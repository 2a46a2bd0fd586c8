import { openAccount } from "../accounts/open.ts";
import { observeRepository } from "../aws/observe.ts";
import { observeDetails } from "../aws/repository-settings.ts";
import { onBehalfOf } from "../aws/sessions.ts";
import { repositoryDetails } from "../desired/desired.ts";
import { isInNamespace } from "../desired/names.ts";
import { DEFAULT_SETTINGS } from "../desired/settings.ts";
import type { DesiredRepository } from "../desired/state.ts";
import { sameRepositoryPolicy } from "../diff/repository-parts.ts";
import { type Failure, failed } from "../lib/errors.ts";
import { isSame } from "../lib/same.ts";
import type { Put } from "../registration/intent.ts";
import { plan } from "../registration/plan.ts";
import { type PutResult, register } from "../registration/register.ts";
import type { Services } from "../services.ts";

/**
 * Takes a role back by registering it under the id in its tag `rolecall:id`. Also records the ECR repositories that
 * carry such an id. Changes an existing role only where it differs from what its registration would give it now. In a
 * member account, the account's record must allow the registration.
 */
export async function takeBack(services: Services, put: Put): Promise<PutResult | Failure> {
  const { home, config } = services;
  const use = put.dryRun ? "plans" : "registers";
  const opened = home === undefined ? services : await openAccount(home, config.account, put.key, use);
  return failed(opened) ? opened : onBehalfOf(put.caller, () => registerAgain(opened, put));
}

async function registerAgain(services: Services, put: Put): Promise<PutResult | Failure> {
  const planned = await plan(services, put.key, put.request);
  if (failed(planned)) return planned;
  if (!put.dryRun) {
    const { account, region } = planned.place;
    for (const repository of planned.desired("", undefined).repositories) {
      const { owner, repo } = put.key;
      const claimant = isInNamespace(owner, repo, repository.name) ? planned.applicant.claimant : "operator";
      const found = await ownRepository(services, repository);
      if (found === undefined) continue;
      const key = { account, region, name: repository.name };
      await services.registry.changeEcr(
        key,
        undefined,
        (current) => current ?? { ...key, ...found, revision: 0, leases: {}, claimant },
      );
    }
  }
  return register(services, put);
}

/**
 * Returns the part of an item that an ECR repository with an id of Rolecall shows; undefined if the repository does not
 * exist or has no such id. Its policies cannot be read back into settings. If they are not those of the default
 * settings, the repository becomes unmanaged, so no repair removes them.
 */
async function ownRepository({ clients }: Services, repository: DesiredRepository) {
  const [found, { tags, lifecyclePolicy, repositoryPolicy }] = await Promise.all([
    observeRepository(clients, repository),
    observeDetails(clients, repository),
  ]);
  const { "rolecall:id": id, ...others } = tags;
  if (found === undefined || id === undefined) return undefined;
  const settings = { ...DEFAULT_SETTINGS, ...found.properties, tags: others };
  const wanted = repositoryDetails({ arn: repository.arn, id }, settings, repositoryPolicy);
  const managed =
    isSame(lifecyclePolicy, wanted.lifecyclePolicy) &&
    sameRepositoryPolicy(wanted.repositoryPolicy, repositoryPolicy);
  return { id, managed, uri: found.uri, settings };
}
