/** Registers a role by hand: the calls that Rolecall makes, in the same order, and nothing else. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateRepositoryCommand, type ECRClient, PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, type IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import type { RegistrationItem } from "../src/registry/items.ts";
import type { World } from "./world.ts";

/** The repository whose registration is copied. */
export const MODEL = "model";
export const ROLE = "publish";
export const FORM = "/actions/oidc/customization/sub";

/** The values of a registration by hand: those of the model, as the table and the item have them. */
export type Copied = {
  table: string;
  /** The URL of GitHub's REST API. */
  gitHub: string;
  model: Pick<RegistrationItem, "account" | "region" | "desired">;
  rows: readonly Record<string, AttributeValue>[];
};

/** Returns the keys of the items that a registration of the model reads. */
export const keysOf = ({ account, region }: Pick<RegistrationItem, "account" | "region">) => [
  { pk: { S: `REPO#acme/${MODEL}` }, sk: { S: `ROLE#${ROLE}` } },
  { pk: { S: `NAMESPACE#acme/${MODEL}` }, sk: { S: "CLAIM" } },
  { pk: { S: `ECR#${account}/${region}/acme/${MODEL}` }, sk: { S: "REPOSITORY" } },
];

/** Returns the values of the model, which is registered. */
export async function copyOf({ services, gitHub }: World, dynamodb: DynamoDBClient): Promise<Copied> {
  const { registry, config } = services;
  const model = await registry.readRegistration({ owner: "acme", repo: MODEL, role: ROLE });
  if (model === undefined) throw new Error("the model is not registered");
  const RequestItems = { [config.table]: { Keys: keysOf(model), ConsistentRead: true } };
  const { Responses } = await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
  return { table: config.table, gitHub, model, rows: Responses?.[config.table] ?? [] };
}

/** Opens the calls by hand. */
export function openByHand(
  { iam, ecr, dynamodb }: { iam: IAMClient; ecr: ECRClient; dynamodb: DynamoDBClient },
  { table: TableName, gitHub, model, rows }: Copied,
) {
  const { role } = model.desired;
  const KEYS = keysOf(model);
  const read = (Keys: typeof KEYS) =>
    dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
  const askFor = (repo: string, path: string) =>
    fetch(`${gitHub}/repos/acme/${repo}${path}`).then((answer) => answer.text());
  const renamed = <T>(value: T, repo: string): T => JSON.parse(JSON.stringify(value).replaceAll(MODEL, repo));
  const write = (kind: string, repo: string) => {
    const row = rows.find(({ pk }) => pk?.S?.startsWith(kind));
    if (row === undefined) throw new Error(`no row of ${kind}`);
    return dynamodb.send(new PutItemCommand({ TableName, Item: renamed(row, repo) }));
  };
  const history = (repo: string) =>
    dynamodb.send(
      new PutItemCommand({ TableName, Item: { pk: { S: `HISTORY#acme/${repo}/${ROLE}` }, sk: { S: "x" } } }),
    );

  async function registerByHand(repo: string): Promise<void> {
    const RoleName = renamed(role.name, repo);
    // A request that the table refuses must not reach GitHub, and a repository that GitHub hides costs one question.
    // So a new repository takes three round trips, one after the other.
    await read(renamed(KEYS, repo));
    await askFor(repo, "");
    await askFor(repo, FORM);
    await Promise.all([write("REPO#", repo), write("NAMESPACE#", repo)]);
    await Promise.all([
      iam
        .send(
          new CreateRoleCommand({
            RoleName,
            Path: role.path,
            Description: role.description,
            MaxSessionDuration: role.maxSessionSeconds,
            PermissionsBoundary: role.boundaryArn,
            AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy),
            Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
          }),
        )
        .then(() =>
          iam.send(
            new PutRolePolicyCommand({
              RoleName,
              PolicyName: "rolecall-ecr",
              PolicyDocument: JSON.stringify(role.inlinePolicies["rolecall-ecr"]),
            }),
          ),
        ),
      // The repository's item is its intent, as the registration is the role's.
      write("ECR#", repo)
        .then(() =>
          ecr.send(
            new CreateRepositoryCommand({
              repositoryName: `acme/${repo}`,
              imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
              imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "latest" }],
            }),
          ),
        )
        .then(() =>
          ecr.send(
            new PutLifecyclePolicyCommand({ repositoryName: `acme/${repo}`, lifecyclePolicyText: LIFECYCLE }),
          ),
        )
        .then(() => write("ECR#", repo)),
    ]);
    await Promise.all([history(repo), write("REPO#", repo)]);
  }

  return { read, write, askFor, registerByHand };
}

const LIFECYCLE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      action: { type: "expire" },
    },
  ],
});
