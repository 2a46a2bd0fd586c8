import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Values by key. A value is never changed in place; a change puts a new value. With a directory, each value is one
 * file. It is written under another name and renamed, so that a crash leaves either the old file or the new one.
 */
export type Collection<T> = {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  values(): T[];
  entries(): [key: string, value: T][];
  readonly size: number;
};

/** Opens a collection. Without a directory everything stays in memory. */
export function openCollection<T>(directory: string | undefined): Collection<T> {
  const entries = new Map<string, T>();
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory)) {
      if (!name.endsWith(".json")) continue;
      const entry: { key: string; value: T } = JSON.parse(readFileSync(join(directory, name), "utf8"));
      entries.set(entry.key, entry.value);
    }
  }
  return {
    get: (key) => entries.get(key),
    put(key, value) {
      if (directory !== undefined) write(join(directory, fileName(key)), { key, value });
      entries.set(key, value);
    },
    delete(key) {
      if (directory !== undefined) rmSync(join(directory, fileName(key)), { force: true });
      entries.delete(key);
    },
    values: () => [...entries.values()],
    entries: () => [...entries],
    get size() {
      return entries.size;
    },
  };
}

function write(path: string, entry: unknown): void {
  const beside = `${path}.tmp`;
  writeFileSync(beside, `${JSON.stringify(entry, null, 2)}\n`);
  renameSync(beside, path);
}

/** Returns a file name that is readable, and different for each key on every file system. */
function fileName(key: string): string {
  const readable = key.replace(/[^a-z0-9._-]+/gi, "_").slice(0, 80);
  return `${readable}-${createHash("sha256").update(key).digest("hex").slice(0, 12)}.json`;
}
