/** Starts Rolecall on an embedded AWS of the test file's own, which records its calls and fails when asked to. */
import type { Pluggable } from "@smithy/types";
import { afterAll } from "vitest";
import {
  type EmbeddedAws,
  type Fault,
  type FaultPoint,
  type Quotas,
  type RecordedCall,
  type ServiceName,
  startEmbeddedAws,
} from "../../local/aws/server.ts";
import { type Decided, STARTED_AT, startRolecall } from "./rolecall.ts";

/** A fault, and the calls that it applies to. */
export type Trouble = {
  service?: ServiceName;
  action?: string | RegExp;
  /** Only calls whose request contains this text, such as a repository's name. */
  mentions?: string;
  /** Only calls with a session in this member account, and those that open one. */
  member?: string;
  /** By default `before`: the call has no effect. `after`: the call has its effect, and its answer is lost. */
  phase?: FaultPoint["phase"];
  /** The number of calls that fail. By default all. */
  times?: number;
  fault: Fault;
};

/** A process to hold at one of its calls about something, before the call or before its answer. */
export type Hold = {
  /** The access key id that the process signs with. */
  by: string;
  mentions: string;
  /** The number of calls to let through first. */
  calls: number;
  phase: FaultPoint["phase"];
};

export type Embedded = Awaited<ReturnType<typeof startEmbedded>>;

type Settings = {
  quotas?: Partial<Quotas>;
  /** The time after which CloudTrail shows a call. If it is set, AWS's clock is Rolecall's; otherwise it stands still. */
  trailDelayMs?: () => number;
};

/** Starts an embedded AWS and Rolecall on it for this test file. */
export async function startEmbedded({ quotas, trailDelayMs, ...decided }: Settings & Decided = {}) {
  const troubles: { trouble: Trouble; left: number }[] = [];
  const cuts: { mentions: string; left: number; phase: FaultPoint["phase"] }[] = [];
  const holds: ((point: FaultPoint) => Fault | undefined)[] = [];
  const meets = (
    { service, action, mentions, member, phase = "before" }: Trouble,
    point: FaultPoint,
  ): boolean =>
    phase === point.phase &&
    (member === undefined || memberOf(point) === member) &&
    (service === undefined || service === point.service) &&
    (action === undefined ||
      (typeof action === "string" ? action === point.action : action.test(point.action))) &&
    (mentions === undefined || isAbout(point, mentions));

  /** Returns the account of the session that a call is signed with, or that it opens. */
  const memberOf = ({ accessKeyId = "", request }: FaultPoint): string | undefined =>
    aws.sessions.get(accessKeyId)?.account ?? String(request["RoleArn"]).split(":")[4];
  let now = () => STARTED_AT;
  const aws: EmbeddedAws = await startEmbeddedAws({
    now: () => now(),
    ...(trailDelayMs && { trailDelayMs }),
    ...(quotas && { quotas }),
    fault: (point) => {
      if (isCutOff(cuts, point)) return dropped;
      for (const held of holds) {
        const fault = held(point);
        if (fault !== undefined) return fault;
      }
      const met = troubles.find(({ trouble, left }) => left > 0 && meets(trouble, point));
      if (met !== undefined) met.left--;
      return met?.trouble.fault;
    },
  });
  process.env["AWS_ENDPOINT_URL"] = aws.url;
  afterAll(() => aws.close());
  const rolecall = await startRolecall(decided);
  if (trailDelayMs !== undefined) now = rolecall.clock.now;

  return {
    ...rolecall,
    aws,
    /** Makes calls fail. Returns a function that ends it. */
    trouble(trouble: Trouble): () => void {
      const entry = { trouble, left: trouble.times ?? Number.POSITIVE_INFINITY };
      troubles.push(entry);
      return () => {
        entry.left = 0;
      };
    },
    /**
     * After so many calls about something, cuts off all further ones. The first of them has no effect, or has its
     * effect and its answer is lost. Returns a function that ends it.
     */
    cutOff(mentions: string, calls: number, phase: FaultPoint["phase"]): () => void {
      const cut = { mentions, left: calls, phase };
      cuts.push(cut);
      return () => {
        cuts.splice(cuts.indexOf(cut), 1);
      };
    },
    /** Starts the service again as a process that can be killed. After that it makes no call, not even a retry. */
    async startMortal() {
      const { api, local } = await rolecall.startAnother();
      const life = { isOver: false };
      const { iam, ecr, dynamodb, place } = local.services.clients;
      iam.middlewareStack.use(mortal(life));
      ecr(place.region).middlewareStack.use(mortal(life));
      dynamodb.middlewareStack.use(mortal(life));
      const kill = () => {
        life.isOver = true;
      };
      return { api, kill };
    },
    /** Holds a process at one of its calls until it is released. */
    hold({ by, mentions, calls, phase }: Hold) {
      const [reached, released] = [signal(), signal()];
      const seen: string[] = [];
      let heldAt: FaultPoint["request"] | undefined;
      holds.push((point) => {
        if (point.accessKeyId !== by || !isAbout(point, mentions)) return undefined;
        // Both phases of a call have the same request object.
        if (point.phase === "before" && seen.push(point.action) === calls + 1) heldAt = point.request;
        if (point.request !== heldAt || point.phase !== phase) return undefined;
        reached.give();
        return { kind: "hold", until: released.given };
      });
      return {
        /** Resolves once the process is held. */
        reached: reached.given,
        release: released.give,
        /** The actions of its calls so far. */
        seen,
      };
    },
    /** Returns the calls that reach AWS while the work runs. */
    async callsOf<T>(work: () => Promise<T>): Promise<{ result: T; calls: RecordedCall[] }> {
      // The list keeps only the last calls, so its length may stay the same.
      const last = aws.calls.at(-1);
      const result = await work();
      return { result, calls: aws.calls.slice(last === undefined ? 0 : aws.calls.lastIndexOf(last) + 1) };
    },
  };
}

