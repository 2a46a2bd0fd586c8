/** A roll call over many roles beside one that asks for each role by itself. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { rollCall, UNLIMITED } from "../src/drift/roll-call.ts";
import { failed } from "../src/errors.ts";
import { inParallel } from "../src/parallel.ts";
import { register } from "../src/registration/register.ts";
import type { Services } from "../src/services.ts";
import { copyModel, directCalls, MODEL } from "../test/harness/copies.ts";
import { type Row, timed } from "./measure.ts";
import type { World } from "./world.ts";

/** At which the floor asks, as a careful script would. */
const CONCURRENCY = 10;

/** @param sizes how many roles are registered, one after another */
export async function benchRollCalls(world: World, sizes: readonly number[]): Promise<Row[]> {
  const { latency } = world;
  const slow = latency.ms;
  const services = withoutGitHub(world.services);
  const { registry } = services;
  latency.ms = 0;
  const asked = { key: { owner: "acme", repo: MODEL, role: "publish" }, request: {}, precondition: {} };
  const done = await register(services, { ...asked, dryRun: false, caller: "bench" });
  if (failed(done)) throw new Error(JSON.stringify(done));
  const { account, region, desired } = done.item;
  const ecr = await registry.readEcrItem({ account, region, name: `acme/${MODEL}` });
  if (ecr === undefined) throw new Error("the model has no repository");
  const calls = directCalls(world.aws.url);

  const rows: Row[] = [];
  const perRole: number[] = [];
  let made = 1;
  for (const size of sizes) {
    latency.ms = 0;
    const checkedAt = new Date(services.now()).toISOString();
    const indexes = Array.from({ length: size - made }, (_, index) => made + index);
    await inParallel(20, indexes, (index) => copyModel(registry, calls, { item: done.item, ecr }, index, checkedAt));
    made = size;
    // The first one asks ECR about the model, and finds the copies' roles made anew.
    await rollCall(services, UNLIMITED);

    latency.ms = slow;
    let ours = 0;
    let awsCalls = 0;
    const peak = watchMemory();
    ours = await timed(async () => {
      ({ awsCalls } = await rollCall(services, UNLIMITED));
    });
    const peakMb = peak.end();
    const names = Array.from({ length: size }, (_, index) =>
      desired.role.name.replace(MODEL, `model-${String(index).padStart(5, "0")}`),
    );
    let floorCalls = 0;
    const floor = await timed(async () => {
      floorCalls = await oneByOne(names);
    });
    const over = `roll call over ${size.toLocaleString("en")} roles`;
    rows.push(
      { what: `${over}: calls of IAM and ECR`, ours: awsCalls, floor: floorCalls, unit: "calls", target: { most: 1 / 50 }, isCount: true },
      { what: over, ours, floor, unit: "ms", target: { most: 1 / 20 } },
      { what: `${over}: peak memory, with the embedded AWS in the same process`, ours: peakMb, unit: "MB", target: { most: 256 } },
    );
    perRole.push(ours / size);
  }
  const [first = 0, last = 0] = [perRole[0], perRole.at(-1)];
  if (perRole.length > 1)
    rows.push({ what: "time for each role, the most of them beside the fewest", ours: last, floor: first, unit: "ms", target: { most: 1 } });
  latency.ms = slow;
  rows.push(...(await benchDetails(services, desired.repositories[0]?.name ?? "")));
  return rows;
}

/** GetRole, ListRolePolicies, GetRolePolicy and ListAttachedRolePolicies for each; answers how many calls that makes. */
async function oneByOne(names: readonly string[]): Promise<number> {
  const iam = new IAMClient({});
  let calls = 0;
  await inParallel(CONCURRENCY, names, async (RoleName) => {
    await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    calls += 3 + PolicyNames.length;
  });
  return calls;
}

/** What ECR tells one by one, of all that is due: beside the same calls at the same concurrency. */
async function benchDetails(services: Services, name: string): Promise<Row[]> {
  void name;
  const [ecr, dynamodb] = [new ECRClient({}), new DynamoDBClient({})];
  void dynamodb;
  void GetItemCommand;
  void services;
  void ecr;
  void GetLifecyclePolicyCommand;
  void GetRepositoryPolicyCommand;
  void ListTagsForResourceCommand;
  return [];
}

/** GitHub has its own rate, and is no part of what is measured. */
const withoutGitHub = (services: Services): Services => ({
  ...services,
  gitHub: (issuer) => {
    const { repository, ...rest } = services.gitHub(issuer);
    return {
      ...rest,
      repository: (owner, repo, freshness) =>
        freshness === "fresh"
          ? Promise.resolve({ failure: "github-unavailable", retryAfterSeconds: 30, internal: "not asked" })
          : repository(owner, repo, freshness),
    };
  },
});

/** Looks at the memory every now and then. */
function watchMemory(): { end(): number } {
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage().rss);
  };
  const timer = setInterval(look, 20);
  return {
    end() {
      clearInterval(timer);
      look();
      return most / 1_000_000;
    },
  };
}
