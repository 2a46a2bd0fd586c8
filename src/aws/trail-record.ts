/**
 * CloudTrail's record of one call, as far as Rolecall reads it. Callers choose parts of a record, so nothing in it is
 * trusted, and a record of another form is skipped.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */

export type TrailRecord = {
  readonly eventId: string;
  /** The time of the call (ISO 8601). */
  readonly at: string;
  /** The service that was called, such as `iam.amazonaws.com`. */
  readonly source: string;
  readonly action: string;
  /** The caller's ARN, or the service that acted by itself. */
  readonly by: string;
  /** The ARN of the role whose session called; undefined for a caller without a session. */
  readonly issuer?: string;
  /** The service that made the call, also in the name of somebody else. */
  readonly invokedBy?: string;
  readonly sourceIp?: string;
  readonly userAgent?: string;
  readonly isReadOnly: boolean;
  /** True if the service refused the call, so that it changed nothing. */
  readonly isRefused: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/** A resource that calls write to. `name` is the name under which CloudTrail lists its events. */
export type Written = { readonly arn: string; readonly name: string };

/** The longest text that is kept of a caller's program. */
const LONGEST_USER_AGENT = 200;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** Reads the text of a record; undefined if it is no record of a call. */
export function readRecord(text: string): TrailRecord | undefined {
  const record = fieldsOf(parsed(text));
  const textAt = (fields: Fields, name: string): string | undefined => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const identity = fieldsOf(record["userIdentity"]);
  const issuer = textAt(fieldsOf(fieldsOf(identity["sessionContext"])["sessionIssuer"]), "arn");
  const invokedBy = textAt(identity, "invokedBy");
  const by =
    textAt(identity, "arn") ?? invokedBy ?? textAt(identity, "principalId") ?? textAt(identity, "accountId");
  const [eventId, eventTime] = [textAt(record, "eventID"), Date.parse(textAt(record, "eventTime") ?? "")];
  const [source, action] = [textAt(record, "eventSource"), textAt(record, "eventName")];
  const isWhole = eventId !== undefined && by !== undefined && source !== undefined && action !== undefined;
  if (!isWhole || Number.isNaN(eventTime)) return undefined;
  const [sourceIp, userAgent] = [textAt(record, "sourceIPAddress"), textAt(record, "userAgent")];
  return {
    eventId,
    at: new Date(eventTime).toISOString(),
    source,
    action,
    by,
    ...(issuer !== undefined && { issuer }),
    ...(invokedBy !== undefined && { invokedBy }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, LONGEST_USER_AGENT) }),
    isReadOnly: record["readOnly"] !== false,
    isRefused: textAt(record, "errorCode") !== undefined,
    parameters: fieldsOf(record["requestParameters"]),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** ECR's writes of images. They change no setting of an ECR repository, and every push makes many of them. */
const IMAGE_WRITES = [
  "BatchDeleteImage",
  "CompleteLayerUpload",
  "InitiateLayerUpload",
  "PutImage",
  "UploadLayerPart",
];

/**
 * Tells whether a record is of a write that names the resource. LookupEvents also returns reads, and calls of other
 * services about things of the same name.
 */
export function isWriteTo({ arn }: Written, record: TrailRecord): boolean {
  const { source, action, parameters, isReadOnly, isRefused } = record;
  if (isReadOnly || isRefused) return false;
  const [, , service = "", , , resource = ""] = arn.split(":");
  if (source !== `${service}.amazonaws.com` || IMAGE_WRITES.includes(action)) return false;
  const [type, ...path] = resource.split("/");
  const names = (parameter: string, name: string) => parameters[parameter] === name;
  switch (type) {
    case "role":
      return sameName(parameters["roleName"], path.at(-1));
    case "oidc-provider":
      return names("openIDConnectProviderArn", arn) || names("url", `https://${path.join("/")}`);
    case "repository":
      return names("repositoryName", path.join("/")) || names("resourceArn", arn);
    default:
      return false;
  }
}

/** IAM compares the names of roles without letter case. */
const sameName = (one: unknown, other: string | undefined): boolean =>
  typeof one === "string" && one.toLowerCase() === other?.toLowerCase();
