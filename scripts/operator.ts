/**
 * The part that all commands of the operator share. They run on a deployment with the functions' own variables (ROLECALL_TABLE,
 * ROLECALL_OWNERS, …) and the operator's own credentials. An error says what to change.
 */
import { profilesJson } from "../local/profiles.ts";
import { eventBridge } from "../src/aws/events.ts";
import { AwsFault } from "../src/aws/fault.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { toProblem } from "../src/lib/errors.ts";
import { openServices, type Services } from "../src/services.ts";

/** Opens the services of the deployment. @throws ConfigError that names each variable that is missing or wrong */
export function operatorServices(): Services {
  const line = (message: string, details: Record<string, unknown>) =>
    console.error(JSON.stringify({ message, ...details }));
  const log = { info: () => {}, warn: line, error: line };
  const config = readConfig(process.env, profilesJson());
  return openServices({ config, region: operatorRegion(), log, openEvents: eventBridge });
}

/** Returns the region of the deployment. @throws ConfigError if AWS_REGION is not set */
export function operatorRegion(): string {
  const region = process.env["AWS_REGION"];
  if (region !== undefined && region !== "") return region;
  throw new ConfigError(
    "AWS_REGION is missing. Set it to the region of the deployment, such as eu-central-1.",
  );
}

/**
 * Runs a command and ends the process with its exit status. An error that `work` throws is printed and ends the
 * process with 2.
 * @param usage what `--help` prints
 * @param work returns the exit status; a command returns 1 if it found something
 */
export async function run(usage: string, work: () => Promise<number>): Promise<never> {
  if (process.argv.slice(2).some((word) => word === "--help" || word === "-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    process.exit(await work());
  } catch (error) {
    console.error(remedyOf(error) ?? error);
    process.exit(2);
  }
}

/** Returns what to do about an error; undefined if nothing is known. */
export function remedyOf(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof AwsFault) return remedyOf(error.cause) ?? toProblem(error.failure).detail;
  if (!(error instanceof Error)) return undefined;
  if (error.name === "CredentialsProviderError")
    return "There are no credentials of AWS; set AWS_PROFILE, or sign in with `aws sso login` or `aws configure`.";
  if ("code" in error && error.code === "ECONNREFUSED")
    return `Nothing answers at the address of AWS (AWS_ENDPOINT_URL): ${error.message}`;
  return "$metadata" in error ? `AWS refused: ${error.name}: ${error.message}` : undefined;
}
