import type { components } from "../generated/contract.ts";
import { Moment } from "./document.tsx";
import { lastWritten } from "./last-written.ts";

type Drift = components["schemas"]["Drift"];

/** Says who wrote last to what differs, as far as it is known. The earlier writes are in a list that opens. */
export function LastWritten({ drift }: { drift: Drift }) {
  const sentence = lastWritten(drift);
  if (sentence === undefined) return null;
  const earlier = (drift.causes ?? []).slice(1);
  return (
    <>
      <p class="wide">{sentence}</p>
      {earlier.length > 0 && (
        <details>
          <summary>Earlier writes since the last check in sync</summary>
          <ul>
            {earlier.map((cause) => (
              <li>
                <Moment at={cause.at} />: {cause.action} by <code>{cause.by}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
