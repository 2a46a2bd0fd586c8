/** Gives hints about rows 15, 16 and 20 of docs/misconfigurations.md. A policy's text cannot show these mistakes. */
import type { TrustStatement } from "../../policy/parse.ts";
import { type Finding, finding } from "./codes.ts";
import { guards } from "./guard.ts";

export function hintFindings(statement: TrustStatement, host: string, version: string): Finding[] {
  const pinned = guards(statement, host, "job_workflow_ref", version).length > 0;
  return guards(statement, host, "sub", version).flatMap(({ condition: { pointer, values } }) => {
    const findings: Finding[] = [];
    const branches = values.filter((value) => /:ref:refs\/heads\//.test(value));
    const environments = values.filter((value) => /:environment:/.test(value));
    if (branches.length > 0 && !pinned)
      findings.push(
        finding("hint-pull-request-target", pointer, `The policy trusts ${branches.join(", ")}.`),
      );
    if (environments.length > 0) {
      const detail = `The policy trusts ${environments.join(", ")}.`;
      findings.push(finding("hint-environment-rules", pointer, detail));
      findings.push(finding("hint-environment-case", pointer, detail));
    }
    return findings;
  });
}
