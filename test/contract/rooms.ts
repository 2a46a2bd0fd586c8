/** The rooms of `src/` and `handlers/`, as the table in docs/architecture.md lists them. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export type Room = {
  /** The folder's name in `src/`, or a file that stands there alone; `handlers` is beside `src/`. */
  readonly name: string;
  readonly mayUse: readonly string[];
  readonly isPure: boolean;
};

/** Reads the table, in its order. */
export const rooms: readonly Room[] = readFileSync(join(root, "docs/architecture.md"), "utf8")
  .split("\n")
  .flatMap((line): Room[] => {
    const [, name, uses = "", pure] = /^\| `([a-z.-]+)\/?` \| ([^|]*) \| (pure)? *\|/.exec(line) ?? [];
    if (name === undefined) return [];
    const mayUse = [...uses.matchAll(/[a-z-]+(?:\.ts)?/g)].map(([use]) => use);
    return [{ name, mayUse, isPure: pure !== undefined }];
  });

/** The room of a file, by its path from the project's root; undefined for a file in no room, such as profiles.json. */
export function roomOf(file: string): string | undefined {
  if (file.startsWith("handlers/")) return "handlers";
  if (file === "src/generated/contract.ts") return "contract.ts";
  return /^src\/([^/]+)/.exec(file)?.[1];
}
