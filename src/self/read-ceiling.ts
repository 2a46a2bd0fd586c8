/** Reads the operator's ceiling, and refuses a file that is not exactly of the form in docs/self.md. */
import { environmentFault, jobWorkflowRefFault, refFault } from "../trust/names.ts";
import {
  type Access,
  ALLOWS_NOTHING_MORE,
  type Allowance,
  type Ceiling,
  type OnDrift,
  type Rule,
} from "./ceiling.ts";

type Fault = (pointer: string, was: unknown, right: string) => void;
type Json = { readonly [key: string]: unknown };

const isObject = (json: unknown): json is Json =>
  typeof json === "object" && json !== null && !Array.isArray(json);
const isTexts = (json: unknown): json is string[] =>
  Array.isArray(json) && json.every((one) => typeof one === "string");

const REQUIRED = ["repositories", "roles", "access"];
const RUNS = ["refs", "protectedRefs", "runnerEnvironments", "jobWorkflowRefs"];
const IDS = ["repositoryIds", "ownerIds"];
const FIELDS = [...REQUIRED, ...IDS, "accounts", ...RUNS, "may"];

const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/[\w.*-]{1,100}$/;
const ROLE = /^(?=.{1,32}$)[a-z0-9*]+(?:-[a-z0-9*]+)*$/;

/**
 * Reads the operator's ceiling. @returns the ceiling, or the faults. Each fault says where it is, what it found and
 * what is right
 */
export function readCeiling(json: unknown): Ceiling | string[] {
  const faults: string[] = [];
  const fault: Fault = (pointer, was, right) =>
    faults.push(`self.json ${pointer} has ${JSON.stringify(was) ?? "nothing"}. ${right}`);
  if (!isObject(json) || !Array.isArray(json["rules"])) {
    fault(
      isObject(json) ? "/rules" : "",
      isObject(json) ? json["rules"] : json,
      'It must be {"rules": […]}.',
    );
    return faults;
  }
  only("", json, ["rules"], fault);
  const rules = json["rules"].flatMap((one: unknown, index) => {
    const at = `/rules/${index}`;
    if (isObject(one)) return [readRule(at, one, fault)];
    fault(at, one, "It must be a rule with repositories, roles and access.");
    return [];
  });
  return faults.length > 0 ? faults : { rules };
}

function only(at: string, object: Json, keys: readonly string[], fault: Fault): void {
  for (const [key, value] of Object.entries(object)) {
    if (!keys.includes(key)) fault(`${at}/${key}`, value, `The object may have only ${keys.join(", ")}.`);
  }
}

function readRule(at: string, rule: Json, fault: Fault): Rule {
  only(at, rule, FIELDS, fault);
  const list = listReader(at, rule, fault);
  const repository = "Name a repository as owner/repo, with `*` only in the repository's name.";
  const read: Rule = {
    repositories: list("repositories", "required", (one) => (REPOSITORY.test(one) ? undefined : repository)),
    repositoryIds: readIds(at, rule, "repositoryIds", fault),
    ownerIds: readIds(at, rule, "ownerIds", fault),
    roles: list("roles", "required", (one) =>
      ROLE.test(one) ? undefined : "A role has at most 32 lower-case letters, digits and hyphens, or `*`.",
    ),
    access: list("access", "required", oneOf("push", "pull")) as Access[],
    accounts: list("accounts", ["home"], (one) =>
      one === "home" || /^\d{12}$/.test(one) ? undefined : "Name home, or an account of 12 digits.",
    ),
    refs: list("refs", [], fullRefFault),
    protectedRefs: readFlag(at, rule, "protectedRefs", fault),
    runnerEnvironments: list("runnerEnvironments", [], oneOf("github-hosted", "self-hosted")),
    jobWorkflowRefs: list("jobWorkflowRefs", [], exactWorkflowFault),
    may: rule["may"] === undefined ? ALLOWS_NOTHING_MORE : readAllowance(`${at}/may`, rule["may"], fault),
  };
  if (rule["may"] !== undefined && read.jobWorkflowRefs.length === 0)
    fault(
      `${at}/may`,
      rule["may"],
      "Only a rule with jobWorkflowRefs may allow more than the run's own subject.",
    );
  return read;
}

