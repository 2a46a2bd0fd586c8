import { shellPattern, yaml } from "./quote.ts";

/** A property of a run that the role may not trust. */
type Guarded = {
  name: string;
  /** Says how a run can have a value that the role does not trust. */
  why: string;
  /** The shell variable with the value. */
  variable: string;
  /** The expression that sets the variable, if GitHub does not set it itself. */
  from?: string;
};

export const REF: Guarded = {
  name: "ref",
  why: "A manual run can use any ref.",
  variable: "GITHUB_REF",
};

export const ENVIRONMENT: Guarded = {
  name: "environment",
  why: "A manual run can choose any environment.",
  variable: "ENVIRONMENT",
  from: "${{ github.event.inputs.environment }}",
};

export const WORKFLOW: Guarded = {
  name: "workflow",
  why: "This file may differ at another ref.",
  variable: "GITHUB_WORKFLOW_REF",
};

/** Returns a step that stops a run which the role would refuse. The step compares with the role's own patterns. */
export const guard = (
  { name, why, variable, from }: Guarded,
  patterns: readonly string[],
  condition = "",
): string => `\
      # ${why} Explain it here, because AWS would only say "not authorized".
      - name: Check that the role trusts this ${name}
${condition === "" ? "" : `        if: ${condition}\n`}\
        env:
${from === undefined ? "" : `          ${variable}: ${from}\n`}\
          TRUSTED: ${yaml(patterns.join(", "))}
        run: |
          case "\${${variable}:?is empty}" in
${patterns.map((pattern) => `            ${shellPattern(pattern)}) exit 0 ;;\n`).join("")}\
          esac
          echo "::error title=Not a trusted ${name}::The role trusts only $TRUSTED, but this run uses $${variable}."
          exit 1

`;
