/** For the soak: compares the table with AWS. It reads both directly, without the service. */
import { isDeepStrictEqual } from "node:util";
import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import { inParallel } from "../src/lib/parallel.ts";
import type { EcrItem, RegistrationItem } from "../src/registry/items.ts";
import { type AwsClients, ecrInAws, partsNotAsAsked, roleArnsWith, roleInAws } from "../test/harness/aws.ts";

export type Stored = { registrations: RegistrationItem[]; repositories: EcrItem[] };

const CONCURRENCY = 8;

/** Reads every registration and every ECR item from the table. */
export async function readStored(client: DynamoDBClient, TableName: string): Promise<Stored> {
  const stored: Stored = { registrations: [], repositories: [] };
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
    for (const { pk, document } of Items) {
      if (pk?.S?.startsWith("REPO#")) stored.registrations.push(JSON.parse(document?.S ?? "null"));
      if (pk?.S?.startsWith("ECR#")) stored.repositories.push(JSON.parse(document?.S ?? "null"));
    }
  return stored;
}

/** Returns each difference between the table and AWS as a sentence. */
export async function disagreements(
  aws: AwsClients,
  { registrations, repositories }: Stored,
  now: number,
): Promise<string[]> {
  const roles = await inParallel(CONCURRENCY, registrations, async (item) => {
    const { owner, repo, role, desired, recorded, status, leases } = item;
    const name = `${owner}/${repo}/${role}`;
    const found = await roleInAws(aws, desired.role.arn);
    const wrong: string[] = [];
    if (status !== "ready") wrong.push(`${name} is ${status}`);
    if (!isDeepStrictEqual(recorded, desired))
      wrong.push(`${name} is recorded with another state than it was asked for`);
    if (found === undefined) wrong.push(`${name} has no role in AWS`);
    else wrong.push(...partsNotAsAsked(found, item).map((part) => `${name}: ${part}`));
    if (Object.values(leases).some((end) => end > now)) wrong.push(`${name} has a lease`);
    return wrong;
  });
  const arns = await roleArnsWith(aws, "");
  const known = new Set(registrations.map(({ desired }) => desired.role.arn));
  const strays = arns.filter((arn) => arn.includes(":role/rolecall/") && !known.has(arn));

  const used = new Set(registrations.flatMap(({ desired }) => desired.repositories.map(({ name }) => name)));
  const ecr = await inParallel(CONCURRENCY, repositories, async (item) => {
    const { name, id, uri, managed, settings } = item;
    const found = await ecrInAws(aws, name);
    if (found === undefined) return uri === undefined ? [] : [`${name} is not in ECR`];
    const wrong: string[] = [];
    if (uri !== found.repositoryUri || !managed) wrong.push(`${name} is not recorded as managed`);
    if (found.tags["rolecall:id"] !== id) wrong.push(`${name} carries another id in ECR`);
    const { tagMutability, exclusions } = settings;
    const mutability = exclusions.length === 0 ? tagMutability : `${tagMutability}_WITH_EXCLUSION`;
    // Rolecall compares the settings of a repository only while a registration uses it.
    if (found.imageTagMutability !== mutability && used.has(name))
      wrong.push(`${name} has other settings in ECR`);
    return wrong;
  });
  const names = new Set(repositories.map(({ name }) => name));
  const unnamed: string[] = [];
  for await (const page of paginateDescribeRepositories({ client: aws.ecr }, {}))
    for (const { repositoryName = "" } of page.repositories ?? [])
      if (!names.has(repositoryName)) unnamed.push(repositoryName);

  return [
    ...roles.flat(),
    ...strays.map((arn) => `${arn} has no registration`),
    ...ecr.flat(),
    ...unnamed.map((name) => `${name} in ECR has no item`),
  ];
}
