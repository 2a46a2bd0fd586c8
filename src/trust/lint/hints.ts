/** Rows 15, 16, 20: what no policy can show, but whoever reads it should know. */
import type { TrustStatement } from "../document.ts";
import { type Finding, finding } from "./codes.ts";
import { guards } from "./guard.ts";

export function hintFindings(statement: TrustStatement, host: string, version: string): Finding[] {
  const pinned = guards(statement, host, "job_workflow_ref", version).length > 0;
  return guards(statement, host, "sub", version).flatMap(({ condition: { pointer, values } }) => {
    const findings: Finding[] = [];
    const branches = values.filter((value) => /:ref:refs\/heads\//.test(value));
    const environments = values.filter((value) => /:environment:/.test(value));
    if (branches.length > 0 && !pinned)
      findings.push(finding("hint-pull-request-target", pointer, `${branches.join(", ")}.`));
    if (environments.length > 0) {
      findings.push(finding("hint-environment-rules", pointer, `${environments.join(", ")}.`));
      findings.push(finding("hint-environment-case", pointer, `${environments.join(", ")}.`));
    }
    return findings;
  });
}
