/** Runs after all others: everything that the contract documents was answered in at least one of them. */
import { expect, test } from "vitest";
import { documented } from "../harness/contract.ts";
import { apiTests, readNotes } from "../harness/exercised.ts";

test("every documented operation and status was exercised", ({ skip }) => {
  const notes = readNotes();
  const files = notes.map(({ file }) => file);
  const absent = apiTests().filter((file) => !files.includes(file));
  skip(absent.length > 0, `not the whole suite ran: ${absent.join(", ")}`);

  const answered = new Set(notes.flatMap(({ answers }) => answers));
  expect(documented.filter((each) => !answered.has(each))).toEqual([]);
});
