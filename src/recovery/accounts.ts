/** Opens every account that the deployment serves, for commands that look at all of them. */
import { openRecorded } from "../accounts/open.ts";
import { type Failure, failed } from "../lib/errors.ts";
import type { Services } from "../services.ts";

/** An account that the deployment serves, with the services that act in it, or why it cannot be looked at. */
export type ServedAccount = {
  readonly account: string;
  /** The operator's name for a member account; undefined for the deployment's own account. */
  readonly name: string | undefined;
  readonly services: Services | Failure;
};

/** The number of records of member accounts to read at a time. */
const PAGE = 100;

/** Returns the deployment's own account, and then each member account that has a record. */
export async function* servedAccounts(services: Services): AsyncGenerator<ServedAccount> {
  yield { account: services.config.account, name: undefined, services };
  let cursor: string | undefined;
  do {
    const page = await services.registry.accounts(PAGE, cursor);
    if (failed(page)) return;
    for (const item of page.items)
      yield { account: item.account, name: item.name, services: await openRecorded(services, item, "plans") };
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
