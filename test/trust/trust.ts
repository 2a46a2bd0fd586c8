import { EMPTY_TRUST, type Trust } from "../../src/trust/subjects.ts";

/** Makes a trust with every field. It names the branch `main` by default. */
export const trustOf = (named: Partial<Trust>): Trust => ({
  ...EMPTY_TRUST,
  ...(Object.keys(named).length === 0 && { branches: ["main"] }),
  ...named,
});
