// @ts-check
/**
 * Registers every role of a list:
 *
 *     node rolecall.mjs plan registrations.json     prints what would change, and writes nothing
 *     node rolecall.mjs apply registrations.json    makes the changes; an entry that is already registered is not written
 *
 * Each entry has `repository` (`OWNER/REPO`), `role`, and `registration`, the body of the PUT. Registrations that are
 * not in the list stay as they are. An entry that fails does not stop the others; it is reported, and the exit code
 * is 1. The result is Markdown, on standard output and in the job's summary.
 *
 * Needs Node 20 and nothing else. `ROLECALL_URL` is Rolecall's address. Requests are signed with the credentials of
 * the environment. Without credentials they are sent unsigned, as `npm start` accepts them.
 */
import { createHash, createHmac } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {{ repository: string, role: string, registration?: object }} Entry */
/** @typedef {{ path: string, effect: string, gains?: string[], loses?: string[] }} Change */
/** @typedef {{ pointer: string, detail: string }} Fault */
/** @typedef {{ version?: number, subjects?: string[], changes?: Change[] }} Registration */
/** @typedef {{ detail?: string, message?: string, errors?: Fault[], retryAfterSeconds?: number }} Problem */
/** @typedef {{ status: number, body: Registration & Problem, etag: string }} Answer */

const ATTEMPTS = 5;
const base = (process.env["ROLECALL_URL"] ?? "http://127.0.0.1:3000").replace(/\/$/, "");

/**
 * The request's headers with its signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @param {string} method
 * @param {URL} url
 * @param {string} body
 * @returns {Record<string, string>}
 */
