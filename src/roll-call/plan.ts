/** Plans the jobs of a roll call over several accounts: one job and one message for each member account. */
import { createHash } from "node:crypto";
import { inChunks } from "../lib/parallel.ts";
import type { JobName } from "../registry/jobs.ts";
import type { GitHubShare, GitHubTurn, UnderWay } from "../registry/journal.ts";
import type { Services } from "../services.ts";
import type { askGitHub } from "./ask-github.ts";

/** The number of accounts in a group. One item collects those that are done. */
const GROUP = 100;

/** A member account, and the time of its last check (ISO 8601; empty if it has never been checked). */
export type Planned = { readonly account: string; readonly at: string };

/** The job of the home account, which the roll call itself does. */
export const homeJob = ({ config }: Services, rollCall: string): JobName => ({
  rollCall,
  group: 0,
  account: config.account,
});

/**
 * Plans the jobs and sends their messages. The accounts that have waited longest for a check come first. GitHub is asked
 * before the messages are sent, so that each job finds the answers, and no repository is asked about for each account.
 */
export async function planJobs(
  services: Services,
  { id, startedAt }: UnderWay,
  members: readonly Planned[],
  turn: GitHubTurn,
  asked: ReturnType<typeof askGitHub>,
): Promise<GitHubShare> {
  const { registry, jobs, config } = services;
  if (jobs === undefined) throw new Error("a roll call over several accounts needs a queue");
  const inOrder = [...members].sort((a, b) =>
    a.at === b.at ? order(a.account, b.account) : order(a.at, b.at),
  );
  const groups = inChunks([config.account, ...inOrder.map(({ account }) => account)], GROUP);
  const [answers] = await Promise.all([
    asked.aboutOthers(),
    registry.planJobs(
      id,
      groups.map((accounts) => ({ startedAt, accounts, turn })),
    ),
  ]);
  const parts = new Map<string, Record<string, unknown>>();
  for (const [place, answer] of answers)
    parts.set(partOf(place), { ...parts.get(partOf(place)), [place]: answer });
  await Promise.all([...parts].map(([part, some]) => registry.saveGitHubAnswers(id, part, some)));
  await jobs.send(
    groups.flatMap((accounts, group) =>
      accounts
        .filter((account) => account !== config.account)
        .map((account) => jobMessage({ rollCall: id, group, account })),
    ),
  );
  return { last: asked.last ?? "", told: [...answers.keys()].at(-1) ?? "" };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Returns the message of a job. */
export const jobMessage = (name: JobName): { id: string; body: string } => ({
  id: name.account,
  body: JSON.stringify(name),
});

/** Returns the job that a message names; undefined for any other text. The message proves nothing about the job. */
export function readJobMessage(body: string): JobName | undefined {
  try {
    const { rollCall, group, account } = Object(JSON.parse(body));
    const isName =
      typeof rollCall === "string" &&
      /^[A-Za-z0-9-]{1,64}$/.test(rollCall) &&
      Number.isInteger(group) &&
      group >= 0 &&
      group < 10_000 &&
      typeof account === "string" &&
      /^\d{12}$/.test(account);
    return isName ? { rollCall, group, account } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Returns the part of GitHub's answers that has a repository's. A part is one item of the table. */
export const partOf = (place: string): string => createHash("sha256").update(place).digest("hex").slice(0, 1);
