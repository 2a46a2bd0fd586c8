/** The trail: the calls that CloudTrail records, and who made them. */
import { randomUUID } from "node:crypto";
import type { Account } from "../account.ts";
import { accountIn } from "../accounts.ts";
import type { HttpRequest } from "../endpoint.ts";
import type { ServiceName } from "../fault.ts";
import { type Caller, callerOf } from "../identity.ts";
import type { Session } from "../sts/state.ts";
import { resourcesOf } from "./resources.ts";

export type TrailEvent = {
  id: string;
  /** The position in the order of the calls. */
  number: number;
  at: Date;
  /** The region in which CloudTrail records the event. */
  region: string;
  /** The account that the call was made in. */
  account: string;
  source: string;
  name: string;
  isReadOnly: boolean;
  userName: string | undefined;
  accessKeyId: string | undefined;
  resources: readonly TrailResource[];
  /** Returns the whole event, as CloudTrail writes it. Most events are never looked up. */
  record: () => Readonly<Record<string, unknown>>;
};

export type TrailResource = { type: string; name: string };

/** A call that was performed. */
export type PerformedCall = {
  service: ServiceName;
  action: string;
  request: Readonly<Record<string, unknown>>;
  errorCode: string | undefined;
};

export type Trail = {
  account: Account;
  now: () => Date;
  events: TrailEvent[];
  /** The same events, by the name of each of their resources. */
  eventsAbout: Map<string, TrailEvent[]>;
  /** The sessions of STS by access key id. */
  sessions: ReadonlyMap<string, Session>;
  /** The time after which an event appears, in milliseconds. On AWS it is usually minutes. */
  delayMs: () => number;
};

const MOST_KEPT = 10_000;

/** The region in which CloudTrail records the events of IAM, by partition. */
const IAM_REGIONS: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

/** CloudTrail records DynamoDB's calls about tables, and by default none about items. */
const TABLE_CALLS = ["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"];

/**
 * Records a call. Keeps only calls that name a resource, because LookupEvents is asked for those alone.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function recordCall(trail: Trail, call: PerformedCall, { scope, headers }: HttpRequest): void {
  const { now, events, sessions } = trail;
  const { service, action, request, errorCode } = call;
  if (scope === undefined || service === "events" || service === "cloudtrail") return;
  if (service === "dynamodb" && !TABLE_CALLS.includes(action)) return;
  const { accessKeyId } = scope;
  const id = sessions.get(accessKeyId)?.account ?? accountIn(accessKeyId) ?? trail.account.id;
  const account = { ...trail.account, id };
  const region = service === "iam" ? (IAM_REGIONS[account.partition] ?? "us-east-1") : scope.region;
  const resources = resourcesOf(call, { ...account, region });
  if (resources.length === 0) return;
  const caller = callerOf(scope.accessKeyId, account, sessions);
  const [eventId, at, source] = [randomUUID(), now(), `${service}.amazonaws.com`];
  const isReadOnly = /^(Get|List|Describe|BatchGet)/.test(action);
  const event: TrailEvent = {
    ...{ id: eventId, at, region, account: id, source, isReadOnly, resources },
    number: (events.at(-1)?.number ?? 0) + 1,
    name: action,
    userName: userNameOf(caller),
    accessKeyId: scope.accessKeyId,
    record: () => ({
      eventVersion: "1.11",
      userIdentity: userIdentity(caller, account, scope.accessKeyId),
      eventTime: at.toISOString().replace(/\.\d+Z$/, "Z"),
      eventSource: source,
      eventName: action,
      awsRegion: region,
      sourceIPAddress: caller.type === "AWSService" ? caller.invokedBy : "127.0.0.1",
      userAgent: caller.type === "AWSService" ? caller.invokedBy : String(headers["user-agent"] ?? ""),
      ...(errorCode !== undefined && { errorCode }),
      requestParameters: inLowerCamelCase(request),
      responseElements: null,
      readOnly: isReadOnly,
      eventID: eventId,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account.id,
      eventCategory: "Management",
    }),
  };
  events.push(event);
  for (const name of namesIn(event)) {
    const about = trail.eventsAbout.get(name);
    if (about === undefined) trail.eventsAbout.set(name, [event]);
    else about.push(event);
  }
  if (events.length > MOST_KEPT) forgetOldest(trail);
}

const namesIn = ({ resources }: TrailEvent): Set<string> => new Set(resources.map(({ name }) => name));

function forgetOldest({ events, eventsAbout }: Trail): void {
  const oldest = events.shift();
  if (oldest === undefined) return;
  for (const name of namesIn(oldest)) {
    const about = eventsAbout.get(name);
    about?.shift();
    if (about?.length === 0) eventsAbout.delete(name);
  }
}

function userNameOf(caller: Caller): string | undefined {
  switch (caller.type) {
    case "IAMUser":
      return caller.name;
    case "AssumedRole":
      return caller.arn.split("/")[2];
    case "AWSService":
      return undefined;
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
function userIdentity(caller: Caller, account: Account, accessKeyId: string): object {
  if (caller.type === "AWSService") return { type: caller.type, invokedBy: caller.invokedBy };
  const { type, arn, id: principalId } = caller;
  const known = { type, principalId, arn, accountId: account.id, accessKeyId };
  if (caller.type === "IAMUser") return { ...known, userName: caller.name };
  const [roleId = ""] = principalId.split(":");
  const issuer = {
    type: "Role",
    principalId: roleId,
    arn: `arn:${account.partition}:iam::${account.id}:role/${caller.roleName}`,
    accountId: account.id,
    userName: caller.roleName,
  };
  return { ...known, sessionContext: { sessionIssuer: issuer } };
}

/** CloudTrail writes the parameters of every service in lower camel case: `roleName`, `tags[0].key`. */
function inLowerCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inLowerCamelCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      inLowerCamelCase(part),
    ]),
  );
}
