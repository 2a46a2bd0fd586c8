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
  /** Returns a function that puts the values back to the present ones. @param isOwn selects values; by default all */
  snapshot(isOwn?: (value: T) => boolean): () => void;
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
  const put = (key: string, value: T): void => {
    if (directory !== undefined) write(join(directory, fileName(key)), { key, value });
    entries.set(key, value);
  };
  const remove = (key: string): void => {
    if (directory !== undefined) rmSync(join(directory, fileName(key)), { force: true });
    entries.delete(key);
  };
  return {
    get: (key) => entries.get(key),
    put,
    delete: remove,
    values: () => [...entries.values()],
    entries: () => [...entries],
    get size() {
      return entries.size;
    },
    snapshot(isOwn = () => true) {
      const kept = [...entries].filter(([, value]) => isOwn(value));
      return () => {
        for (const [key, value] of [...entries]) if (isOwn(value)) remove(key);
        for (const [key, value] of kept) put(key, value);
      };
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
