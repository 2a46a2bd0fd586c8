/** Row 24: what one statement demands does not narrow the other. */
import type { TrustStatement } from "../document.ts";
import { isDecidedByToken } from "../evaluate/evaluate.ts";
import { type Finding, finding } from "./codes.ts";

/** `hostsOf`: the issuers a statement is about; statements about different issuers are meant to differ. */
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
    const detail = `Not demanded here, but in another statement: ${lacking.join(", ")}.`;
    return [finding("split-conditions", statement.pointer, detail)];
  });
}

function keysOf({ conditions }: TrustStatement): string[] {
  return conditions.map(({ key }) => key.toLowerCase()).filter(isDecidedByToken);
}
