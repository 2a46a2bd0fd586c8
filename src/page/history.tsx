import { bounded } from "../diff/bounded.ts";
import type { components } from "../generated/contract.ts";
import { Changes } from "./changes.tsx";
import { Moment, type Place, page } from "./document.tsx";
import { rootOf, withQuery } from "./paths.ts";

type Entry = components["schemas"]["HistoryEntry"];

/** A page of the history of one registration, the newest entry first. */
export type History = {
  readonly owner: string;
  readonly repo: string;
  readonly role: string;
  readonly items: readonly Entry[];
  readonly nextCursor?: string;
  readonly limit?: number | undefined;
  readonly place: Place;
  /** The deployment's own account. */
  readonly home: string;
};

/** The most characters of changes that a page shows, so that its size stays within a Lambda function's answer. */
const CHANGES = 100_000;

const ACTIONS: Readonly<Record<Entry["action"], string>> = {
  registered: "Registered",
  updated: "Changed",
  repaired: "Repaired",
  removed: "Removed",
  failed: "Failed",
  "settings-changed": "Settings of its ECR repositories changed",
  "taken-over": "Took over its ECR namespace",
  revoked: "Sessions ended",
  suspended: "Suspended",
  resumed: "Resumed",
};

/** Renders the HTML page of a registration's history. */
export function historyPage({ owner, repo, role, items, nextCursor, limit, place, home }: History): string {
  return page({
    title: `History of ${owner}/${repo} ${role}`,
    root: `../${rootOf(place.account, home)}`,
    place,
    sections: [],
    children: (
      <>
        <h1 class="name">
          History of {owner}/{repo} {role}
        </h1>
        <p class="lead">
          The newest first. <a href={`../${encodeURIComponent(role)}`}>The registration as it is now</a>
        </p>
        {items.length === 0 && <p>There are no more entries.</p>}
        {items.map((entry) => (
          <article>
            <h2>
              {ACTIONS[entry.action]} <Moment at={entry.at} />
            </h2>
            <p class="soft">
              by <code>{entry.by}</code>
              {entry.version !== undefined && `, version ${entry.version}`}
            </p>
            {entry.detail && <p>{entry.detail}</p>}
            {entry.causes?.map(({ at, action, by }) => (
              <p>
                Before it, <code>{by}</code> called {action}, <Moment at={at} />.
              </p>
            ))}
            {entry.changes && entry.changes.length > 0 && (
              <details>
                <summary>Its changes</summary>
                <Changes changes={bounded(entry.changes, CHANGES / items.length)} heading="h3" />
              </details>
            )}
          </article>
        ))}
        {nextCursor !== undefined && (
          <p>
            <a href={withQuery("history", { limit, cursor: nextCursor })} rel="next">
              Older entries
            </a>
          </p>
        )}
      </>
    ),
    end: (
      <p>
        For JSON, request this path with <code>Accept: application/json</code>.
      </p>
    ),
  });
}
