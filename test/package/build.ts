import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import { bundled } from "../harness/bundled.ts";
import type { Template } from "./template.ts";
import { unzip } from "./unzip.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export type Package = Awaited<ReturnType<typeof packageService>>;

/** The secret with GitHub's credentials, in a package with every optional setting. */
export const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rolecall/github-AbCdEf";

/** Packages the service with every optional setting. */
export const packageEverything = (): Promise<Package> =>
  packageService({
    ROLECALL_OWNERS: "acme",
    ROLECALL_ALARM_EMAIL: "platform@acme.example",
    ROLECALL_GITHUB_SECRET: SECRET,
    ROLECALL_ISSUERS: "acme=https://token.actions.acme.ghe.com",
    ROLECALL_ALLOW: "any-ref,owner-wide,name-only",
    ROLECALL_TAG_KEYS: "team,stage",
    ROLECALL_PULL_FROM: "210987654321",
    ROLECALL_MANAGED_POLICIES: "arn:aws:iam::123456789012:policy/acme-deploy",
    ROLECALL_REGIONS: "eu-west-1,us-east-1",
    ROLECALL_ECR_GRANTS: "acme/api=shared/base,acme/web=mirror/*:pull",
    ROLECALL_KMS_KEYS: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ROLECALL_PROFILES: "test/package/profiles.json",
    ROLECALL_SELF: "test/package/self-member.json",
    ROLECALL_SELF_AUDIENCE: "https://rolecall.acme.example",
    ROLECALL_SELF_CONCURRENCY: "5",
  });

/**
 * Runs `npm run package` in a directory of its own, without `npm run generate`, which has run before.
 * @param more further arguments, such as `--stage`
 * @throws Error with the output if no package is made
 */
export async function packageService(variables: Record<string, string>, ...more: string[]) {
  const directory = await mkdtemp(join(tmpdir(), "rolecall-package-"));
  const { PATH = "" } = process.env;
  const made = promisify(execFile)(
    process.execPath,
    [await bundled("scripts/package.ts"), "--package", directory, ...more],
    // Pass nothing else of this environment: packaging needs neither credentials nor a region. All packagings share a home
    // directory, because osls keeps its compiled schema there.
    { cwd: root, env: { PATH, HOME: process.env["ROLECALL_BUNDLES"], ...variables } },
  );
  const close = () => rm(directory, { recursive: true, force: true });
  const { stdout, stderr } = await made.catch(async (error) => {
    await close();
    throw new Error(`There is no package: ${error.stdout}${error.stderr}`);
  });
  const template: Template = JSON.parse(
    await readFile(join(directory, "cloudformation-template-update-stack.json"), "utf8"),
  );
  const member: Template = parse(await readFile(join(directory, "member.yml"), "utf8"));
  return {
    template,
    /** The template of member accounts. */
    member,
    output: stdout + stderr,
    /** Unpacks a function's artefact. Returns its directory and the names of its files. */
    async unpack(name: string) {
      const unpacked = join(directory, `unpacked-${name}`);
      return { directory: unpacked, files: await unzip(join(directory, `${name}.zip`), unpacked) };
    },
    close,
  };
}
