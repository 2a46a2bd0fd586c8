import type { Trust } from "../../src/trust/subjects.ts";

/** A trust with every field, the branch `main` unless something else is named. */
export const trustOf = (named: Partial<Trust>): Trust => ({
  branches: Object.keys(named).length === 0 ? ["main"] : [],
  tags: [],
  environments: [],
  pullRequests: false,
  anyRef: false,
  jobWorkflowRefs: [],
  ...named,
});
