import type { components } from "../generated/contract.ts";
import { count } from "./count.ts";
import { Moment } from "./document.tsx";

/** The parts of a finished roll call that the chart shows. */
export type FinishedRun = Pick<components["schemas"]["RollCall"], "id" | "counts"> & {
  readonly finishedAt: string;
};

/** The most roll calls that the chart shows. */
export const RUNS = 30;
const STEP = 20;
const HEIGHT = 100;

/** Returns the number of roles that a roll call left drifted, contested or failed. */
const off = ({ counts }: FinishedRun): number => counts.drifted + counts.contested + counts.failed;

/**
 * Shows the last roll calls as a row of bars, with the newest at the right. A roll call after which no role was
 * drifted, contested or failed has a small mark instead of a bar. A sentence above and a table below give the same
 * information. A single roll call is no row, and the page says its result anyway.
 * @param runs the roll calls, the newest first
 */
export function Runs({ runs }: { runs: readonly FinishedRun[] }) {
  const shown = runs.slice(0, RUNS);
  const [newest, oldest] = [shown[0], shown.at(-1)];
  if (newest === undefined || oldest === undefined || shown.length < 2) return null;
  const most = Math.max(...shown.map(off));
  const quiet = shown.filter((run) => off(run) === 0).length;
  return (
    <figure class="runs">
      <figcaption>
        The last {count(shown.length, "roll call")}: after {quiet} of them, no role was drifted, contested or
        failed.
        {most > 0 && ` The tallest bar is ${count(most, "role")}.`}
      </figcaption>
      <svg
        viewBox={`0 0 ${RUNS * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Roles that were drifted, contested or failed, from the oldest to the newest roll call: ${shown.map(off).reverse().join(", ")}`}
      >
        {shown.map((run, index) => (
          <Bar run={run} most={most} x={(RUNS - 1 - index) * STEP} />
        ))}
      </svg>
      <p class="ends wide" aria-hidden="true">
        <Moment at={oldest.finishedAt} />
        <Moment at={newest.finishedAt} />
      </p>
      <details>
        <summary>The same as a table</summary>
        <table>
          <caption>The last roll calls, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">Finished</th>
              <th scope="col" class="number">
                In sync
              </th>
              <th scope="col" class="number">
                Drifted
              </th>
              <th scope="col" class="number">
                Contested
              </th>
              <th scope="col" class="number">
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((run) => (
              <tr>
                <th scope="row">
                  <RunLink run={run} />
                </th>
                <td class="number">{run.counts.inSync}</td>
                <td class="number">{run.counts.drifted}</td>
                <td class="number">{run.counts.contested}</td>
                <td class="number">{run.counts.failed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** Links to the page of another roll call. */
export const RunLink = ({ run: { id, finishedAt } }: { run: FinishedRun }) => (
  <a href={encodeURIComponent(id)}>
    <Moment at={finishedAt} />
  </a>
);

function Bar({ run, most, x }: { run: FinishedRun; most: number; x: number }) {
  const number = off(run);
  const height = number === 0 ? 4 : Math.max(12, Math.round((number / most) * HEIGHT));
  return (
    <rect
      class={number === 0 ? "fine" : "bar"}
      x={x + 3}
      y={HEIGHT - height}
      width={STEP - 6}
      height={height}
    >
      <title>
        {run.finishedAt.slice(0, 16).replace("T", " ")} UTC: {number}
      </title>
    </rect>
  );
}