function signed(method, url, body) {
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
  const content = { "content-type": "application/json" };
  if (!key || !secret) return content;
  const region = process.env["AWS_REGION"];
  if (!region) throw new Error("AWS_REGION has to name the region that Rolecall is deployed in.");
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const hash = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex");
  const hmac = (/** @type {string | Buffer} */ by, /** @type {string} */ text) =>
    createHmac("sha256", by).update(text).digest();
  const encoded = (/** @type {string} */ text) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

  /** @type {[string, string][]} In the order of their names. */
  const headers = [
    ["content-type", content["content-type"]],
    ["host", url.host],
    ["x-amz-date", time],
    ...(token ? [/** @type {[string, string]} */ (["x-amz-security-token", token])] : []),
  ];
  const names = headers.map(([name]) => name).join(";");
  const request = [
    method,
    url.pathname.split("/").map(encoded).join("/"),
    [...url.searchParams]
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .sort()
      .join("&"),
    ...headers.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    hash(body),
  ].join("\n");
  /** @type {string | Buffer} */
  let signingKey = `AWS4${secret}`;
  for (const part of scope.split("/")) signingKey = hmac(signingKey, part);
  const signature = hmac(signingKey, ["AWS4-HMAC-SHA256", time, scope, hash(request)].join("\n")).toString(
    "hex",
  );
  return {
    ...Object.fromEntries(headers.filter(([name]) => name !== "host")),
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/**
 * PUTs one entry. Repeats the request after the time that the problem names (`retryAfterSeconds`), at most five times in all.
 * @param {Entry} entry
 * @param {boolean} dryRun
 * @param {Record<string, string>} [precondition]
 * @returns {Promise<Answer>}
 */
async function put({ repository, role, registration = {} }, dryRun, precondition = {}) {
  const [owner = "", repo = ""] = repository.split("/");
  const path = ["v1", "repos", owner, repo, "roles", role].map(encodeURIComponent).join("/");
  const url = new URL(`${path}${dryRun ? "?dryRun=true" : ""}`, `${base}/`);
  const body = JSON.stringify(registration);
  for (let attempt = 1; ; attempt++) {
    const headers = { ...signed("PUT", url, body), ...precondition };
    const response = await fetch(url, { method: "PUT", headers, body }).catch((error) => {
      const reason = error.cause?.code ?? error.cause?.message ?? error.message;
      throw new Error(`ROLECALL_URL has "${base}"; nothing answers there (${reason}).`);
    });
    const text = await response.text();
    const isJson = /json$/.test(response.headers.get("content-type") ?? "");
    const answer = {
      status: response.status,
      body: isJson ? JSON.parse(text) : { detail: text },
      etag: response.headers.get("etag") ?? "",
    };
    const wait = answer.body.retryAfterSeconds;
    if (wait === undefined || attempt === ATTEMPTS) return answer;
    await sleep(wait * 1000);
  }
}

/** The names that the contract allows, without `.` and `..`, which a URL treats as steps between folders. */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)([A-Za-z0-9._-]{1,100}|\*)$/;
const ROLE = /^(?=.{1,32}$)[a-z0-9]+(-[a-z0-9]+)*$/;
/** @param {RegExp} pattern @param {unknown} text */
const isName = (pattern, text) => typeof text === "string" && pattern.test(text);

/**
 * Parses the list and checks what the API cannot check: each entry names its role, and no role is named twice.
 * @param {string} text
 * @returns {Entry[]}
 */
function read(text) {
  /** @type {unknown} */
  let list;
  try {
    list = JSON.parse(text);
  } catch {
    throw new Error("The list is not JSON.");
  }
  if (!Array.isArray(list)) throw new Error("The list is not a JSON array.");
  const seen = new Set();
  return list.map((entry, index) => {
    const { repository, role } = entry ?? {};
    const has = (/** @type {unknown} */ value) => JSON.stringify(value) ?? "nothing";
    if (!isName(REPOSITORY, repository))
      throw new Error(`Entry ${index}: repository has ${has(repository)}; it is OWNER/REPO, as on GitHub.`);
    if (!isName(ROLE, role))
      throw new Error(
        `Entry ${index}: role has ${has(role)}; it is lower-case words, digits and single hyphens, 32 characters at most.`,
      );
    const name = `${repository} ${role}`;
    if (seen.has(name)) throw new Error(`Entry ${index}: there is an earlier one for ${name}.`);
    seen.add(name);
    return entry;
  });
}

/**
 * Returns true if the registration has another entity tag than the dry run's answer. For example, `onDrift` may differ
 * although nothing changes in AWS.
 * @param {Entry} entry
 * @param {Answer} planned
 */
async function isOtherwise(entry, { etag }) {
  return (await put(entry, true, { "if-match": etag })).status === 412;
}

/**
 * Puts foreign text on one line. The runner reads `::` at the beginning of a line and `##[` anywhere as a command, so the
 * line must begin with text of this script.
 * @param {unknown} text
 */
const line = (text) =>
  String(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replaceAll("##[", "# #[");
/** Formats foreign text as code, in which Markdown and HTML have no effect. @param {unknown} text */
const code = (text) => `\`${line(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;

/**
 * Returns the outcome of an entry as Markdown.
 * @param {Answer} answer
 * @param {boolean} dryRun
 */
function outcome({ status, body }, dryRun) {
  if (status >= 400) {
    const faults = body.errors ?? [
      { pointer: "", detail: body.detail ?? body.message ?? `status ${status}` },
    ];
    return `**fails**: ${faults.map(({ pointer, detail }) => code(`${pointer} ${detail}`.trim())).join(", ")}`;
  }
  const { changes = [], subjects = [] } = body;
  const isNew = status === 201 || (dryRun && body.version === 0);
  const parts = changes
    .filter(({ path }) => path !== "")
    .map(({ path, effect, gains = [], loses = [] }) =>
      [
        `${code(path)} ${effect}`,
        ...(gains.length > 0 ? [`gains ${gains.map(code).join(", ")}`] : []),
        ...(loses.length > 0 ? [`loses ${loses.map(code).join(", ")}`] : []),
      ].join("; "),
    );
  if (isNew) return `${dryRun ? "would be new" : "is new"}: ${subjects.map(code).join(", ")}`;
  if (changes.length === 0) return "nothing changes in AWS";
  return `${dryRun ? "would change" : "changed"}: ${parts.length > 0 ? parts.join(", ") : `${changes.length} resources`}`;
}

const [, , command = "", file = "registrations.json"] = process.argv;
if (command !== "plan" && command !== "apply") {
  console.error("usage: node rolecall.mjs plan|apply [registrations.json]");
  process.exit(2);
}
const dryRun = command === "plan";
/** @param {string} text */
const print = (text) => {
  console.log(text);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) appendFileSync(summary, `${text}\n`);
};

try {
  if (!/^https?:/.test(base) || !URL.canParse(base))
    throw new Error(
      `ROLECALL_URL has "${base}". It must be Rolecall's address, such as http://127.0.0.1:3000.`,
    );
  const entries = read(readFileSync(file, "utf8"));
  print(
    `### Rolecall: ${dryRun ? "what would change" : "what was done"}\n\n| repository | role | |\n| --- | --- | --- |`,
  );
  for (const [index, entry] of entries.entries()) {
    const answer = await put(entry, dryRun);
    if (answer.status >= 400) {
      console.error(`Entry ${index}, ${entry.repository} ${entry.role}: fails with ${answer.status}.`);
      process.exitCode = 1;
    }
    const isOnlyOurs = dryRun && answer.body.changes?.length === 0 && (await isOtherwise(entry, answer));
    const result = `${outcome(answer, dryRun)}${isOnlyOurs ? ", but what is registered would" : ""}`;
    print(`| ${code(entry.repository)} | ${code(entry.role)} | ${result} |`);
  }
} catch (error) {
  console.error(`Error: ${line(error instanceof Error ? error.message : error)}`);
  process.exitCode = 1;
}
