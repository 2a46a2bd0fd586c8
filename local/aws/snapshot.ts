/** Puts some accounts of the embedded AWS back to an earlier state, so that many tests can begin at the same one. */
import type { Accounts } from "./accounts.ts";
import type { Trail } from "./cloudtrail/trail.ts";
import type { PutEvent } from "./events/state.ts";

/** The parts of the state that a snapshot has. It has neither the tables nor the sessions. */
export type Part = {
  /** The accounts whose IAM, ECR and trail are put back. */
  readonly accounts: readonly string[];
  /** The account and region whose messages are put back. */
  readonly messages: { readonly account: string; readonly region: string };
  /** Selects the events of EventBridge that are put back. */
  readonly isEvent: (event: PutEvent) => boolean;
};

type State = { readonly accounts: Accounts; readonly trail: Trail; readonly events: PutEvent[] };

/** Returns a function that puts the part back to its present state. It can be called more than once. */
export function takeSnapshot({ accounts, trail, events }: State, part: Part): () => void {
  const { messages } = accounts.of(part.messages.account).sqs;
  const restores = [
    ...part.accounts.flatMap((id) => {
      const { iam, ecr } = accounts.of(id);
      const { roles, providers, policies, instanceProfiles } = iam;
      return [
        roles.snapshot(),
        providers.snapshot(),
        policies.snapshot(),
        instanceProfiles.snapshot(),
        ecr.repositories.snapshot(),
      ];
    }),
    messages.snapshot(({ queue }) => queue.split(":")[3] === part.messages.region),
    listSnapshot(trail.events, ({ account }) => part.accounts.includes(account)),
    listSnapshot(events, part.isEvent),
  ];
  return () => {
    for (const restore of restores) restore();
  };
}

function listSnapshot<T>(list: T[], isOwn: (one: T) => boolean): () => void {
  const kept = list.filter(isOwn);
  return () => {
    const others = list.filter((one) => !isOwn(one));
    list.splice(0, list.length, ...others, ...kept);
  };
}