function readAllowance(at: string, json: unknown, fault: Fault): Allowance {
  if (!isObject(json)) {
    fault(at, json, "It must be an object that says what the pinned workflows may ask for.");
    return ALLOWS_NOTHING_MORE;
  }
  only(at, json, Object.keys(ALLOWS_NOTHING_MORE), fault);
  const list = listReader(at, json, fault, { none: "allowed" });
  const { maxSessionSeconds: seconds = 3600 } = json;
  const isLength = Number.isInteger(seconds) && Number(seconds) >= 3600 && Number(seconds) <= 43_200;
  if (!isLength)
    fault(`${at}/maxSessionSeconds`, seconds, "It must be a number of seconds from 3600 to 43200.");
  return {
    branches: list("branches", [], refFault),
    tags: list("tags", [], refFault),
    environments: list("environments", [], environmentFault),
    pullRequests: readFlag(at, json, "pullRequests", fault),
    profiles: list("profiles", [], () => undefined),
    managedPolicies: list("managedPolicies", [], (one) =>
      one.startsWith("arn:") && !one.includes("*") ? undefined : "Name each managed policy by its ARN.",
    ),
    onDrift: list("onDrift", ["report"], oneOf("report", "repair")) as OnDrift[],
    maxSessionSeconds: isLength ? Number(seconds) : 3600,
  };
}

type ReadList = (
  key: string,
  usual: "required" | readonly string[],
  faultOf: (value: string) => string | undefined,
) => readonly string[];

/**
 * Returns a function that reads the lists of an object. An empty list is refused, because it reads as "none" where the
 * ceiling means "any" or the default. `none: "allowed"`: it is accepted if it is the default itself.
 */
const listReader =
  (at: string, object: Json, fault: Fault, { none }: { none?: "allowed" } = {}): ReadList =>
  (key, usual, faultOf) => {
    const value = object[key];
    if (value === undefined && usual !== "required") return usual;
    const mayBeEmpty = none === "allowed" && usual.length === 0;
    if (!isTexts(value) || (value.length === 0 && !mayBeEmpty)) {
      const least = mayBeEmpty ? "a list of texts" : "a list of at least one text";
      const otherwise = usual === "required" ? "" : " Leave it out for the default.";
      fault(`${at}/${key}`, value, `It must be ${least}.${otherwise}`);
      return [];
    }
    value.forEach((one, index) => {
      const right = faultOf(one);
      if (right !== undefined) fault(`${at}/${key}/${index}`, one, right);
    });
    return value;
  };

function readIds(at: string, object: Json, key: string, fault: Fault): readonly number[] {
  const { [key]: value } = object;
  const isId = (one: unknown): one is number => Number.isSafeInteger(one) && Number(one) > 0;
  if (value === undefined) return [];
  if (Array.isArray(value) && value.length > 0 && value.every(isId)) return value;
  fault(`${at}/${key}`, value, "It must be a list of at least one id, and GitHub's ids are numbers.");
  return [];
}

function readFlag(at: string, object: Json, key: string, fault: Fault): boolean {
  const { [key]: value = false } = object;
  if (typeof value !== "boolean") fault(`${at}/${key}`, value, "It must be true or false.");
  return value === true;
}

const oneOf =
  (...values: readonly string[]) =>
  (one: string): string | undefined =>
    values.includes(one) ? undefined : `It must be one of ${values.join(", ")}.`;

function fullRefFault(ref: string): string | undefined {
  const [, name] = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref) ?? [];
  if (name === undefined) return "Name a full ref, such as refs/heads/main or refs/tags/v*.";
  return refFault(name);
}

/** Returns the fault of a pinned workflow. A `*` in its ref would let in a workflow that nobody has reviewed yet. */
const exactWorkflowFault = (value: string): string | undefined =>
  value.includes("*") ? "Pin the workflow's exact path and ref, without `*`." : jobWorkflowRefFault(value);
