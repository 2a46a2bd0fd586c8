/**
 * Measures what a request costs. The floor is the shortest sequence of calls that does the same in the same order,
 * written by hand.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { failed } from "../src/lib/errors.ts";
import { register } from "../src/registration/register.ts";
import { check } from "../src/roll-call/check.ts";
import { copyOf, FORM, keysOf, MODEL, openByHand, ROLE } from "./by-hand.ts";
import { type Row, sideBySide } from "./measure.ts";
import type { World } from "./world.ts";

export async function benchOperations(world: World, rounds: number): Promise<Row[]> {
  const { services } = world;
  const iam = new IAMClient({});
  const ecr = new ECRClient({});
  const dynamodb = new DynamoDBClient({});
  const key = (repo: string) => ({ owner: "acme", repo, role: ROLE });
  const put = async (repo: string, dryRun = false) => {
    const asked = { key: key(repo), request: {}, precondition: {}, dryRun, caller: "bench" };
    const done = await register(services, asked);
    if (failed(done)) throw new Error(JSON.stringify(done));
  };

  // The floor sends the same values that Rolecall sent for this registration.
  await put(MODEL);
  const copied = await copyOf(world, dynamodb);
  const { role, provider, repositories } = copied.model.desired;
  const KEYS = keysOf(copied.model);
  const { read, write, askFor, registerByHand } = openByHand({ iam, ecr, dynamodb }, copied);

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
    () => put(MODEL),
    async () => {
      // Rolecall caches GitHub's last answer, so the floor does not ask GitHub either.
      await read(KEYS);
      await readRole(MODEL, false);
    },
  );
  await compare(
    "dry run",
    () => put(MODEL, true),
    async () => {
      await read(KEYS);
      await readRole(MODEL, false);
    },
  );
  await compare(
    "drift check of one role",
    () => check(services, key(MODEL)),
    async () => {
      await read(KEYS);
      await Promise.all([readRole(MODEL, true), askFor(MODEL, ""), askFor(MODEL, FORM)]);
      await write("REPO#", "model-checked");
    },
  );
  return rowsOf;
}
