/** Says in the terms of a registration which permissions a change of a role gives and takes. */
import { POLICY_NAME, REVOCATION_POLICY } from "../desired/names.ts";
import { PULL, PUSH } from "../desired/permissions.ts";
import { profileOfPolicy } from "../desired/profiles.ts";
import { readPolicy, type Statement } from "../policy/parse.ts";
import { type Gains, listed } from "./gains.ts";
import { trustGains } from "./trust-gains.ts";

/** Returns the gains of a change of an inline policy. A side that is undefined has no such policy. */
export function policyGains(name: string, before: unknown, after: unknown, isForeign: boolean): Gains {
  const profile = profileOfPolicy(name);
  if (!isForeign && name !== POLICY_NAME && name !== REVOCATION_POLICY && profile !== undefined) {
    if (before === undefined) return listed([`profile ${profile}`], []);
    if (after === undefined) return listed([], [`profile ${profile}`]);
  }
  const [had, has] = [before, after].map(allowances);
  if (had === undefined || has === undefined) return {};
  return listed(
    [...newIn(had.allowed, has.allowed), ...without(had.denied, has.denied)],
    [...newIn(has.allowed, had.allowed), ...without(has.denied, had.denied)],
  );
}

type Allowances = {
  /** The allowed actions by resource. */
  readonly allowed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Deny statements in words. */
  readonly denied: readonly string[];
};

/** Reads what a policy allows; undefined if it cannot be read. */
function allowances(policy: unknown): Allowances | undefined {
  const allowed = new Map<string, Set<string>>();
  const denied: string[] = [];
  if (policy === undefined) return { allowed, denied };
  const parsed = readPolicy(policy);
  if ("error" in parsed) return undefined;
  for (const statement of parsed.policy.statements) {
    const actions = inWords(statement.action, "action");
    const resources = inWords(statement.resource ?? { not: false, values: ["*"] }, "resource");
    if (statement.effect === "Deny") {
      denied.push(`${actions.join(", ")} on ${resources.join(", ")}${conditional(statement)}`);
      continue;
    }
    for (const one of resources) {
      const resource = `${one}${conditional(statement)}`;
      allowed.set(resource, new Set([...(allowed.get(resource) ?? []), ...actions]));
    }
  }
  return { allowed, denied };
}

const inWords = ({ not, values }: Statement["action"], what: string): readonly string[] =>
  not ? [`every ${what} but ${values.join(", ")}`] : values;

const conditional = ({ conditions }: Statement): string =>
  conditions.length === 0
    ? ""
    : ` if ${conditions.map(({ key, values }) => `${key} is ${values.join(" or ")}`).join(" and ")}`;

const without = (before: readonly string[], after: readonly string[]): string[] =>
  before.filter((one) => !after.includes(one));

/** Returns the access that only the second policy allows, in words. */
function newIn(before: Allowances["allowed"], after: Allowances["allowed"]): string[] {
  return [...after].flatMap(([resource, actions]) => {
    const had = before.get(resource) ?? new Set<string>();
    const added = new Set([...actions].filter((action) => !had.has(action)));
    const said: string[] = [];
    const name = /^arn:[^:]+:ecr:[^:]*:[^:]*:repository\/([^* ]+)$/.exec(resource)?.[1];
    for (const [words, needed] of [
      ["push to", PUSH],
      ["pull from", PULL],
    ] as const) {
      const isIn = (set: ReadonlySet<string>) => needed.every((action) => set.has(action));
      if (name === undefined || !isIn(actions) || isIn(had)) continue;
      said.push(`${words} ${name}`);
      for (const action of needed) added.delete(action);
    }
    return [...said, ...[...added].map((action) => allowedAction(action, resource))];
  });
}

const allowedAction = (action: string, resource: string): string =>
  action === "ecr:GetAuthorizationToken" && resource === "*" ? "log in to ECR" : `${action} on ${resource}`;

/** The parts of a role that give access. */
type RoleAccess = {
  readonly trustPolicy: unknown;
  readonly inlinePolicies: { readonly [name: string]: unknown };
  readonly attachedPolicyArns: readonly string[];
};

/** Returns everything that a role gives, as the gains of its creation. */
export function allOf({ trustPolicy, inlinePolicies, attachedPolicyArns }: RoleAccess): readonly string[] {
  return [
    ...(trustGains(NOBODY, trustPolicy, trustPolicy).gains ?? []),
    ...Object.entries(inlinePolicies).flatMap(
      ([name, policy]) => policyGains(name, undefined, policy, false).gains ?? [],
    ),
    ...attachedPolicyArns.map(managedPolicy),
  ];
}

const NOBODY = { Version: "2012-10-17", Statement: [] };

export const managedPolicy = (arn: string): string => `managed policy ${arn.slice(arn.indexOf("/") + 1)}`;
