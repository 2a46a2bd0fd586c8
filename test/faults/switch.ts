/** The faults that a call can have, and the switch that applies one to a chosen call of a site. */
import type { Fault, FaultPoint, ServiceName } from "../../local/aws/server.ts";
import type { GitHubFault } from "../../local/github/server.ts";

type Call = Pick<FaultPoint, "service" | "action" | "request" | "accessKeyId">;
type Phase = FaultPoint["phase"];

/** A call that an operation makes. It has the same name each time the operation runs. */
export type Point = { name: string; service: ServiceName | "github"; action: string };

/** Other work that is done while a call waits. */
export type Meanwhile = "redelivery" | "roll call" | "next roll call" | "removal" | "another call";

/** The other work of a site, and the times at which a late call takes effect. */
export type Stage = {
  meanwhile(work: Meanwhile): Promise<void>;
  late(end: "invocation" | "day"): Extract<Fault, { kind: "late" }>;
};

export type FaultKind = {
  name: string;
  phase: Phase;
  /**
   * One attempt; all attempts of the call; every call that is signed with the same session; or every call of that
   * action until someone fixes the cause.
   */
  lasts: "once" | "call" | "session" | "until mended";
  /** The fault can be at each call that is signed with a session in a member account, and at no other call. */
  ofSessions?: boolean;
  /** Until someone fixes the cause, the fault hits calls of every action, not only those of the first one. */
  spreads?: boolean;
  /** The process ends with the fault. */
  kills?: boolean;
  /** The fault looks like an answer, so Rolecall may believe it until the operation runs again. */
  misleads?: boolean;
  /** The registrations of an account are removed by the fault, so the state in the end is another one. */
  removes?: boolean;
  /** Returns AWS's answer in the protocol and words of the service; undefined if the service never answers so. */
  aws(point: Pick<Point, "service" | "action">, stage?: Stage): Fault | undefined;
  gitHub?: GitHubFault;
};

const drop = { kind: "drop" } as const;
const error = (status: number, code: string, message: string): Fault => ({
  kind: "error",
  status,
  code,
  message,
});

export const throttled: FaultKind["aws"] = ({ service }) => {
  switch (service) {
    case "dynamodb":
      return error(400, "ProvisionedThroughputExceededException", "The level of throughput was exceeded");
    case "cloudtrail":
    case "ecr":
    case "events":
      return error(400, "ThrottlingException", "Rate exceeded");
    case "sqs":
      return error(403, "RequestThrottled", "The request was denied due to request throttling");
    default:
      return error(400, "Throttling", "Rate exceeded");
  }
};

export const broken: FaultKind["aws"] = ({ service }) => {
  switch (service) {
    case "dynamodb":
      return error(500, "InternalServerError", "The request could not be processed");
    case "ecr":
      return error(500, "ServerException", "These errors are usually caused by a server-side issue");
    case "cloudtrail":
    case "events":
      return error(500, "InternalException", "An internal error has occurred");
    default:
      return error(500, "ServiceFailure", "The request processing has failed");
  }
};

const denied: FaultKind["aws"] = ({ service }) =>
  service === "iam" || service === "sts"
    ? error(403, "AccessDenied", "User is not authorized")
    : error(400, "AccessDeniedException", "User is not authorized");

/** IAM does not find the role or provider yet, because its reads lag. */
const absent: FaultKind["aws"] = ({ service, action }) =>
  service === "iam" && !/^(Create|ListRoles$|GetAccount)/.test(action)
    ? error(404, "NoSuchEntity", "The entity cannot be found")
    : undefined;

export const isWrite = ({ action }: Pick<Point, "action">): boolean =>
  !/^(Get|List|Describe|BatchGet|Query|LookupEvents|repository|subject)/.test(action);

const concurrent: FaultKind["aws"] = (point) =>
  point.service === "iam" && isWrite(point)
    ? error(409, "ConcurrentModification", "Multiple requests to change this object were submitted")
    : undefined;

const quota: FaultKind["aws"] = ({ service, action }) => {
  if (!/^(Create|Put|Add|Tag|Update)/.test(action)) return undefined;
  if (service === "iam") return error(409, "LimitExceeded", "Cannot exceed quota");
  return service === "ecr" ? error(400, "LimitExceededException", "The limit was exceeded") : undefined;
};

/** An answer of CloudTrail that has no event, or none of the right form. */
const trail =
  (body: string): FaultKind["aws"] =>
  ({ service }) =>
    service === "cloudtrail" ? { kind: "body", body } : undefined;
const WRONG_PAGE = JSON.stringify({
  Events: [
    { EventId: "1" },
    { CloudTrailEvent: "{" },
    { CloudTrailEvent: "[]" },
    { CloudTrailEvent: JSON.stringify({ userIdentity: "x", eventTime: "yesterday", requestParameters: [] }) },
  ],
  NextToken: "again",
});

