import type { components } from "../generated/contract.ts";
import { type Api, Command } from "./command.tsx";
import { type Place, page } from "./document.tsx";
import { rootFrom } from "./paths.ts";

/** An error that a browser gets. */
export type ShownProblem = {
  readonly problem: components["schemas"]["Problem"];
  /** The path that was requested. */
  readonly path: string;
  /** The home account; undefined for a caller who is not known. */
  readonly place: Place | undefined;
  readonly api: Api;
};

/** Renders the HTML page of an error. */
export function problemPage({ problem, path, place, api }: ShownProblem): string {
  const { title, detail, code, requestId, errors = [], retryAfterSeconds } = problem;
  const isMissingRollCall = code === "no-roll-call";
  return page({
    title,
    root: rootFrom(path),
    place,
    sections: [],
    children: (
      <>
        <h1>{title}</h1>
        {/* The detail of such a problem only points to the list of its errors. */}
        {code !== "invalid-input" && <p>{detail}</p>}
        {errors.length > 0 && (
          <dl class="facts">
            {errors.map((error) => (
              <>
                <dt>
                  <code>{error.pointer === "" ? "/" : error.pointer}</code>
                </dt>
                <dd>{error.detail}</dd>
              </>
            ))}
          </dl>
        )}
        {retryAfterSeconds !== undefined && <p>Load this page again after {retryAfterSeconds} seconds.</p>}
        {isMissingRollCall && place && (
          <>
            <p>
              A roll call checks every registration, and lists every role that trusts GitHub. This command
              asks for one:
            </p>
            <Command api={api} method="POST" path="roll-calls" />
            <p>
              It takes from a second to some minutes. Then load this page again, or open{" "}
              <a href={`${rootFrom(path)}roll-calls/latest`}>the last roll call</a>.
            </p>
          </>
        )}
      </>
    ),
    end: (
      <p>
        Error <code>{code}</code>, request <code>{requestId}</code>
      </p>
    ),
  });
}
