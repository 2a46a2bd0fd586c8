/**
 * Decides about a request as IAM does with identity-based policies. It knows the parts of the policy language that the
 * template uses, and throws on any other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export type Policy = { Statement: readonly Statement[] };
export type Statement = {
  Sid?: string;
  Effect: "Allow" | "Deny";
  /** A resource control policy has everyone; an identity-based policy has none. */
  Principal?: "*";
  Action: OneOrMore;
  Resource: OneOrMore;
  Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
};
type OneOrMore = string | readonly string[];

export type Request = {
  action: string;
  resource: string;
  /** The condition keys that the request has. */
  context?: Readonly<Record<string, OneOrMore>>;
};

export type Decision = "allowed" | "not allowed" | "denied";

export function decide(policies: readonly Policy[], request: Request): Decision {
  const effects = policies
    .flatMap(({ Statement }) => Statement)
    .filter((statement) => applies(statement, request))
    .map(({ Effect }) => Effect);
  if (effects.includes("Deny")) return "denied";
  return effects.includes("Allow") ? "allowed" : "not allowed";
}

const KNOWN = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

function applies(statement: Statement, { action, resource, context = {} }: Request): boolean {
  const unknown = Object.keys(statement).filter((element) => !KNOWN.includes(element));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")} is not known here`);
  const { Action, Resource, Condition = {} } = statement;
  return (
    many(Action).some((pattern) => isLike(action.toLowerCase(), pattern.toLowerCase())) &&
    many(Resource).some((pattern) => isLikeArn(resource, pattern)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, patterns]) =>
        holds(operator, valuesOf(context, key), many(patterns)),
      ),
    )
  );
}

const many = (value: OneOrMore): readonly string[] => (typeof value === "string" ? [value] : value);

/** Returns the values of a condition key. Keys are compared regardless of case. */
function valuesOf(context: NonNullable<Request["context"]>, key: string): readonly string[] | undefined {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return found && many(found[1]);
}

const OPERATORS: Readonly<Record<string, (value: string, pattern: string) => boolean>> = {
  StringEquals: (value, pattern) => value === pattern,
  StringLike: isLike,
  Bool: (value, pattern) => value.toLowerCase() === pattern.toLowerCase(),
  ArnEquals: isLikeArn,
  ArnLike: isLikeArn,
  DateLessThan: (value, pattern) => Date.parse(value) < Date.parse(pattern),
};

/** An operator that is true where the one without `Not` is false. */
const NEGATED = /^(String|Arn)Not(?=Equals|Like)/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(written: string, values: readonly string[] | undefined, patterns: readonly string[]): boolean {
  if (written === "Null") return patterns.includes(String(values === undefined));
  const [, quantifier, operator = ""] = /^(?:(ForAllValues|ForAnyValue):)?(\w+)$/.exec(written) ?? [];
  const compare = OPERATORS[operator.replace(NEGATED, "$1")];
  if (compare === undefined) throw new Error(`The operator ${written} is not known here`);
  const isNegated = NEGATED.test(operator);
  const matches = (value: string) => patterns.some((pattern) => compare(value, pattern)) !== isNegated;
  if (quantifier === "ForAllValues") return (values ?? []).every(matches);
  // A key that is absent does not equal anything, so a negated operator is true without it.
  return values === undefined ? isNegated && quantifier === undefined : values.some(matches);
}

/** `*` stands for any characters, `?` for one. */
function isLike(value: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}

/** Compares the six parts of two ARNs one by one: a wildcard does not match across a colon. */
function isLikeArn(value: string, pattern: string): boolean {
  if (pattern === "*") return true;
  const parts = (arn: string) =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn)?.slice(1) ?? [arn];
  const [values, patterns] = [parts(value), parts(pattern)];
  return (
    values.length === patterns.length && patterns.every((part, index) => isLike(values[index] ?? "", part))
  );
}
