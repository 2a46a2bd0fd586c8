import type { components } from "../generated/contract.ts";
import { EFFECTS, gainsInWords, meaningOf, nameOf } from "./in-words.ts";
import { compareLines, type Line } from "./lines.ts";
import { DEEPEST } from "./style.ts";

type Change = components["schemas"]["Change"];

/** The most changes of one role that a page shows. */
const SHOWN = 20;

/** Shows changes by resource. Each change shows the registered value beside the value that was found. */
export function Changes({ changes, heading }: { changes: readonly Change[]; heading: "h3" | "h4" }) {
  const shown = changes.slice(0, SHOWN);
  return (
    <>
      {[...new Set(shown.map(({ resource }) => resource))].map((resource) => (
        <>
          <p class="soft wide">
            <code>{resource}</code>
          </p>
          {shown
            .filter((change) => change.resource === resource)
            .map((change) => (
              <OneChange change={change} heading={heading} />
            ))}
        </>
      ))}
      {changes.length > SHOWN && (
        <p class="soft">{changes.length - SHOWN} more differences are in the JSON.</p>
      )}
    </>
  );
}

export const Effect = ({ effect }: { effect: Change["effect"] }) => (
  <span class={effect === "widens" ? "badge bad" : "badge"}>{EFFECTS[effect]}</span>
);

function OneChange({ change, heading: Heading }: { change: Change; heading: "h3" | "h4" }) {
  const { resource, path, expected, actual, effect, repairable, remedy } = change;
  const said = gainsInWords(change);
  const { before, after } = compareLines(written(expected), written(actual));
  return (
    <div class={`change ${effect}`}>
      <Heading>
        {nameOf(resource, path)} <Effect effect={effect} />
      </Heading>
      <p>
        {meaningOf(change)}
        {said !== "" && ` ${said.charAt(0).toUpperCase()}${said.slice(1)}.`}
      </p>
      <dl class="sides">
        <div>
          <dt>Registered</dt>
          <dd>
            <Lines lines={before} sign="missing" isAbsent={expected === null} />
          </dd>
        </div>
        <div>
          <dt>Found</dt>
          <dd>
            <Lines lines={after} sign="extra" isAbsent={actual === null} />
          </dd>
        </div>
      </dl>
      {!repairable && (
        <p>
          <strong>A repair cannot fix this.</strong> {remedy}
        </p>
      )}
    </div>
  );
}

/** Shows the lines of a text and marks those that the other text lacks. A sign also marks them, not only a colour. */
const Lines = ({
  lines,
  sign,
  isAbsent,
}: {
  lines: readonly Line[];
  sign: "missing" | "extra";
  isAbsent: boolean;
}) => (
  <pre>
    {isAbsent ? (
      <span class="line soft">none</span>
    ) : (
      lines.map(({ text, differs }) => {
        const trimmed = text.trimStart();
        const indented = `line in-${Math.min(DEEPEST, Math.floor((text.length - trimmed.length) / 2))}`;
        if (!differs) return <span class={indented}>{trimmed}</span>;
        return sign === "missing" ? (
          <del class={indented}>{trimmed}</del>
        ) : (
          <ins class={indented}>{trimmed}</ins>
        );
      })
    )}
  </pre>
);

const written = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
