/** Changes in words, for headings and for one line of a message. */
import { labelOf } from "../diff/path.ts";
import type { components } from "../generated/contract.ts";

type Change = Pick<components["schemas"]["Change"], "resource" | "path" | "effect" | "gains" | "loses">;

export const EFFECTS: Record<Change["effect"], string> = {
  widens: "widens access",
  narrows: "narrows access",
  none: "does not affect access",
};

const MEANINGS: Record<Change["effect"], string> = {
  widens: "so AWS allows more than is registered",
  narrows: "so AWS allows less than is registered",
  none: "which gives and takes no access",
};

/** Returns one sentence that says what happened to the part, and what that means for access. */
export function meaningOf({
  expected,
  actual,
  effect,
}: Pick<components["schemas"]["Change"], "expected" | "actual" | "effect">): string {
  const happened = actual === null ? "It is missing" : expected === null ? "It was added" : "It was changed";
  return `${happened}, ${MEANINGS[effect]}.`;
}

/** The most changes that one line names. */
const NAMED = 5;

const WHOLE: readonly [RegExp, string][] = [
  [/:oidc-provider\//, "The provider for GitHub"],
  [/:role\//, "The role"],
  [/:ecr:/, "The ECR repository"],
];

/** Returns the name of a change's part. The empty path is the whole resource. */
export function nameOf(resource: string, path: string): string {
  if (path !== "") return labelOf(path);
  return WHOLE.find(([pattern]) => pattern.test(resource))?.[1] ?? "The repository on GitHub";
}

/** Returns who gains and who loses, such as `gains environment production; loses branch main`; empty if nobody does. */
export const gainsInWords = ({ gains = [], loses = [] }: Pick<Change, "gains" | "loses">): string =>
  [
    ...(gains.length > 0 ? [`gains ${gains.join(", ")}`] : []),
    ...(loses.length > 0 ? [`loses ${loses.join(", ")}`] : []),
  ].join("; ");

/**
 * Returns one line, such as `Trust policy (widens access: gains environment production), Description (does not affect
 * access)`.
 */
export function inOneLine(changes: readonly Change[]): string {
  const named = changes.slice(0, NAMED).map((change) => {
    const said = gainsInWords(change);
    const effect = `${EFFECTS[change.effect]}${said === "" ? "" : `: ${said}`}`;
    return `${nameOf(change.resource, change.path)} (${effect})`;
  });
  const more = changes.length > NAMED ? [`${changes.length - NAMED} more`] : [];
  return plain([...named, ...more].join(", "));
}

/**
 * Returns text that can stand inside quotes in any message. Names in AWS may hold quotes, backslashes, line ends and
 * invisible characters, and the receiver of an event need not escape them.
 */
export const plain = (text: string): string => text.replace(/["\\<>\p{C}\p{Zl}\p{Zp}]/gu, "?").slice(0, 1000);