/** Ends a client's attempts, including retries, once its process is killed. */
function mortal<I extends object, O extends object>(life: { isOver: boolean }): Pluggable<I, O> {
  return {
    applyToStack: (stack) =>
      stack.add(
        (next) => async (args) => {
          if (life.isOver) throw new Error("killed");
          return next(args);
        },
        { step: "finalizeRequest", priority: "low", name: "mortal" },
      ),
  };
}

/** Returns a promise and the function that fulfils it. */
export function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** The texts of requests. A request meets many faults, and is the same object before and after its call. */
const texts = new WeakMap<FaultPoint["request"], string>();

/** Returns true if a request contains the text. */
function isAbout({ request }: FaultPoint, mentions: string): boolean {
  const text = texts.get(request) ?? JSON.stringify(request);
  texts.set(request, text);
  return text.includes(mentions);
}

/** Counts a call down. `left` is -1 from the call on at which the connection is lost. */
function isCutOff(
  cuts: { mentions: string; left: number; phase: FaultPoint["phase"] }[],
  point: FaultPoint,
): boolean {
  const cut = cuts.find(({ mentions }) => isAbout(point, mentions));
  if (cut === undefined) return false;
  if (point.phase === "after") return cut.left === -1 && cut.phase === "after";
  if (cut.left === -1) return true;
  if (cut.left > 0) {
    cut.left--;
    return false;
  }
  cut.left = -1;
  return cut.phase === "before";
}

export const isRead = ({ action }: Pick<RecordedCall, "action">): boolean =>
  /^(Get|List|Describe|BatchGet|Query|Scan|Lookup)/.test(action);

export const writesOf = (calls: readonly RecordedCall[]): RecordedCall[] =>
  calls.filter((call) => !isRead(call));

/** Returns the names of the calls, such as `iam:CreateRole`, sorted; of some services or of all. */
export const namesOf = (calls: readonly RecordedCall[], ...services: ServiceName[]): string[] =>
  calls
    .filter(({ service }) => services.length === 0 || services.includes(service))
    .map(({ service, action }) => `${service}:${action}`)
    .sort();

export const accessDenied: Fault = {
  kind: "error",
  status: 403,
  code: "AccessDenied",
  message: "secret detail of AWS",
};
export const dropped: Fault = { kind: "drop" };
