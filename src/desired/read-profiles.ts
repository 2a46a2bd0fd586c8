/** Reads the operator's profiles, and refuses those that break a rule of docs/profiles.md. */
import { renderedAlike } from "./alike.ts";
import { PLACEHOLDER, type Profile, type ProfileStatement, type Profiles } from "./profiles.ts";

/** The names that no profile may have, because the inline policies for ECR and for ended sessions have them. */
const RESERVED = ["ecr", "revocation"];

const NAMES = ["partition", "account", "region", "owner", "repo"];

/** The services whose actions no profile may allow. They give away access that the boundary does not limit. */
const FORBIDDEN = /^(?:iam|sts|organizations|account|sso[\w-]*|identitystore|rolesanywhere)$/;

/**
 * The actions that support no resource, and that neither show nor change anything of another repository. All other
 * actions are refused on `*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
const WITHOUT_RESOURCE = [
  "cloudformation:ValidateTemplate",
  "cloudwatch:PutMetricData",
  "ecs:DescribeTaskDefinition",
];

/**
 * The operators that a condition may have. None of them matches a request without the key, so negated operators and
 * `IfExists` are not among them.
 */
const OPERATORS = ["StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"];

type Fault = (pointer: string, was: unknown, right: string) => void;
type Json = { readonly [key: string]: unknown };

const isObject = (json: unknown): json is Json =>
  typeof json === "object" && json !== null && !Array.isArray(json);
const isTexts = (json: unknown): json is string[] =>
  Array.isArray(json) && json.length > 0 && json.every((one) => typeof one === "string");

/**
 * Reads the operator's profiles. @returns the profiles, or the faults. Each fault says where it is, what it found and
 * what is right
 */
export function readProfiles(json: unknown): Profiles | string[] {
  const faults: string[] = [];
  const fault: Fault = (pointer, was, right) =>
    faults.push(`profiles.json ${pointer} has ${JSON.stringify(was) ?? "nothing"}. ${right}`);
  const only = (pointer: string, object: Json, keys: readonly string[]) => {
    for (const [key, value] of Object.entries(object)) {
      if (!keys.includes(key))
        fault(`${pointer}/${key}`, value, `The object may have only ${keys.join(", ")}.`);
    }
  };

  function statements(
    pointer: string,
    list: unknown,
    further?: (pointer: string, statement: ProfileStatement, fault: Fault) => void,
  ): ProfileStatement[] {
    if (!Array.isArray(list) || list.length === 0) {
      fault(pointer, list, "It must be a list of statements, each with Action and Resource.");
      return [];
    }
    return list.flatMap((one: unknown, index) => {
      const at = `${pointer}/${index}`;
      if (!isObject(one)) {
        fault(at, one, "It must be a statement with Action and Resource.");
        return [];
      }
      only(at, one, ["Action", "Resource", "Condition"]);
      const { Action, Resource, Condition } = one;
      if (!isTexts(Action)) fault(`${at}/Action`, Action, 'It must be a list, such as ["s3:GetObject"].');
      if (!isTexts(Resource)) fault(`${at}/Resource`, Resource, "It must be a list of ARNs.");
      if (!isTexts(Action) || !isTexts(Resource)) return [];
      actionFaults(`${at}/Action`, Action, fault);
      resourceFaults(`${at}/Resource`, Resource, Action, fault);
      const conditions =
        Condition === undefined ? undefined : readConditions(`${at}/Condition`, Condition, fault);
      const statement = { Action, Resource, ...(conditions && { Condition: conditions }) };
      further?.(at, statement, fault);
      return [statement];
    });
  }

  if (!isObject(json)) {
    fault("", json, "It must be an object with profiles and boundary.");
    return faults;
  }
  only("", json, ["profiles", "boundary"]);
  const { profiles = {}, boundary } = json;
  const read = new Map<string, Profile>();
  if (!isObject(profiles)) fault("/profiles", profiles, "It must be an object with the profiles by name.");
  for (const [name, profile] of Object.entries(isObject(profiles) ? profiles : {})) {
    const at = `/profiles/${name}`;
    if (!/^(?=.{1,32}$)[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) || RESERVED.includes(name))
      fault(
        "/profiles",
        name,
        "A name has at most 32 lower-case letters, digits and hyphens, and is neither ecr nor revocation.",
      );
    if (!isObject(profile)) {
      fault(at, profile, "It must be a profile with description and statements.");
      continue;
    }
    only(at, profile, ["description", "statements", "readOnly"]);
    const { description, readOnly = false } = profile;
    if (typeof description !== "string" || description.trim() === "")
      fault(`${at}/description`, description, "It must say what the profile is for.");
    if (typeof readOnly !== "boolean")
      fault(
        `${at}/readOnly`,
        readOnly,
        "It must be true or false. With true, pull requests may have the profile.",
      );
    read.set(name, {
      statements: statements(`${at}/statements`, profile["statements"]),
      readOnly: readOnly === true,
    });
  }
  const more = boundary === undefined ? [] : statements("/boundary", boundary, unrepeatedFaults);
  return faults.length > 0 ? faults : { profiles: read, boundary: more };
}

