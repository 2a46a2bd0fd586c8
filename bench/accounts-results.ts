/** The part of RESULTS.md about roll calls over member accounts. A run writes its own table there, and keeps the others. */
import { type Row, tableOf } from "./measure.ts";

const TITLE = "## Roll calls over member accounts";
/** The title of the part that follows. */
const NEXT = "## Where a target is missed";
const INTRODUCTION = `Made by \`npm run bench -- --accounts N --roles N\`, which measures with a tenth of the accounts first. Jobs run in processes
of their own, as they do on Lambda. The README describes the floor.`;

/** Returns the part, or an empty text if the results have none. */
export function accountsPart(results: string): string {
  const from = results.indexOf(TITLE);
  return from < 0 ? "" : results.slice(from, results.indexOf(NEXT, from));
}

/** Returns the results with the table of one run. */
export function withTable(
  results: string,
  { most, roles, made }: { most: number; roles: number; made: string },
  { rows, notes, profile }: { rows: readonly Row[]; notes: readonly string[]; profile: readonly string[] },
): string {
  const part = accountsPart(results);
  const heading = `### ${most.toLocaleString("en")} accounts of ${roles} roles`;
  const [, ...tables] = part.split(/^(?=### )/m);
  const table = `${heading}

Measured ${made}.

${tableOf(rows)}

${notes.map((note) => `- ${note}`).join("\n")}

The processor of a consumer, while it does the jobs of the smaller number of accounts:

| in | share |
| --- | --- |
${profile.join("\n")}

`;
  const at = tables.findIndex((one) => one.startsWith(`${heading}\n`));
  const all = at < 0 ? [...tables, table] : tables.map((one, index) => (index === at ? table : one));
  const whole = `${TITLE}\n\n${INTRODUCTION}\n\n${all.join("")}`;
  const begin = part === "" ? results.indexOf(NEXT) : results.indexOf(part);
  return results.slice(0, begin) + whole + results.slice(begin + part.length);
}
