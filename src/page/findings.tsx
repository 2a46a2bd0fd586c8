import type { components } from "../generated/contract.ts";

type Finding = components["schemas"]["Finding"];

const SHOWN = 20;
const ORDER: readonly Finding["severity"][] = ["error", "warning", "info"];

/** Shows findings with their remedies, the most severe first. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const sorted = ORDER.flatMap((severity) => findings.filter((one) => one.severity === severity));
  return (
    <ul class="findings">
      {sorted.slice(0, SHOWN).map(({ code, severity, detail, remedy }) => (
        <li>
          <span class={severity === "error" ? "badge bad" : "badge"}>{severity}</span> <code>{code}</code>{" "}
          {detail} <span class="soft">{remedy}</span>
        </li>
      ))}
      {sorted.length > SHOWN && <li class="soft">{sorted.length - SHOWN} more are in the JSON.</li>}
    </ul>
  );
}
