import { ConfigError, readConfig } from "../src/config.ts";

type Variables = Record<string, unknown>;
type Template = { Resources: Record<string, { Properties?: Record<string, unknown> }> };

/**
 * Returns why a function of a packaged template would refuse to start; undefined if all would start. It reads each
 * function's variables as the function itself reads them, so that `npm run package` stops before a wrong
 * configuration is deployed.
 * @param profiles the content of profiles.json
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

/** Returns the variables with examples for those that only CloudFormation knows. */
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
