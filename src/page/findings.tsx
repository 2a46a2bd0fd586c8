import type { components } from "../generated/contract.ts";

type Finding = components["schemas"]["Finding"];

const SHOWN = 20;
/** The severities, the worst first. */
export const SEVERITIES: readonly Finding["severity"][] = ["error", "warning", "info"];

/** Shows findings, the most severe first: each one's title, the fact, and the remedy. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const sorted = SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity));
  return (
    <ul class="findings">
      {sorted.slice(0, SHOWN).map(({ code, severity, detail, remedy }) => (
        <li class={severity}>
          <p class="heading">
            <strong>{titleOf(code)}</strong> <Severity severity={severity} />
          </p>
          <p>{detail}</p>
          <p>
            <span class="soft">Remedy:</span> {remedy}
          </p>
        </li>
      ))}
      {sorted.length > SHOWN && <li class="soft">{sorted.length - SHOWN} more are in the JSON.</li>}
    </ul>
  );
}

const Severity = ({ severity }: { severity: Finding["severity"] }) => (
  <span class={severity === "error" ? "badge bad" : "badge"}>{severity}</span>
);

/** The words of codes that are not written as in a title. */
const WORDS: Readonly<Record<string, string>> = { aud: "audience", sub: "subject", ecr: "ECR" };

/** Returns the title of a finding: its code in words, such as `Breaks on rename`. */
export function titleOf(code: string): string {
  const words = code
    .split("-")
    .map((word) => WORDS[word] ?? word)
    .join(" ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
