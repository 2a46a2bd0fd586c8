import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../src/config.ts";
import type { Ceiling } from "../src/self/ceiling.ts";
import { readCeiling } from "../src/self/read-ceiling.ts";

const FILE = fileURLToPath(new URL("../self.json", import.meta.url));

/**
 * Returns the operator's ceiling from a file, by default `self.json`. Without a file, no workflow may do anything.
 * @throws ConfigError that names all faults
 */
export function readSelfFile(named: string | undefined): Ceiling {
  const file = named || FILE;
  if (!named && !existsSync(file)) return { rules: [] };
  const read = readCeiling(jsonOf(file));
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