function actionFaults(pointer: string, actions: readonly string[], fault: Fault): void {
  actions.forEach((action, index) => {
    const at = `${pointer}/${index}`;
    const [, service] = /^([a-z0-9-]+):[A-Za-z0-9]+$/.exec(action) ?? [];
    if (service === undefined) fault(at, action, "Name each action in full, such as s3:GetObject.");
    else if (FORBIDDEN.test(service)) fault(at, action, `No profile may give access to ${service}.`);
    else if (service === "ecr")
      fault(
        at,
        action,
        "Registrations ask for access to ECR in their field ecr (ROLECALL_ECR_GRANTS allows other repositories).",
      );
  });
}

/**
 * Reports faults of resources. A resource is an ARN with a concrete beginning. A wildcard comes only after the last
 * name, and not in the same part as the name: `api*` would also match `api-gateway`, which may be another repository.
 */
function resourceFaults(
  pointer: string,
  resources: readonly string[],
  actions: readonly string[],
  fault: Fault,
): void {
  resources.forEach((resource, index) => {
    const at = `${pointer}/${index}`;
    if (resource === "*") {
      if (!actions.every((action) => WITHOUT_RESOURCE.includes(action)))
        fault(
          at,
          resource,
          `Only ${WITHOUT_RESOURCE.join(", ")} may have the resource *. Name resources by ARN.`,
        );
      return;
    }
    if (!textFaults(at, resource, fault)) return;
    const [, service = "", part] =
      /^arn:(?:\{partition\}|aws[a-z-]*):([a-z0-9-]+):(?:\{region\}|[a-z0-9-]*):(?:\{account\}|\d{12}|):(\S+)$/.exec(
        resource,
      ) ?? [];
    if (part === undefined)
      fault(at, resource, "It must be an ARN, such as arn:{partition}:s3:::acme-artifacts/{owner}/{repo}/*.");
    else if (namesFault(part)) fault(at, resource, namesFault(part) ?? "");
    else if (isOfAll(service, part))
      fault(
        at,
        resource,
        "A wildcard must not stand for all resources of a kind. Put the beginning of a name before it.",
      );
  });
}

/**
 * Tells whether a text has only known placeholders and nothing that IAM reads as a policy variable. Reports a fault
 * otherwise.
 */
function textFaults(at: string, text: string, fault: Fault): boolean {
  if (text.includes("${")) fault(at, text, "It must not contain a policy variable.");
  else if (/[{}]/.test(text.replace(PLACEHOLDER, (all, name: string) => (NAMES.includes(name) ? "" : all))))
    fault(at, text, `The only placeholders are ${NAMES.map((name) => `{${name}}`).join(", ")}.`);
  else return true;
  return false;
}

/**
 * Returns the fault in the places of the names in a text; undefined if there is none. The text of one repository must
 * match nothing of another repository.
 */
function namesFault(text: string): string | undefined {
  const names = [...text.matchAll(/\{(?:owner|repo)\}/g)];
  if (names.length === 0) return undefined;
  const last = names.at(-1);
  const before = text.slice(0, last?.index);
  const after = text.slice((last?.index ?? 0) + (last?.[0].length ?? 0));
  if (/[*?]/.test(before)) return "No wildcard may come before {owner} or {repo}.";
  if (/^[^/:]*[*?]/.test(after))
    return "A wildcard behind {owner} or {repo} must come after / or :, because one name can be the beginning of another.";
  return isBesidePlace(text)
    ? "Put / or : between {partition} or {region} and a name. Otherwise one text could stand for two repositories."
    : undefined;
}

/**
 * Tells whether no `/` or `:` separates `{partition}` or `{region}` from a name. Then the texts for two places could be
 * equal.
 */
