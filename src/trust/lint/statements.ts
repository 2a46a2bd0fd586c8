/** Finds row 24 of docs/misconfigurations.md: a condition in one statement does not narrow another statement. */

import { isDecidedByToken } from "../../policy/evaluate.ts";
import type { TrustStatement } from "../../policy/parse.ts";
import { type Finding, finding } from "./codes.ts";

/**
 * Finds statements that have no condition on a key, although another statement about the same issuers has one.
 * @param hostsOf returns the issuers that a statement includes; statements about different issuers are not compared
 */
export function splitFindings(
  statements: readonly TrustStatement[],
  hostsOf: (statement: TrustStatement) => readonly string[],
): Finding[] {
  return statements.flatMap((statement) => {
    const hosts = hostsOf(statement).join(" ");
    const others = statements.filter((one) => one !== statement && hostsOf(one).join(" ") === hosts);
    const own = keysOf(statement);
    const lacking = [...new Set(others.flatMap(keysOf))].filter((key) => !own.includes(key));
    if (lacking.length === 0) return [];
    const detail = `Another statement has conditions on ${lacking.join(", ")}, but this one has none.`;
    return [finding("split-conditions", statement.pointer, detail)];
  });
}

function keysOf({ conditions }: TrustStatement): string[] {
  return conditions.map(({ key }) => key.toLowerCase()).filter(isDecidedByToken);
}
