import { randomUUID } from "node:crypto";
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import { type Input, isRecord } from "../input.ts";
import type { Json } from "../wire/json.ts";
import { keep, type PutEvent } from "./state.ts";

type Entry = { source?: string; detailType?: string; detail?: string; bus?: string };

const MOST_BYTES = 262_144;

/**
 * Puts up to ten events. An event that is refused fails alone; the others are put.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export const PutEvents: Action<EventBus, Json> = action(
  (input) => {
    input.optionalText("EndpointId", { min: 1, max: 50, pattern: "[A-Za-z0-9\\-]+[\\.][A-Za-z0-9\\-]+" });
    return input.structures("Entries", { min: 1, max: 10 }, readEntry);
  },
  ({ events, now }, entries) => {
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= MOST_BYTES)
      throw new AwsError(
        "ValidationException",
        400,
        "Total size of the entries in the request is over the limit.",
      );
    const answers = entries.map((entry) => {
      const refused = refusal(entry);
      if (refused !== undefined) return refused;
      const { source = "", detailType = "", detail = "{}", bus = "default" } = entry;
      const id = randomUUID();
      keep(events, { id, bus, source, detailType, detail: JSON.parse(detail), time: now().toISOString() });
      return { EventId: id };
    });
    return { FailedEntryCount: answers.filter((answer) => "ErrorCode" in answer).length, Entries: answers };
  },
);

export type EventBus = { events: PutEvent[]; now: () => Date };

function readEntry(input: Input): Entry {
  input.optionalTexts("Resources", {}, { max: 2048 });
  input.optionalText("TraceHeader", { min: 1, max: 500 });
  const source = input.optionalText("Source");
  const detailType = input.optionalText("DetailType");
  const detail = input.optionalText("Detail");
  const bus = input.optionalText("EventBusName", { min: 1, max: 1600, pattern: "[/\\.\\-_A-Za-z0-9:]+" });
  return {
    ...(source !== undefined && { source }),
    ...(detailType !== undefined && { detailType }),
    ...(detail !== undefined && { detail }),
    ...(bus !== undefined && { bus }),
  };
}

/** Returns why an entry is refused; undefined if it is accepted. */
function refusal({
  source,
  detailType,
  detail,
}: Entry): { ErrorCode: string; ErrorMessage: string } | undefined {
  const named = { Source: source, DetailType: detailType, Detail: detail };
  for (const [name, value] of Object.entries(named)) {
    if (value === undefined || value === "")
      return {
        ErrorCode: "InvalidArgument",
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      };
  }
  if (/^aws\./.test(source ?? ""))
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  if ((detailType ?? "").length > 128)
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: "Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters.",
    };
  return isObject(detail ?? "")
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}

function isObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

const sizeOf = ({ source = "", detailType = "", detail = "" }: Entry): number =>
  Buffer.byteLength(source) + Buffer.byteLength(detailType) + Buffer.byteLength(detail);
