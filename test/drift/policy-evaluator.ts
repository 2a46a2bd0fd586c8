/**
 * Evaluates policies as IAM does, to check the comparison of policies. Trust policies use the evaluator of the service,
 * other policies a small evaluator of this file. If IAM's documents leave the reach of a wildcard open, the request
 * decides it.
 */
import {
  type CanonicalCondition,
  type CanonicalElement,
  type CanonicalStatement,
  canonicalPolicy,
} from "../../src/policy/canonical.ts";
import { type Context, evaluate } from "../../src/policy/evaluate.ts";
import { holds, parseOperator } from "../../src/policy/operators.ts";
import { parseTrustPolicy } from "../../src/policy/parse.ts";
import { requestContext } from "../../src/trust/claims.ts";

export type Kind = "trust" | "identity";

export const HOST = "token.actions.githubusercontent.com";
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${HOST}`;

const STATEMENTS = {
  trust: { Effect: "Allow", Principal: { Federated: PROVIDER }, Action: "sts:AssumeRoleWithWebIdentity" },
  identity: {
    Effect: "Allow",
    Action: "ecr:PutImage",
    Resource: "arn:aws:ecr:eu-west-1:123456789012:repository/acme/api",
  },
};

/**
 * Returns the document that a table means: a whole document unchanged, or one made of statements. A statement lists only
 * its differences from the default; null removes an element. `gh:` stands for the issuer's prefix.
 */
export function documentOf(kind: Kind, short: unknown): unknown {
  const isWhole = typeof short !== "object" || short === null || "Statement" in short;
  const statements = Array.isArray(short) ? short : [short];
  const whole = isWhole
    ? short
    : {
        Version: "2012-10-17",
        Statement: statements.map((one) =>
          Object.fromEntries(
            Object.entries({ ...STATEMENTS[kind], ...one }).filter(([, value]) => value !== null),
          ),
        ),
      };
  return JSON.parse(
    JSON.stringify(whole).replaceAll('"gh:', `"${HOST}:`).replaceAll('"GH:', `"${HOST.toUpperCase()}:`),
  );
}

export type Request = {
  action: string;
  resource: string;
  /** The values by key, in lower case. */
  context: { readonly [key: string]: readonly string[] };
  /** True if a `*` inside a segment matches colons. */
  crosses: boolean;
};

/** Tells whether an identity policy allows a request. */
export function allows(document: unknown): (request: Request) => boolean {
  const policy = canonicalPolicy(document);
  if (policy === undefined) throw new Error("not readable");
  return (request) => {
    const variables =
      policy.version === "2012-10-17"
        ? (key: string) => request.context[key.toLowerCase()]?.[0] ?? null
        : null;
    const effects = policy.statements
      .filter((statement) => isAbout(statement, request, variables))
      .map(({ effect }) => effect);
    return effects.includes("Allow") && !effects.includes("Deny");
  };
}

type Variables = ((key: string) => string | null) | null;

function isAbout(
  { action, resource, conditions }: CanonicalStatement,
  request: Request,
  variables: Variables,
): boolean {
  const named = ({ not, values }: CanonicalElement, matches: (value: string) => boolean) =>
    values.some(matches) !== not;
  return (
    named(
      action,
      (value) => regExp(value.toLowerCase(), true, null)?.test(request.action.toLowerCase()) === true,
    ) &&
    resource !== undefined &&
    named(resource, (value) => regExp(value, request.crosses, variables)?.test(request.resource) === true) &&
    conditions.every((condition) => isMet(condition, request, variables))
  );
}

/** Returns a pattern as a regular expression; null if it contains a variable without a value. */
function regExp(pattern: string, crosses: boolean, variables: Variables): RegExp | null {
  let known = true;
  const source = pattern.replaceAll(
    variables === null ? /\*|\?|[\s\S]/g : /\$\{[*?$]\}|\$\{[^}]*\}|[\s\S]/g,
    (part, at: number) => {
      const next = pattern[at + 1];
      if (part === "*") return crosses || next === undefined || next === ":" ? "[\\s\\S]*" : "[^:]*";
      if (part === "?") return crosses ? "[\\s\\S]" : "[^:]";
      const [, key = "", fallback] = /^\$\{([^,}]*)(?:,\s*'(.*)')?\}$/.exec(part) ?? [];
      const text =
        part.length === 4 && "*?$".includes(key)
          ? key
          : key === ""
            ? part
            : (variables?.(key.trim()) ?? fallback);
      if (text === undefined) known = false;
      return (text ?? "").replaceAll(
        /[^a-z0-9]/gi,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    },
  );
  return known ? new RegExp(`^${source}$`) : null;
}

function isMet(
  { operator: name, key, values }: CanonicalCondition,
  { context }: Request,
  variables: Variables,
): boolean {
  const operator = parseOperator(name);
  const actual = context[key] ?? null;
  // For operators that are not modelled, assume that they compare value by value or match nothing.
  if (operator === null) return (name + values.join()).length % 2 === 0;
  if (operator === "other") return values.some((value) => actual?.includes(value)) !== name.includes("Not");
  return holds(operator, values, actual, variables);
}

export type Claims = { readonly [claim: string]: string };

/** The contexts of tokens. Most tokens ask for many roles. */
const contexts = new WeakMap<Claims, Context>();

function contextOf(claims: Claims): Context {
  const context = contexts.get(claims) ?? requestContext(HOST, claims);
  contexts.set(claims, context);
  return context;
}

/** Tells whether a trust policy lets in a token of GitHub. */
export function admits(document: unknown): (claims: Claims) => boolean {
  const parsed = parseTrustPolicy(JSON.stringify(document));
  if ("error" in parsed) throw new Error(parsed.error);
  const request = {
    principal: { federated: PROVIDER },
    action: "sts:AssumeRoleWithWebIdentity",
  } as const;
  return (claims) => evaluate(parsed.policy, { ...request, context: contextOf(claims) }).allowed;
}
