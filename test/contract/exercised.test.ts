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
  // One handler serves an operation in the home account and in a member account (src/http/mount.ts). So a failure that the
  // handler answers at home counts for both, and each success has to be seen in both.
  const isSeen = (each: string): boolean =>
    answered.has(each) || (!/ 20\d$/.test(each) && answered.has(each.replace("InAccount ", " ")));
  expect(documented.filter((each) => !isSeen(each))).toEqual([]);
});
