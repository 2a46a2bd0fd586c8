import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/config.ts";

/** The lock files that this process holds. */
const held = new Set<string>();

/**
 * Locks a directory, because two servers would overwrite each other's state. Takes over the lock of a process that
 * has ended. Returns the function that releases the lock.
 * @throws ConfigError if another server holds the lock
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "lock");
  const owner = ownerOf(file);
  if (held.has(file) || (owner !== undefined && owner !== process.pid && isAlive(owner)))
    throw new ConfigError(
      `ROLECALL_DATA has "${directory}", which is in use by process ${owner}; end that one (if it is gone, delete ${file}), or name another folder`,
    );
  held.add(file);
  writeFileSync(file, `${process.pid}\n`);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

function ownerOf(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    /** The process belongs to another user, but it is alive. */
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
