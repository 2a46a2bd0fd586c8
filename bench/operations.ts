/**
 * Measures what a request costs. The floor is the shortest sequence of calls that does the same in the same order,
 * written by hand.
 */
import { BatchGetItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { failed } from "../src/lib/errors.ts";
import { register } from "../src/registration/register.ts";
import { check } from "../src/roll-call/check.ts";
import { type Row, sideBySide } from "./measure.ts";
import type { World } from "./world.ts";

const ROLE = "publish";

export async function benchOperations(world: World, rounds: number): Promise<Row[]> {
  const { services } = world;
  const iam = new IAMClient({});
  const ecr = new ECRClient({});
  const dynamodb = new DynamoDBClient({});
  const TableName = services.config.table;
  const key = (repo: string) => ({ owner: "acme", repo, role: ROLE });
  const put = async (repo: string, dryRun = false) => {
    const asked = { key: key(repo), request: {}, precondition: {}, dryRun, caller: "bench" };
    const done = await register(services, asked);
    if (failed(done)) throw new Error(JSON.stringify(done));
  };

  // The floor sends the same values that Rolecall sent for this registration.
  await put("model");
  const model = await services.registry.readRegistration(key("model"));
  if (model === undefined) throw new Error("the model is not registered");
  const { role, provider, repositories } = model.desired;
  const KEYS = [
    { pk: { S: "REPO#acme/model" }, sk: { S: `ROLE#${ROLE}` } },
    { pk: { S: "NAMESPACE#acme/model" }, sk: { S: "CLAIM" } },
    { pk: { S: `ECR#${model.account}/${model.region}/acme/model` }, sk: { S: "REPOSITORY" } },
  ];
  const read = (Keys: typeof KEYS) =>
    dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
  const rows = (await read(KEYS)).Responses?.[TableName] ?? [];
  const askFor = (repo: string, path: string) =>
    fetch(`${world.gitHub}/repos/acme/${repo}${path}`).then((answer) => answer.text());
  const FORM = "/actions/oidc/customization/sub";
  const renamed = <T>(value: T, repo: string): T =>
    JSON.parse(JSON.stringify(value).replaceAll("model", repo));
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

  /** Reads the state of one registration from AWS, with all calls at once. */
  const readRole = (repo: string, details: boolean) => {
    const [RoleName, repositoryName] = [role.name, `acme/${repo}`];
    const resourceArn = repositories[0]?.arn;
    return Promise.all([
      iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider.arn })),
      iam.send(new GetRoleCommand({ RoleName })),
      iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" })),
      iam.send(new ListRolePoliciesCommand({ RoleName })),
      iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
      ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
      ...(details
        ? [
            ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
            ecr.send(new GetRepositoryPolicyCommand({ repositoryName })).catch(() => {}),
            ecr.send(new ListTagsForResourceCommand({ resourceArn })),
          ]
        : []),
    ]);
  };

  const rowsOf: Row[] = [];
  async function compare(
    what: string,
    ours: (round: number) => Promise<unknown>,
    floor: (round: number) => Promise<unknown>,
  ) {
    const times = await sideBySide(rounds, ours, floor);
    rowsOf.push({ what, ...times, unit: "ms", target: { most: 1.1 } });
    rowsOf.push({
      what: `${what}: its calls`,
      ours: await world.callsOf(() => ours(1000)),
      floor: await world.callsOf(() => floor(1000)),
      unit: "calls",
      target: { most: 1 },
    });
  }

  await compare(
    "register a new role",
    (round) => put(`ours-${round}`),
    (round) => registerByHand(`hand-${round}`),
  );
  await compare(
    "identical PUT again",
    () => put("model"),
    async () => {
      // Rolecall caches GitHub's last answer, so the floor does not ask GitHub either.
      await read(KEYS);
      await readRole("model", false);
    },
  );
  await compare(
    "dry run",
    () => put("model", true),
    async () => {
      await read(KEYS);
      await readRole("model", false);
    },
  );
  await compare(
    "drift check of one role",
    () => check(services, key("model")),
    async () => {
      await read(KEYS);
      await Promise.all([readRole("model", true), askFor("model", ""), askFor("model", FORM)]);
      await write("REPO#", "model-checked");
    },
  );
  return rowsOf;
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
