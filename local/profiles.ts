import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../src/config.ts";
import { type Profiles, readProfiles } from "../src/desired/profiles.ts";

const FILE = fileURLToPath(new URL("../profiles.json", import.meta.url));

/** The file with the operator's profiles: `profiles.json`, unless the environment names another. */
export const profilesFile = (): string => process.env["ROLECALL_PROFILES"] || FILE;

/** What that file holds. @throws ConfigError if it cannot be read */
export function profilesJson(): unknown {
  const file = profilesFile();
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(
      `ROLECALL_PROFILES has "${file}", which is no JSON file that can be read: ${error}`,
    );
  }
}

/** The profiles in it. @throws ConfigError if they are wrong, naming all faults */
export function readProfilesFile(): Profiles {
  const profiles = readProfiles(profilesJson());
  if (Array.isArray(profiles)) throw new ConfigError(profiles.join("\n"));
  return profiles;
}
