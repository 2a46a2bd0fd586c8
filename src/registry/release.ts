import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { isWithin, namespaceOf } from "../desired/names.ts";
import { conditional } from "./conditional.ts";
import type { EcrItem, RegistrationItem, RegistrationKey, Reservation } from "./items.ts";
import { ECR_PREFIX, ecrKey, type ItemKey, REPOSITORY_PREFIX, reservationKey } from "./keys.ts";
import { ECR, itemIn, REGISTRATION, RESERVATION, type Row } from "./kinds.ts";
import { unchanged } from "./table.ts";

/** The operator's request: the namespace to release, and its holder. */
export type ReleaseRequest = {
  readonly namespace: string;
  /** The repository, `owner/repo` as the reservation spells it. */
  readonly name: string;
  /** The claimant that the operator expects; undefined to ask for the holder of the reservation. */
  readonly claimant: string | undefined;
};

/** A registration, and the account that its role is in. */
export type RegistrationInAccount = RegistrationKey & { readonly account: string };

export type ReleaseResult =
  /** Nothing is reserved, and the claimant has no ECR item in the namespace. */
  | { outcome: "nothing" }
  /** Another name holds the reservation of the namespace. */
  | { outcome: "other-name"; reservation: Reservation }
  /** The request names no claimant, or not the reservation's claimant. */
  | { outcome: "other-claimant"; reservation: Reservation }
  /** These registrations are the claimant's, or use the namespace. */
  | { outcome: "in-use"; registrations: readonly RegistrationInAccount[] }
  /** The reservation changed at the same moment. */
  | { outcome: "changed" }
  | { outcome: "released"; keys: readonly string[] };

/**
 * Deletes the reservation of a namespace in all accounts, and the claimant's ECR items in it, so that another repository can reserve it.
 * Only an operator runs it, with the operator's own credentials, after the registrations are deleted. ECR is not
 * changed.
 */
export async function release(
  client: DynamoDBClient,
  table: string,
  { namespace, name, claimant }: ReleaseRequest,
): Promise<ReleaseResult> {
  const key = keyOf(reservationKey({ namespace }));
  const { Item: row } = await client.send(
    new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
  );
  const reservation = itemIn(RESERVATION, row);
  if (reservation !== undefined && reservation.name !== name) return { outcome: "other-name", reservation };
  if (reservation !== undefined && reservation.claimant !== claimant)
    return { outcome: "other-claimant", reservation };
  if (claimant === undefined) return { outcome: "nothing" };

  const claimants: readonly string[] = [claimant, ...(reservation?.former ?? [])];
  const users = (registrations: readonly RegistrationItem[]): RegistrationInAccount[] =>
    registrations
      .filter((item) => claimants.includes(item.claimant) || uses(item, namespace))
      .map(({ account, owner, repo, role }) => ({ account, owner, repo, role }));
  const before = users((await scan(client, table)).registrations);
  if (before.length > 0) return { outcome: "in-use", registrations: before };
  if (reservation !== undefined) {
    const isChanged = await conditional(() =>
      client.send(new DeleteItemCommand({ TableName: table, Key: key, ...unchanged(reservation) })),
    );
    if (isChanged) return { outcome: "changed" };
  }
  // A PUT may have written its registration between the scan and the deletion. Restore the reservation that it relies
  // on.
  const { registrations, repositories } = await scan(client, table);
  const after = users(registrations);
  if (after.length > 0) {
    const condition = { ConditionExpression: "attribute_not_exists(pk)" };
    const isTaken =
      row !== undefined &&
      (await conditional(() =>
        client.send(new PutItemCommand({ TableName: table, Item: row, ...condition })),
      ));
    return isTaken ? { outcome: "changed" } : { outcome: "in-use", registrations: after };
  }
  const keys = reservation === undefined ? [] : [reservationKey({ namespace }).pk];
  for (const item of repositories) {
    if (!isWithin(namespace, item.name) || !claimants.includes(item.claimant)) continue;
    const isChanged = await conditional(() =>
      client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(ecrKey(item)), ...unchanged(item) })),
    );
    if (!isChanged) keys.push(ecrKey(item).pk);
  }
  return keys.length === 0 ? { outcome: "nothing" } : { outcome: "released", keys };
}

/** Returns a text that has the form of a claimant; undefined for any other. */
export const asClaimant = (text: string): string | undefined =>
  /^(?:repository:\d+|owner:\d+|name:[^/]+\/[^/]+)$/.test(text) ? text : undefined;

/** Tells whether a registration uses a namespace, by its name or by one of its ECR repositories. */
const uses = ({ owner, repo, desired }: RegistrationItem, namespace: string): boolean =>
  namespaceOf(owner, repo) === namespace ||
  desired.repositories.some(({ name }) => isWithin(namespace, name));

const keyOf = ({ pk, sk }: ItemKey): Row => ({ pk: { S: pk }, sk: { S: sk } });

/** Reads every registration and every ECR item of the table, in all accounts. */
async function scan(
  client: DynamoDBClient,
  table: string,
): Promise<{ registrations: RegistrationItem[]; repositories: EcrItem[] }> {
  const registrations: RegistrationItem[] = [];
  const repositories: EcrItem[] = [];
  let start: Row | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        FilterExpression: "begins_with(pk, :ecr) OR begins_with(pk, :repository)",
        ExpressionAttributeValues: { ":ecr": { S: ECR_PREFIX }, ":repository": { S: REPOSITORY_PREFIX } },
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    for (const row of page.Items ?? []) {
      const isEcr = row["pk"]?.S?.startsWith(ECR_PREFIX) ?? false;
      const repository = isEcr ? itemIn(ECR, row) : undefined;
      const registration = isEcr ? undefined : itemIn(REGISTRATION, row);
      if (repository !== undefined) repositories.push(repository);
      if (registration !== undefined) registrations.push(registration);
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return { registrations, repositories };
}
