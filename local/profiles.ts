import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../src/config.ts";
import type { Profiles } from "../src/desired/profiles.ts";
import { readProfiles } from "../src/desired/read-profiles.ts";
import { readOnlyFaults } from "./read-only.ts";

const FILE = fileURLToPath(new URL("../profiles.json", import.meta.url));

/** The file with the operator's profiles: `ROLECALL_PROFILES`, or by default `profiles.json`. */
export const profilesFile = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  env["ROLECALL_PROFILES"] || FILE;

/** Returns the content of that file. @throws ConfigError if it cannot be read */
export function profilesJson(file = profilesFile()): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`ROLECALL_PROFILES has "${file}", which cannot be read as JSON: ${error}`);
  }
}

/** Returns the profiles of that file. @throws ConfigError that names all faults */
export async function readProfilesFile(file = profilesFile()): Promise<Profiles> {
  const profiles = readProfiles(profilesJson(file));
  const faults = Array.isArray(profiles) ? profiles : await readOnlyFaults(profiles);
  if (Array.isArray(profiles) || faults.length > 0) throw new ConfigError(faults.join("\n"));
  return profiles;
}
