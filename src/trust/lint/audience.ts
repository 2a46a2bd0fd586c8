/** Finds row 9 of docs/misconfigurations.md: the policy does not check the audience, or checks it with a pattern. */
import type { TrustStatement } from "../../policy/parse.ts";
import { stsAudience } from "../issuer.ts";
import { type Finding, finding } from "./codes.ts";
import { exactValues, guards, isExact } from "./guard.ts";

export function audienceFindings(
  statement: TrustStatement,
  host: string,
  version: string,
  partition: string,
): Finding[] {
  const candidates = guards(statement, host, "aud", version);
  const [first] = candidates;
  if (first === undefined)
    return [finding("aud-missing", statement.pointer, `No condition compares ${host}:aud with a value.`)];
  const exact = candidates.find(isExact);
  if (exact === undefined)
    return [
      finding(
        "aud-not-exact",
        first.condition.pointer,
        `${list(first.condition.values)} contains a wildcard or a variable.`,
      ),
    ];
  const expected = stsAudience(partition);
  const others = exactValues(exact).filter((value) => value !== expected);
  return others.length === 0
    ? []
    : [finding("aud-other", exact.condition.pointer, `It is ${list(others)} instead of ${expected}.`)];
}

function list(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(", ");
}
