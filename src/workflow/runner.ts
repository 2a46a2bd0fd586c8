import { yaml } from "./quote.ts";

/** A job's `runs-on`: a label, labels that the runner must all have, or a group of runners. */
export type Runner =
  | string
  | readonly string[]
  | { readonly group: string; readonly labels?: readonly string[] };

const isList = (runner: Runner): runner is readonly string[] => Array.isArray(runner);

/** Returns the labels of a runner; of a group also its name, because it often says what its runners are. */
export function labelsOf(runner: Runner): readonly string[] {
  if (typeof runner === "string") return [runner];
  return isList(runner) ? runner : [runner.group, ...(runner.labels ?? [])];
}

/** Returns the value of `runs-on:` with the white space before it. */
export function runsOn(runner: Runner): string {
  if (typeof runner === "string") return ` ${yaml(runner)}`;
  if (isList(runner)) return ` ${list(runner)}`;
  const labels = runner.labels === undefined ? "" : `\n      labels: ${list(runner.labels)}`;
  return `\n      group: ${yaml(runner.group)}${labels}`;
}

const list = (labels: readonly string[]): string => `[${labels.map(yaml).join(", ")}]`;

/**
 * Returns a runner without labels of GitHub's hosted runners, for GitHub Enterprise Server, which has none: such a job
 * would wait for a day and then fail. `self-hosted` stands instead. A list that already has `self-hosted`, in any
 * letter case, and a runner group stay, because the owner of a runner may give it any further label.
 */
export function ownRunner(runner: Runner): Runner {
  const own = (label: string): string => (HOSTED.test(label) ? "self-hosted" : label);
  if (typeof runner === "string") return own(runner);
  const isOwn = isList(runner) && runner.some((label) => label.toLowerCase() === "self-hosted");
  return isList(runner) && !isOwn ? [...new Set(runner.map(own))] : runner;
}

/** Labels of GitHub's hosted runners: https://docs.github.com/en/actions/reference/runners/github-hosted-runners */
const HOSTED = /^(ubuntu|windows|macos)-/i;
