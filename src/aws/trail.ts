/**
 * Reads from CloudTrail who wrote to a resource. Only the drift function may ask, and only its bundle has this client.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { type Clients, SETTINGS, unleasedRules } from "./clients.ts";
import { AwsFault } from "./fault.ts";
import { type Pace, paced } from "./pace.ts";
import { sessionCredentials, signedBy } from "./sessions.ts";
import { isWriteTo, readRecord, type TrailRecord, type Written } from "./trail-record.ts";

/** A question about one resource: the writes to it in a period (milliseconds since 1970). */
export type TrailQuestion = {
  readonly resource: Written;
  readonly from: number;
  readonly to: number;
  /** The largest number of pages to read. */
  readonly pages: number;
  /** Tells whether there is time for one more page. */
  readonly isInTime: () => boolean;
};

/**
 * The answer to a question. `end` says why reading ended: all pages were read, pages are left, AWS refused the call, or
 * the call failed.
 */
export type TrailAnswer = {
  /** The writes, the newest first. */
  readonly writes: readonly TrailRecord[];
  /** The number of pages that were asked for. */
  readonly pages: number;
  readonly end: "all-read" | "pages-left" | "refused" | "failed";
};

export type Trail = { writesTo(question: TrailQuestion): Promise<TrailAnswer> };

/** The largest number of events in one page. */
const PAGE = 50;
/** A cause is worth one repetition, and no more of the time of a roll call. */
const ATTEMPTS = 2;

/** The region in which CloudTrail records IAM's events, by partition. */
const IAM_REGIONS: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
};

/**
 * Opens CloudTrail.
 * @param pace the rate limit for calls. CloudTrail accepts two a second in an account and region
 */
export function cloudTrail(
  { place: { region: own }, sessions, connections }: Clients,
  now: () => number,
  pace?: Pace,
): Trail {
  const turn = pace === undefined ? async () => {} : paced(pace, now);
  const clients = new Map<string, CloudTrailClient>();
  const clientOf = (region: string): CloudTrailClient => {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const signing = sessions && { credentials: sessionCredentials };
    const client = new CloudTrailClient({ ...SETTINGS, ...signing, maxAttempts: ATTEMPTS, region });
    // In a member account, its reader may ask.
    if (sessions !== undefined) client.middlewareStack.use(signedBy(sessions, () => true));
    client.middlewareStack.use(unleasedRules("cloudtrail", now));
    connections.add(client);
    clients.set(region, client);
    return client;
  };

  return {
    /** Reads pages until one has no next one. Never throws for a fault of AWS or of its answer. */
    async writesTo({ resource, from, to, pages: most, isInTime }) {
      const [, partition = "", service, at] = resource.arn.split(":");
      const client = clientOf(service === "iam" ? (IAM_REGIONS[partition] ?? own) : (at ?? own));
      const writes: TrailRecord[] = [];
      let pages = 0;
      let next: string | undefined;
      do {
        if (pages >= most || !isInTime()) return { writes, pages, end: "pages-left" };
        await turn();
        pages++;
        try {
          const { Events = [], NextToken } = await client.send(
            new LookupEventsCommand({
              LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: resource.name }],
              StartTime: new Date(from),
              EndTime: new Date(to),
              MaxResults: PAGE,
              ...(next !== undefined && { NextToken: next }),
            }),
          );
          for (const { CloudTrailEvent = "" } of Events) {
            const record = readRecord(CloudTrailEvent);
            if (record !== undefined && isWriteTo(resource, record)) writes.push(record);
          }
          next = NextToken;
        } catch (error) {
          return { writes, pages, end: isRefusal(error) ? "refused" : "failed" };
        }
      } while (next !== undefined);
      return { writes, pages, end: "all-read" };
    },
  };
}

/** Tells whether AWS does not allow the call, so that no repetition helps. */
const isRefusal = (error: unknown): boolean =>
  error instanceof AwsFault && /^(AccessDenied|UnauthorizedOperation|OptInRequired)/.test(error.code);
