import { ConfigError, readConfig } from "../src/config.ts";

type Variables = Record<string, unknown>;
type Template = { Resources: Record<string, { Properties?: Record<string, unknown> }> };

/**
 * What the functions of a template would refuse to start with, as they read their configuration themselves; undefined
 * if they will start.
 * @param profiles what profiles.json holds
 */
export function configurationFault({ Resources }: Template, profiles: unknown): string | undefined {
  try {
    for (const { Properties } of Object.values(Resources)) {
      const variables: Variables | undefined = Object(Properties?.["Environment"]).Variables;
      if (variables !== undefined) readConfig(known(variables), profiles);
    }
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** The variables as far as they are known before a deployment: an example stands for what CloudFormation fills in. */
function known(variables: Variables): Record<string, string> {
  const examples: Record<string, string> = {
    ROLECALL_TABLE: "rolecall",
    ROLECALL_BOUNDARY_ARN: "arn:aws:iam::123456789012:policy/rolecall/boundary",
  };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === "string" ? value : (examples[name] ?? ""),
    ]),
  );
}
