/** The API's bundle beside one of the same recipe that has the same SDK clients and commands, Hono's adapter and the logger alone. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.ts";
import contract from "../src/generated/text.ts";
import { node24 } from "../test/package/node24.ts";
import { median, type Row } from "./measure.ts";
import { sharesOf } from "./profile.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param rounds how many fresh processes import each */
export async function benchBundle(
  rounds: number,
): Promise<{ rows: Row[]; contents: string[]; profile: string[] }> {
  // Beside node_modules, so that its imports are found.
  const directory = mkdtempSync(join(root, ".bench-"));
  try {
    const metafile = await bundle([join(root, "handlers/api.ts")], join(directory, "api"));
    const sources = Object.keys(metafile.inputs).filter((path) => path.startsWith("src/"));
    writeFileSync(join(directory, "floor.ts"), floorOf(sources));
    await bundle([join(directory, "floor.ts")], join(directory, "floor"));
    const files = { ours: join(directory, "api/api.mjs"), floor: join(directory, "floor/floor.mjs") };

    const times: Record<keyof typeof files, number[]> = { ours: [], floor: [] };
    for (let round = 0; round < rounds; round++) {
      times.ours.push(await imported(files.ours));
      times.floor.push(await imported(files.floor));
    }
    const kB = (file: string) => statSync(file).size / 1000;
    const contractKb = Buffer.byteLength(JSON.stringify(contract)) / 1000;
    return {
      rows: [
        {
          what: "import of the API's bundle, fresh process, Node 24",
          ours: median(times.ours),
          floor: median(times.floor),
          unit: "ms",
          target: { most: 1.15 },
        },
        {
          what: "its size, minified, without the contract's text",
          ours: kB(files.ours) - contractKb,
          floor: kB(files.floor),
          unit: "kB",
          target: { more: 100 },
          limit: LIMIT_KB,
        },
      ],
      contents: contentsOf(metafile),
      profile: await importProfile(files.ours),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The size that the API's bundle has reached, with a little room: whoever makes it larger raises this, and knows why. */
const LIMIT_KB = 735;

/** The clients that the API makes at its start, which any API with these clients has to. */
const MADE = ["IAMClient", "STSClient", "EventBridgeClient", "DynamoDBClient"];

/** A module that imports from the SDK what the API imports, makes the same clients, and has nothing of ours. */
function floorOf(sources: readonly string[]): string {
  const text = sources.map((path) => readFileSync(join(root, path), "utf8")).join("\n");
  const names = new Map<string, Set<string>>();
  for (const [, list = "", from = ""] of text.matchAll(
    /^import \{([^}]*)\} from "(@(?:aws-sdk|smithy)\/[^"]+)"/gm,
  )) {
    const values = list
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    names.set(from, new Set([...(names.get(from) ?? []), ...values]));
  }
  const imports = [...names].map(([from, values]) => `import { ${[...values].join(", ")} } from "${from}";`);
  const used = [...names.values()].flatMap((values) => [...values]);
  return `import { Logger } from "@aws-lambda-powertools/logger";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
${imports.join("\n")}
const app = new Hono();
const used = [${used.join(", ")}];
export const clients = [${MADE.map((name) => `new ${name}({})`).join(", ")}];
app.get("/healthz", (c) => c.json({ status: "ok", used: used.length }));
export const logger = new Logger({ serviceName: "floor" });
export const handler = handle(app);
`;
}

/** Imports a file in a fresh process; answers when that is done, and how long it took in milliseconds. */
async function imported(file: string, execArgv: string[] = []) {
  const child = fork(
    fileURLToPath(new URL("../test/package/runtime.ts", import.meta.url)),
    [file, "handler"],
    {
      execPath: node24(),
      execArgv,
      env: {
        AWS_REGION: "eu-central-1",
        ROLECALL_OWNERS: "acme",
        ROLECALL_TABLE: "rolecall",
        ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
      },
    },
  );
  const [message] = await once(child, "message");
  child.disconnect();
  await once(child, "exit");
  return Number(Object(message).importMilliseconds);
}

/** What the processor does while a file is imported, Node's own start with it, as lines of a table. */
async function importProfile(file: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "rolecall-profile-"));
  try {
    await imported(file, ["--cpu-prof", `--cpu-prof-dir=${directory}`]);
    return sharesOf(directory, file)
      .filter(({ milliseconds }) => milliseconds >= 1)
      .map(({ of, milliseconds }) => `| ${of} | ${milliseconds.toFixed(1)} |`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The package that a source is of; undefined for our own. */
export const packageOf = (path: string): string | undefined =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];

/** The folder of a source of ours, such as `src/trust`; what lies in none is the whole's. */
const roomOf = (path: string): string =>
  path.startsWith("src/generated")
    ? "the contract, its types' validators"
    : `Rolecall: ${/^src\/\w+(?=\/)/.exec(path)?.[0] ?? "src, handlers"}`;

/** What of a bundle is whose, the largest first. */
function contentsOf({ outputs }: Awaited<ReturnType<typeof bundle>>): string[] {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const owner = packageOf(path) ?? roomOf(path);
      sizes.set(owner, (sizes.get(owner) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes]
    .sort(([, a], [, b]) => b - a)
    .filter(([, size]) => size >= 1000)
    .map(([owner, size]) => `| ${owner} | ${(size / 1000).toFixed(1)} |`);
}
