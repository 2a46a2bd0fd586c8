import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../src/config.ts";
import type { Ceiling } from "../src/self/ceiling.ts";
import { readCeiling } from "../src/self/read-ceiling.ts";

const FILE = fileURLToPath(new URL("../self.json", import.meta.url));

/**
 * Returns the content of the file with the operator's ceiling, by default `self.json`. Without a file, no workflow may do
 * anything.
 * @param named the file that `ROLECALL_SELF` names
 * @throws ConfigError if the file cannot be read
 */
export const selfJson = (named = process.env["ROLECALL_SELF"]): unknown =>
  named || existsSync(FILE) ? jsonOf(named || FILE) : { rules: [] };

/** Returns the operator's ceiling from that file. @throws ConfigError that names all faults */
export function readSelfFile(named: string | undefined): Ceiling {
  const read = readCeiling(selfJson(named));
  if (Array.isArray(read)) throw new ConfigError(read.join("\n"));
  return read;
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConfigError(`ROLECALL_SELF has "${file}", which cannot be read as JSON: ${error}`);
  }
}