/** The session has ended. */
const expired: FaultKind["aws"] = ({ service }) => {
  const message = "The security token included in the request is expired";
  if (service === "iam") return error(403, "ExpiredToken", message);
  return service === "ecr" ? error(400, "ExpiredTokenException", message) : undefined;
};

/** The session's role does not exist any more. */
const orphaned: FaultKind["aws"] = ({ service }) => {
  const message = "The security token included in the request is invalid";
  if (service === "iam") return error(403, "InvalidClientTokenId", message);
  return service === "ecr" ? error(400, "UnrecognizedClientException", message) : undefined;
};

/** The member no longer lets the hub assume its roles. Sessions that are open stay so. */
const untrusted: FaultKind["aws"] = (point) => (point.action === "AssumeRole" ? denied(point) : undefined);

const always = () => drop;
const never = () => undefined;
const answered = (status: number, headers: Record<string, string> = {}): GitHubFault => ({
  kind: "error",
  status,
  message: "no",
  headers,
});
const ended = { phase: "before", lasts: "once", kills: true, aws: always, gitHub: drop } as const;

export const DENIED: FaultKind = { name: "denied", phase: "before", lasts: "until mended", aws: denied };

const withdrawn = { phase: "before", lasts: "until mended", ofSessions: true, spreads: true } as const;
/** The faults of sessions in a member account. */
const SESSION_FAULTS: readonly FaultKind[] = [
  { name: "session expired", phase: "before", lasts: "session", ofSessions: true, aws: expired },
  { name: "session revoked", phase: "before", lasts: "session", ofSessions: true, aws: denied },
  { ...withdrawn, name: "trust withdrawn", aws: untrusted },
  {
    ...withdrawn,
    name: "trust withdrawn and sessions expired",
    aws: (point) => untrusted(point) ?? expired(point),
  },
  { ...withdrawn, name: "member's roles deleted", aws: (point) => untrusted(point) ?? orphaned(point) },
];

const FAULTS: readonly FaultKind[] = [
  ...SESSION_FAULTS,
  { ...ended, name: "killed before" },
  { ...ended, name: "killed after", phase: "after" },
  { name: "throttled once", phase: "before", lasts: "once", aws: throttled, gitHub: answered(429) },
  { name: "throttled", phase: "before", lasts: "call", aws: throttled },
  { name: "5xx once", phase: "before", lasts: "once", aws: broken, gitHub: answered(502) },
  { name: "5xx", phase: "before", lasts: "call", aws: broken, gitHub: answered(502) },
  { name: "no answer once", phase: "before", lasts: "once", aws: always, gitHub: drop },
  { name: "answer lost once", phase: "after", lasts: "once", aws: always, gitHub: drop },
  { name: "answer lost", phase: "after", lasts: "call", aws: always, gitHub: drop },
  { name: "5xx after the effect", phase: "after", lasts: "once", aws: broken },
  { name: "NoSuchEntity", phase: "before", lasts: "once", misleads: true, aws: absent },
  { name: "ConcurrentModification", phase: "before", lasts: "once", aws: concurrent },
  { name: "quota", phase: "before", lasts: "until mended", aws: quota },
  DENIED,
  { name: "no events", phase: "before", lasts: "until mended", aws: trail(JSON.stringify({ Events: [] })) },
  { name: "wrong pages", phase: "before", lasts: "until mended", aws: trail(WRONG_PAGE) },
  { name: "events not JSON", phase: "before", lasts: "until mended", aws: trail("<html>") },
  { name: "events of no form", phase: "before", lasts: "until mended", aws: trail('{"Events":7}') },
  {
    name: "secondary rate limit",
    phase: "before",
    lasts: "once",
    aws: never,
    gitHub: answered(403, { "retry-after": "60" }),
  },
  { name: "not JSON", phase: "before", lasts: "once", aws: never, gitHub: { kind: "garbled" } },
  {
    name: "JSON of no known form",
    phase: "before",
    lasts: "once",
    misleads: true,
    aws: never,
    gitHub: answered(200),
  },
];

const NO_STAGE: Stage = {
  meanwhile: () => Promise.resolve(),
  late: () => ({ kind: "late", until: Promise.resolve(), tookEffect: () => {} }),
};

/** The call takes effect after its caller has given up. */
const late =
  (end: Parameters<Stage["late"]>[0]): FaultKind["aws"] =>
  (point, stage = NO_STAGE) =>
    isWrite(point) && point.service !== "sts" ? stage.late(end) : undefined;

/** The call waits until something else was done. */
const after =
  (work: Meanwhile): FaultKind["aws"] =>
  (_, stage = NO_STAGE) => ({ kind: "hold", until: stage.meanwhile(work) });

