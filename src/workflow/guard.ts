import { shellPattern, yaml } from "./quote.ts";

/** Something that a run has and the role may not trust. */
type Guarded = {
  name: string;
  /** How a run comes by one that the role does not trust. */
  why: string;
  /** The shell's variable. */
  variable: string;
  /** Where the variable is not one of GitHub's own: what it holds. */
  from?: string;
};

export const REF: Guarded = {
  name: "ref",
  why: "A run by hand can be of any ref.",
  variable: "GITHUB_REF",
};

export const ENVIRONMENT: Guarded = {
  name: "environment",
  why: "Any environment can be chosen.",
  variable: "ENVIRONMENT",
  from: "${{ github.event.inputs.environment }}",
};

export const WORKFLOW: Guarded = {
  name: "workflow",
  why: "This file can be another one at another ref.",
  variable: "GITHUB_WORKFLOW_REF",
};

/** A step that stops a run which the role would refuse, by IAM's own patterns. */
export const guard = (
  { name, why, variable, from }: Guarded,
  patterns: readonly string[],
  condition = "",
): string => `\
      # ${why} Say so here, where AWS would only say "not authorized".
      - name: Check that the role trusts this ${name}
${condition === "" ? "" : `        if: ${condition}\n`}\
        env:
${from === undefined ? "" : `          ${variable}: ${from}\n`}\
          TRUSTED: ${yaml(patterns.join(", "))}
        run: |
          case "\${${variable}:?is empty}" in
${patterns.map((pattern) => `            ${shellPattern(pattern)}) exit 0 ;;\n`).join("")}\
          esac
          echo "::error title=Not a trusted ${name}::The role trusts only $TRUSTED, and this run is of $${variable}."
          exit 1

`;
