/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import { page } from "../paging.ts";
import type { Json } from "../wire/json.ts";
import type { Trail, TrailEvent } from "./trail.ts";

/** The trail as one region shows it to an account. */
export type TrailOfRegion = Trail & { region: string; caller: string };

/** The attributes that events can be found by, with an event's values. */
const ATTRIBUTES: Readonly<Record<string, (event: TrailEvent) => readonly (string | undefined)[]>> = {
  EventId: ({ id }) => [id],
  EventName: ({ name }) => [name],
  ReadOnly: ({ isReadOnly }) => [String(isReadOnly)],
  Username: ({ userName }) => [userName],
  ResourceType: ({ resources }) => resources.map(({ type }) => type),
  ResourceName: ({ resources }) => resources.map(({ name }) => name),
  EventSource: ({ source }) => [source],
  AccessKeyId: ({ accessKeyId }) => [accessKeyId],
};

/**
 * Returns the events of the caller's region, the newest first. It finds events of every service, and reads among them,
 * that have the value of the one attribute.
 */
export const LookupEvents: Action<TrailOfRegion, Json> = action(
  (input) => ({
    attributes:
      input.optionalStructures("LookupAttributes", {}, (each) => ({
        key: each.text("AttributeKey", { oneOf: Object.keys(ATTRIBUTES) }),
        value: each.text("AttributeValue", { min: 1, max: 2000 }),
      })) ?? [],
    start: input.optionalTime("StartTime"),
    end: input.optionalTime("EndTime"),
    size: input.optionalInteger("MaxResults", { min: 1, max: 50 }) ?? 50,
    marker: input.optionalText("NextToken"),
  }),
  ({ events, eventsAbout, region, caller, now, delayMs }, { attributes, start, end, size, marker }) => {
    if (attributes.length > 1) throw refusal("InvalidLookupAttributes", "Only one attribute can be given.");
    if (start !== undefined && end !== undefined && start > end)
      throw refusal("InvalidTimeRange", "The start time is later than the end time.");
    const visible = now().getTime() - delayMs();
    const [attribute] = attributes;
    const among = attribute?.key === "ResourceName" ? (eventsAbout.get(attribute.value) ?? []) : events;
    const found = among.filter(
      (event) =>
        event.account === caller &&
        event.region === region &&
        event.at.getTime() <= visible &&
        (start === undefined || event.at >= start) &&
        (end === undefined || event.at <= end) &&
        attributes.every(({ key, value }) => ATTRIBUTES[key]?.(event).includes(value)),
    );
    const { items, next } = page(found, newestFirst, {
      list: JSON.stringify([attributes, start, end]),
      marker,
      size,
      bogus: () => refusal("InvalidNextToken", "The token is not valid for this request."),
    });
    return { Events: items.map(shown), ...(next !== undefined && { NextToken: next }) };
  },
);

const newestFirst = ({ number }: TrailEvent): string => String(1e12 - number);

const shown = ({ id, name, source, at, isReadOnly, userName, accessKeyId, ...event }: TrailEvent): Json => ({
  EventId: id,
  EventName: name,
  ReadOnly: String(isReadOnly),
  AccessKeyId: accessKeyId,
  EventTime: Math.floor(at.getTime() / 1000),
  EventSource: source,
  Username: userName,
  Resources: event.resources.map((resource) => ({
    ResourceType: resource.type,
    ResourceName: resource.name,
  })),
  CloudTrailEvent: JSON.stringify(event.record()),
});

const refusal = (code: string, message: string) => new AwsError(`${code}Exception`, 400, message);
