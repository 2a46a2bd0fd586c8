/**
 * Records which of the contract's operations and statuses a run exercises. Each test file writes a
 * record, and `test/contract/exercised.test.ts` reads them last.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** Returns the directory that vitest.config.ts names for the whole run. */
export function exercisedDirectory(): string {
  const directory = process.env["ROLECALL_EXERCISED"];
  if (directory === undefined) throw new Error("ROLECALL_EXERCISED is missing; vitest.config.ts sets it");
  return directory;
}

/** The answers that one test file exercised, as `putRegistration 201`. */
export type Exercised = { file: string; answers: string[] };

/** Records what a test file exercised. */
export function note(testPath: string, answers: Iterable<string>): void {
  const file = relative(root, testPath);
  mkdirSync(exercisedDirectory(), { recursive: true });
  const exercised: Exercised = { file, answers: [...answers].sort() };
  writeFileSync(join(exercisedDirectory(), `${file.replaceAll("/", "!")}.json`), JSON.stringify(exercised));
}

/** Returns what all test files of this run exercised. */
export function readNotes(): Exercised[] {
  mkdirSync(exercisedDirectory(), { recursive: true });
  return readdirSync(exercisedDirectory()).map((name) =>
    JSON.parse(readFileSync(join(exercisedDirectory(), name), "utf8")),
  );
}

/** Returns the test files that call the API through this harness, including those on an embedded AWS. */
export function apiTests(): string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .filter((file) =>
      /from "[./]+harness\/(rolecall|embedded)\.ts"/.test(readFileSync(join(root, file), "utf8")),
    )
    .sort();
}
