import type { Trust } from "../../src/trust/subjects.ts";

/** Makes a trust with every field. It names the branch `main` by default. */
export const trustOf = (named: Partial<Trust>): Trust => ({
  branches: Object.keys(named).length === 0 ? ["main"] : [],
  tags: [],
  environments: [],
  pullRequests: false,
  anyRef: false,
  jobWorkflowRefs: [],
  ...named,
});
