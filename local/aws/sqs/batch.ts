/** The calls about up to ten messages. An entry that is refused fails alone. */
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { queryCodeOf, sqsError } from "./rules.ts";

const MOST_ENTRIES = 10;

/** Reads the entries of a batch, each with its id. */
export function readEntries<T extends object>(
  input: Input,
  read: (entry: Input) => T,
): (T & { id: string })[] {
  return input.structures("Entries", {}, (entry) => ({ ...read(entry), id: entry.text("Id") }));
}

/** Refuses a batch as a whole. @param entryType the name of an entry in the model, which the errors have */
export function checkBatch(entries: readonly { id: string }[], entryType: string): void {
  if (entries.length === 0)
    throw sqsError("EmptyBatchRequest", `There should be at least one ${entryType} in the request.`);
  if (entries.length > MOST_ENTRIES)
    throw sqsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`,
    );
  if (!entries.every(({ id }) => /^[A-Za-z0-9_-]{1,80}$/.test(id)))
    throw sqsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  const repeated = entries.find(({ id }, index) => entries.findIndex((one) => one.id === id) < index);
  if (repeated !== undefined) throw sqsError("BatchEntryIdsNotDistinct", `Id ${repeated.id} repeated.`);
}

/** Performs each entry, and answers for each alone. */
export function performEach<T extends { id: string }>(
  entries: readonly T[],
  perform: (entry: T) => { readonly [key: string]: Json },
): { Successful: Json[]; Failed: Json[] } {
  const answer: { Successful: Json[]; Failed: Json[] } = { Successful: [], Failed: [] };
  for (const entry of entries) {
    try {
      answer.Successful.push({ ...perform(entry), Id: entry.id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message, status } = error;
      answer.Failed.push({
        ...{ Id: entry.id, SenderFault: status < 500 },
        ...{ Code: queryCodeOf(code), Message: message },
      });
    }
  }
  return answer;
}
