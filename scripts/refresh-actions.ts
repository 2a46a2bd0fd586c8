/**
 * `npm run refresh-actions`: asks GitHub for the newest release of Helm and of every action that the generated
 * workflows use, writes them to `src/workflow/actions.ts` and prints the changes. Read the release notes and run the
 * tests before you commit. It never goes back to an older release, and it stops if a tag in the table now names
 * another commit.
 *
 * GITHUB_TOKEN raises GitHub's rate limit. GITHUB_API_URL names another GitHub, and an argument another file.
 */
import { readFile, writeFile } from "node:fs/promises";

const api = process.env["GITHUB_API_URL"] ?? "https://api.github.com";
const token = process.env["GITHUB_TOKEN"];
const file = process.argv[2] ?? new URL("../src/workflow/actions.ts", import.meta.url);

const ACTION = /"([\w-]+\/[\w.-]+)": \["(v[\d.]+)", "([0-9a-f]{40})"\]/;
const HELM = /HELM_VERSION = "(v[\d.]+)"/;

/** Reads one string from GitHub's answer and checks its form, because the string becomes source code. */
async function ask(path: string, key: string, form: RegExp): Promise<string> {
  const response = await fetch(`${api}${path}`, {
    headers: {
      accept: "application/vnd.github+json",
      "user-agent": "rolecall",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  const value = ((await response.json()) as Record<string, unknown>)[key];
  if (typeof value !== "string" || !form.test(value)) throw new Error(`${path} has no ${key} like ${form}`);
  return value;
}

/** Returns the version of the newest release, or the known version if that is newer. */
async function newest(repository: string, known: string): Promise<string> {
  const version = await ask(`/repos/${repository}/releases/latest`, "tag_name", /^v\d+\.\d+\.\d+$/);
  return version.localeCompare(known, "en", { numeric: true }) < 0 ? known : version;
}

async function refreshed(line: string): Promise<string> {
  const [, action, known, commit] = ACTION.exec(line) ?? [];
  if (action !== undefined && known !== undefined && commit !== undefined) {
    const version = await newest(action, known);
    const sha = await ask(`/repos/${action}/commits/tags/${version}`, "sha", /^[0-9a-f]{40}$/);
    if (version === known && sha !== commit) {
      throw new Error(`The tag ${known} of ${action} was moved, from ${commit} to ${sha}: find out why`);
    }
    return line.replace(known, version).replace(commit, sha);
  }
  const [, helm] = HELM.exec(line) ?? [];
  return helm === undefined ? line : line.replace(helm, await newest("helm/helm", helm));
}

const before = (await readFile(file, "utf8")).split("\n");
const after = await Promise.all(before.map(refreshed));
const changes = before.flatMap((line, index) =>
  line === after[index] ? [] : [`- ${line}`, `+ ${after[index]}`],
);
if (changes.length > 0) await writeFile(file, after.join("\n"));
console.log(changes.length > 0 ? changes.join("\n") : "Nothing is newer.");