const held = { phase: "before", lasts: "once" } as const;
/** The faults of time and order, for sites that have a queue. */
const STAGED_FAULTS: readonly FaultKind[] = [
  { ...held, name: "effect after the invocation", aws: late("invocation") },
  { ...held, name: "effect after the roll call", aws: late("day") },
  { ...held, name: "killed, effect after the roll call", kills: true, aws: late("day") },
  { ...held, name: "paused past the lease and the visibility", aws: after("redelivery") },
  { ...held, name: "after another roll call", aws: after("roll call") },
  { ...held, name: "after the next roll call", aws: after("next roll call") },
  { ...held, name: "after the account's removal", removes: true, aws: after("removal") },
  { ...held, name: "after the next call", aws: after("another call") },
];

/** The names of all faults, those of time and order first. */
export const FAULT_NAMES: readonly string[] = [...STAGED_FAULTS, ...FAULTS].map(({ name }) => name);

/** Returns the faults of time and order that are possible at a call. */
export const stagedFaultsAt = (point: Point): FaultKind[] =>
  point.service === "github" ? [] : STAGED_FAULTS.filter((fault) => fault.aws(point) !== undefined);

/** Returns the faults that are possible at a call. @param isMember true if IAM and ECR are those of a member account */
export const faultsAt = (point: Point, isMember: boolean): FaultKind[] =>
  FAULTS.filter((fault) => {
    if (fault.ofSessions) return isMember && (point.service === "iam" || point.service === "ecr");
    return point.service === "github" ? fault.gitHub !== undefined : fault.aws(point) !== undefined;
  });

/** The fault to apply, and the call to apply it to. */
type Plan = { readonly point: string; readonly fault: FaultKind; readonly stage?: Stage };

/** Watches the calls of a site on the wire, names them, and applies a fault to one of them. */
export function openSwitch() {
  const points: Point[] = [];
  let plan: Plan | undefined;
  let isOn = false;
  let hit: { action: string; text: string; session: string | undefined } | undefined;
  let seen = new Map<string, number>();
  /** The names of the calls under way, by call. A second call of a kind may begin before the first has ended. */
  let named = new Map<unknown, string>();
  let life = { isOver: false };

  /**
   * True if the fault applies to this phase of a call. The call's name counts the calls of the same kind about the
   * same thing.
   * @param call identifies the call: the same value in both phases, and another one for every other call under way
   */
  function suffers(
    service: Point["service"],
    action: string,
    text: string,
    phase: Phase,
    call: unknown,
    session?: string,
  ): boolean {
    if (!isOn) return false;
    const [, kind = ""] = /"pk":\{"S":"(\w+)/.exec(text) ?? [];
    const [about = ""] = /(first|second)-\d+/.exec(text) ?? [];
    const what = [`${service}:${action}`, kind, about.replace(/-\d+$/, "")]
      .filter((part) => part !== "")
      .join(" ");
    if (phase === "before") {
      seen.set(what, (seen.get(what) ?? 0) + 1);
      named.set(call, `${what} #${seen.get(what)}`);
    }
    const name = named.get(call) ?? "";
    if (phase === "before") points.push({ name, service, action });
    else named.delete(call);
    if (plan === undefined || plan.fault.phase !== phase) return false;
    if (hit === undefined && name === plan.point) {
      hit = { action: `${service}:${action}`, text, session };
      life.isOver = plan.fault.kills ?? false;
      return true;
    }
    if (hit === undefined) return false;
    switch (plan.fault.lasts) {
      case "once":
        return false;
      case "call":
        return hit.text === text;
      case "session":
        return hit.session === session;
      case "until mended":
        return plan.fault.spreads || hit.action === `${service}:${action}`;
    }
  }

  return {
    /** The calls that were seen while the switch was on. */
    points,
    /** Marks the start of a process. The next fault may end it. */
    begin() {
      life = { isOver: false };
      return life;
    },
    /** @param before the calls that were made before, if the operation continues in the middle */
    on(next?: Plan, before: ReadonlyMap<string, number> = new Map()): void {
      [plan, isOn, hit, seen, named] = [next, true, undefined, new Map(before), new Map()];
      points.length = 0;
    },
    /** Returns how often each kind of call was made. */
    seen: (): ReadonlyMap<string, number> => new Map(seen),
    off(): void {
      isOn = false;
    },
    /** True if the chosen call was made. */
    wasHit: () => hit !== undefined,
    aws({ service, action, request, accessKeyId }: Call, phase: Phase): Fault | undefined {
      const text = `${service}:${action} ${JSON.stringify(request)}`;
      const isHit = suffers(service, action, text, phase, request, accessKeyId);
      return isHit ? plan?.fault.aws({ service, action }, plan.stage) : undefined;
    },
    gitHub(path: string, phase: Phase): GitHubFault | undefined {
      const action = path.endsWith("/sub") ? "subject" : "repository";
      return suffers("github", action, path, phase, path) ? plan?.fault.gitHub : undefined;
    },
  };
}
