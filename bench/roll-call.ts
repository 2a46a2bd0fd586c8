/** A roll call over many roles beside one that asks for each role by itself. */
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
import { observeDetails } from "../src/aws/observe.ts";
import { rollCall, UNLIMITED } from "../src/drift/roll-call.ts";
import { failed } from "../src/errors.ts";
import { inParallel } from "../src/parallel.ts";
import { register } from "../src/registration/register.ts";
import type { Services } from "../src/services.ts";
import { copyModel, directCalls, MODEL } from "../test/harness/copies.ts";
import { type Row, sideBySide, timed } from "./measure.ts";
import type { World } from "./world.ts";

/** At which the floor asks, as a careful script would. */
const CONCURRENCY = 10;
/** Of how many repositories ECR is asked what it tells one by one. */
const DETAILS = 100;

/** @param sizes how many roles are registered, one after another */
export async function benchRollCalls(
  world: World,
  sizes: readonly number[],
  latencyMs: number,
): Promise<Row[]> {
  const services = withoutGitHub(world.services);
  const { registry } = services;
  await world.setLatency(0);
  const asked = { key: { owner: "acme", repo: MODEL, role: "publish" }, request: {}, precondition: {} };
  const done = await register(services, { ...asked, dryRun: false, caller: "bench" });
  if (failed(done)) throw new Error(JSON.stringify(done));
  const { account, region, desired } = done.item;
  const ecr = await registry.readEcrItem({ account, region, name: `acme/${MODEL}` });
  if (ecr === undefined) throw new Error("the model has no repository");
  const calls = directCalls(world.aws);

  const rows: Row[] = [];
  const perRole: number[] = [];
  let made = 1;
  for (const size of sizes) {
    await world.setLatency(0);
    const checkedAt = new Date(services.now()).toISOString();
    const indexes = Array.from({ length: size - made }, (_, index) => made + index);
    await inParallel(20, indexes, (index) =>
      copyModel(registry, calls, { item: done.item, ecr }, index, checkedAt),
    );
    made = size;
    // The first one asks ECR about the model, and finds the copies' roles made anew.
    await rollCall(services, UNLIMITED);

    await world.setLatency(latencyMs);
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
      {
        what: `${over}: calls of IAM and ECR`,
        ours: awsCalls,
        floor: floorCalls,
        unit: "calls",
        target: { most: 1 / 50 },
      },
      { what: over, ours, floor, unit: "ms", target: { most: 1 / 20 } },
      { what: `${over}: peak memory of the process`, ours: peakMb, unit: "MB", target: { most: 256 } },
    );
    perRole.push(ours / size);
  }
  const [first = 0, last = 0] = [perRole[0], perRole.at(-1)];
  if (perRole.length > 1)
    rows.push({
      what: "time for each role, the most of them beside the fewest",
      ours: last,
      floor: first,
      unit: "ms",
      target: { most: 1 },
    });
  const [{ arn = "" } = {}] = desired.repositories;
  const names = Array.from({ length: DETAILS }, (_, index) => `acme/model-${String(index).padStart(5, "0")}`);
  const arnOf = (name: string) => arn.replace(`acme/${MODEL}`, name);
  const details = await sideBySide(
    3,
    () =>
      inParallel(CONCURRENCY, names, (name) => observeDetails(services.clients, { name, arn: arnOf(name) })),
    () => detailsByHand(names, arnOf),
  );
  rows.push({
    what: `what ECR tells one by one, of ${DETAILS} repositories`,
    ...details,
    unit: "ms",
    target: { most: 1.1 },
  });
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

/** What ECR tells one by one of a repository, asked for so many at the roll call's concurrency. */
async function detailsByHand(names: readonly string[], arnOf: (name: string) => string): Promise<void> {
  const ecr = new ECRClient({});
  await inParallel(CONCURRENCY, names, async (repositoryName) => {
    await Promise.all([
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
      ecr.send(new GetRepositoryPolicyCommand({ repositoryName })).catch(() => {}),
      ecr.send(new ListTagsForResourceCommand({ resourceArn: arnOf(repositoryName) })),
    ]);
  });
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
