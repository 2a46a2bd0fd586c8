/** Which of the contract's operations and statuses a run has exercised, noted by each test file for the last one. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** Named by vitest.config.ts for the whole run. */
export function exercisedDirectory(): string {
  const directory = process.env["ROLECALL_EXERCISED"];
  if (directory === undefined) throw new Error("vitest.config.ts has named no directory");
  return directory;
}

/** What one test file exercised: `putRegistration 201`. */
export type Exercised = { file: string; answers: string[] };

/** Notes what a test file has exercised. */
export function note(testPath: string, answers: Iterable<string>): void {
  const file = relative(root, testPath);
  mkdirSync(exercisedDirectory(), { recursive: true });
  const exercised: Exercised = { file, answers: [...answers].sort() };
  writeFileSync(join(exercisedDirectory(), `${file.replaceAll("/", "!")}.json`), JSON.stringify(exercised));
}

/** What all test files of this run have exercised. */
export function readNotes(): Exercised[] {
  mkdirSync(exercisedDirectory(), { recursive: true });
  return readdirSync(exercisedDirectory()).map((name) =>
    JSON.parse(readFileSync(join(exercisedDirectory(), name), "utf8")),
  );
}

/** The test files that speak to the API through this harness, embedded ones and all. */
export function apiTests(): string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .filter((file) =>
      /from "[./]+harness\/(rolecall|embedded)\.ts"/.test(readFileSync(join(root, file), "utf8")),
    )
    .sort();
}
