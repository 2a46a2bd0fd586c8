import type { components } from "../generated/contract.ts";
import { cli } from "./cli.ts";
import { cloudFormation } from "./cloudformation.ts";
import type { Exported } from "./exported.ts";
import { terraform } from "./terraform.ts";

type ExportFormat = components["schemas"]["ExportFormat"];

/** Each format with its writer, the ending of its files and its media type. */
const FORMATS: Record<ExportFormat, { write: (of: Exported) => string; ending: string; type: string }> = {
  cloudformation: { write: cloudFormation, ending: "yml", type: "text/yaml" },
  terraform: { write: terraform, ending: "tf", type: "text/plain" },
  cli: { write: cli, ending: "sh", type: "text/plain" },
};

/** Exports a registration in a format. The file is named after the role. */
export function exportAs(format: ExportFormat, exported: Exported) {
  const { write, ending, type } = FORMATS[format];
  return { name: `${exported.desired.role.name}.${ending}`, type, content: write(exported) };
}
