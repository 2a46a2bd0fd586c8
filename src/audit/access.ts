/**
 * Summarises the permissions in a role's policies: "ecr: push to repository acme/api", "s3: read on 3 buckets".
 * A summary may claim more than the role can do, because conditions, Deny statements and boundaries reduce
 * permissions. It never claims less.
 */
import type { CanonicalElement } from "../policy/canonical.ts";
import { covers } from "../policy/elements.ts";
import { serviceOf as arnService } from "./ecr.ts";
import {
  ACTIONS,
  allowed,
  EVERY_ACTION,
  type GrantStatement,
  type NamedPolicy,
  RESOURCES,
} from "./permissions.ts";
import { listed, shortened } from "./text.ts";

export function accessOf(policies: readonly NamedPolicy[], boundaryArn: string | undefined): string[] {
  const lines = allowed(policies).flatMap(describeGrant);
  const unknown = policies.filter(({ statements }) => statements === undefined);
  return shortened([
    ...(lines.includes("everything") ? ["everything"] : lines),
    ...unknown.map(({ name }) => `not known: the permissions of ${name}`),
    ...(boundaryArn === undefined ? [] : [`nothing beyond the boundary ${boundaryArn}`]),
  ]);
}

/** Describes one statement, with one line for each service. */
export function describeGrant({
  action,
  resource,
  conditions,
}: Pick<GrantStatement, "action" | "resource" | "conditions">): string[] {
  const end = conditions.length === 0 ? "" : ", under conditions";
  const isEverywhere = !resource.not && covers(resource, "*", RESOURCES);
  if (action.not) return [`everything except ${listed(action.values)} on ${nounPhrase("", resource)}${end}`];
  if (covers(action, EVERY_ACTION, ACTIONS))
    return [isEverywhere ? `everything${end}` : `everything on ${nounPhrase("", resource)}${end}`];
  const services = [...new Set(action.values.map((value) => serviceOf(value)))];
  return services.flatMap((service) => {
    const names = action.values.filter((value) => serviceOf(value) === service);
    const describe = service === "ecr" ? describeEcr : describeService;
    return describe(service, names, nounPhrase(service, resource)).map((line) => `${service}: ${line}${end}`);
  });
}

const serviceOf = (action: string): string => action.slice(0, Math.max(0, action.indexOf(":"))).toLowerCase();
const nameOf = (action: string): string => action.slice(action.indexOf(":") + 1);

function describeService(service: string, actions: readonly string[], where: string): string[] {
  const names = actions.map(nameOf);
  if (names.includes("*")) return [`everything on ${where}`];
  if (!HANDS_OUT.includes(service) && names.every((name) => READS.test(name))) return [`read on ${where}`];
  return [`${listed(names)} on ${where}`];
}

const READS = /^(?:BatchGet|Describe|Get|Head|List|Query|Scan)/i;
/** Services in which an action named Get… can hand out credentials. Such an action is not summarised as "read". */
const HANDS_OUT = ["cognito-identity", "iam", "redshift", "redshift-serverless", "sso", "sts"];

const TRANSFERS = new Map([
  ["getauthorizationtoken", "login"],
  ["completelayerupload", "push"],
  ["initiatelayerupload", "push"],
  ["putimage", "push"],
  ["uploadlayerpart", "push"],
  ["getdownloadurlforlayer", "pull"],
  // A push looks for the manifest and the layers first.
  ["batchchecklayeravailability", "either"],
  ["batchgetimage", "either"],
]);

function describeEcr(service: string, actions: readonly string[], where: string): string[] {
  const kindOf = (action: string) => TRANSFERS.get(nameOf(action).toLowerCase());
  const kinds = new Set(actions.map(kindOf));
  const others = actions.filter((action) => kindOf(action) === undefined);
  const pushes = kinds.has("push");
  const pulls = kinds.has("pull") || (kinds.has("either") && !pushes);
  const transfers = [...(pushes ? ["push to"] : []), ...(pulls ? ["pull from"] : [])].join(" and ");
  return [
    ...(transfers === "" ? [] : [`${transfers} ${where}`]),
    ...(others.length === 0 ? [] : describeService(service, others, where)),
    ...(transfers === "" && others.length === 0 ? ["log in"] : []),
  ];
}

/** The word for a service's resources, and the expression that finds their name in the ARN. */
const NOUNS: Readonly<Record<string, { one: string; many: string; name: RegExp }>> = {
  ecr: { one: "repository", many: "repositories", name: /^arn:[^:]*:ecr:[^:]*:[^:]*:repository\/(.+)$/ },
  s3: { one: "bucket", many: "buckets", name: /^arn:[^:]*:s3:::((?:\$\{[^}]*\}|[^/])+)/ },
};
const RESOURCE = { one: "resource", many: "resources", name: /^(.+)$/ };

function nounPhrase(service: string, resource: CanonicalElement): string {
  const known = Object.hasOwn(NOUNS, service) ? NOUNS[service] : undefined;
  const everything = known === undefined ? "all resources" : `every ${known.one}`;
  if (resource.not) return `${everything} except ${listed(resource.values, 3)}`;
  if (covers(resource, "*", RESOURCES)) return everything;
  // Prefer the service's own resources, but keep the others if there are none: ssm:SendCommand names EC2 instances.
  const own = resource.values.filter((arn) => [undefined, service].includes(arnService(arn)));
  const arns = known === undefined || own.length === 0 ? resource.values : own;
  const noun = known !== undefined && arns.every((arn) => known.name.test(arn)) ? known : RESOURCE;
  const names = [...new Set(arns.map((arn) => noun.name.exec(arn)?.[1] ?? arn))];
  if (names.includes("*")) return everything;
  if (names.length === 1) return `${noun.one} ${names[0]}`;
  if (names.length <= 3) return `${noun.many} ${names.join(", ")}`;
  // A pattern can stand for many resources, so do not count patterns as single names.
  return names.some((name) => /[*?$]/.test(name))
    ? `${noun.many} ${listed(names, 3)}`
    : `${names.length} ${noun.many}`;
}
