/**
 * Measures the size and the import time of the API's bundle. The floor is a bundle made the same way, with the same
 * SDK clients and commands, Hono's adapter and the logger, and nothing else.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metafile } from "esbuild";
import { bundle, bundleFloor } from "../scripts/bundle.ts";
import { node24 } from "../test/package/node24.ts";
import { median, type Row } from "./measure.ts";
import { sharesOf } from "./profile.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param rounds the number of fresh processes that import each bundle */
export async function benchBundle(
  rounds: number,
): Promise<{ rows: Row[]; contents: string[]; profile: string[] }> {
  // The directory lies beside node_modules so that the floor's imports resolve.
  const directory = mkdtempSync(join(root, ".bench-"));
  try {
    const metafile = await bundle([join(root, "handlers/api.ts")], join(directory, "api"));
    writeFileSync(join(directory, "floor.ts"), floorOf(metafile));
    const floor = await bundleFloor(join(directory, "floor.ts"), join(directory, "floor"));
    const files = { ours: join(directory, "api/api.mjs"), floor: join(directory, "floor/floor.mjs") };

    const times: Record<keyof typeof files, number[]> = { ours: [], floor: [] };
    for (let round = 0; round < rounds; round++) {
      times.ours.push(await imported(files.ours));
      times.floor.push(await imported(files.floor));
    }
    return {
      rows: [
        {
          what: "import of the API's bundle, fresh process, Node 24",
          ours: median(times.ours),
          floor: median(times.floor),
          unit: "ms",
          target: { most: 1 },
        },
        {
          what: "size of what the API's function reads when it starts, minified",
          ours: startSize(metafile, "api.mjs"),
          floor: startSize(floor, "floor.mjs"),
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

/** Returns the size of a bundle's first file and of the files that it imports at once, in kB. */
function startSize({ outputs }: Metafile, name: string): number {
  const read = new Set<string>();
  const add = (path: string | undefined): void => {
    if (path === undefined || read.has(path)) return;
    read.add(path);
    for (const one of outputs[path]?.imports ?? []) if (one.kind === "import-statement") add(one.path);
  };
  add(Object.keys(outputs).find((path) => path.endsWith(`/${name}`)));
  return [...read].reduce((size, path) => size + (outputs[path]?.bytes ?? 0), 0) / 1000;
}

/** The largest size that CI accepts, a little above the current one. Raise it only if you know why the bundle grew. */
const LIMIT_KB = 700;

/** The clients that the API makes at its start. The floor makes them too. */
const MADE = ["IAMClient", "STSClient", "EventBridgeClient", "DynamoDBClient"];

/**
 * Returns a module that imports what the API imports from the SDK, makes the same clients, and has no code of
 * Rolecall.
 */
export function floorOf({ inputs }: Metafile): string {
  const sources = Object.keys(inputs).filter((path) => path.startsWith("src/"));
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

/** Imports a file in a fresh process and returns how long the import took, in milliseconds. */
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
        ROLECALL_SELF_AUDIENCE: "https://rolecall.example.com",
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

/**
 * Profiles the import of a file, including Node's own start. Returns lines of a table with what the processor spent
 * its time on.
 */
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

/** Returns the package of a source file; undefined for Rolecall's own. */
export const packageOf = (path: string): string | undefined =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];

/**
 * Returns a label for a source file of Rolecall: its folder, such as `src/trust`, or one common label for files
 * outside of them.
 */
const roomOf = (path: string): string =>
  path.startsWith("src/generated")
    ? "the contract, its types' validators"
    : `Rolecall: ${/^src\/\w+(?=\/)/.exec(path)?.[0] ?? "src, handlers"}`;

/** Returns how many kB each package and folder adds to a bundle, the largest first, as lines of a table. */
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