const isBesidePlace = (text: string): boolean =>
  text.split(/[/:]/).some((part) => /\{(?:partition|region)\}/.test(part) && /\{(?:owner|repo)\}/.test(part));

/**
 * Finds the texts of profiles that can be the same for two repositories of the owners. Such a text would give one
 * repository what belongs to the other. @returns a fault for each text, which names the text and two repositories
 */
export function sharedNameFaults(profiles: Profiles["profiles"], owners: readonly string[]): string[] {
  return [...profiles].flatMap(([name, { statements }]) =>
    statements.flatMap((statement, index) =>
      textsOf(`/profiles/${name}/statements/${index}`, statement).flatMap(([pointer, text]) => {
        const [one, other] = renderedAlike(text, owners) ?? [];
        if (one === undefined || other === undefined) return [];
        const two = `${one.owner}/${one.repo} and ${other.owner}/${other.repo}`;
        return `profiles.json ${pointer} has ${JSON.stringify(text)}. It would be the same for ${two}. Use {owner}/{repo} for a resource of one repository, and neither for a resource that all share.`;
      }),
    ),
  );
}

/** Returns the texts of a statement in which names are filled in, each with its pointer. */
const textsOf = (at: string, { Resource, Condition = {} }: ProfileStatement): [string, string][] => [
  ...Resource.map((text, index): [string, string] => [`${at}/Resource/${index}`, text]),
  ...Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) =>
      [values].flat().map((text): [string, string] => [`${at}/Condition/${operator}/${key}`, text]),
    ),
  ),
];

/**
 * Tells whether a wildcard is at the beginning of a resource's last part, or directly after its kind. The kind does not
 * count for S3, which has only buckets. `{region}` counts as a wildcard, because it is one in the boundary.
 */
function isOfAll(service: string, part: string): boolean {
  const [beginning = "", ...rest] = part.split(/[*?]|\{region\}/);
  if (rest.length === 0) return false;
  return beginning === "" || (service !== "s3" && /^\/?[\w-]+[:/]$/.test(beginning));
}

/**
 * Reports names in the additional statements of the boundary. No inline policy repeats these statements with the names
 * filled in, so each placeholder would be a wildcard. Only the region of an ARN may be a wildcard.
 */
function unrepeatedFaults(
  pointer: string,
  { Resource, Condition = {} }: ProfileStatement,
  fault: Fault,
): void {
  Resource.forEach((resource, index) => {
    if (/\{(?:owner|repo)\}/.test(resource))
      fault(
        `${pointer}/Resource/${index}`,
        resource,
        "No inline policy repeats it with names filled in. Use no {owner} and no {repo}.",
      );
  });
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) {
      for (const text of [values].flat().filter((value) => /\{(?:owner|repo|region)\}/.test(value)))
        fault(
          `${pointer}/Condition/${operator}/${key}`,
          text,
          "No inline policy repeats it with names filled in. Use no {owner}, no {repo} and no {region}.",
        );
    }
  }
}

function readConditions(
  pointer: string,
  json: unknown,
  fault: Fault,
): ProfileStatement["Condition"] | undefined {
  if (!isObject(json) || Object.keys(json).length === 0) {
    fault(
      pointer,
      json,
      `It must have operators (${OPERATORS.join(", ")}), each with keys and their values.`,
    );
    return undefined;
  }
  const read = Object.entries(json).map(([operator, keys]): [string, { [key: string]: string[] }] => {
    const at = `${pointer}/${operator}`;
    if (!OPERATORS.includes(operator) || !isObject(keys) || Object.keys(keys).length === 0) {
      fault(at, keys, `The operator must be one of ${OPERATORS.join(", ")}, with keys and their values.`);
      return [operator, {}];
    }
    const values = Object.entries(keys).map(([key, value]): [string, string[]] => {
      const texts = typeof value === "string" ? [value] : value;
      if (!/^[\w-]+:\S+$/.test(key))
        fault(at, key, "A condition's key begins with its service, such as s3:prefix.");
      if (!isTexts(texts)) {
        fault(`${at}/${key}`, value, "It must be a text or a list of texts.");
        return [key, []];
      }
      for (const text of texts) {
        const wrong = textFaults(`${at}/${key}`, text, fault) ? namesFault(text) : undefined;
        if (wrong !== undefined) fault(`${at}/${key}`, text, wrong);
      }
      return [key, texts];
    });
    return [operator, Object.fromEntries(values)];
  });
  return Object.fromEntries(read);
}
