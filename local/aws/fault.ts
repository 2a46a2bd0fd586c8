import { setTimeout as sleep } from "node:timers/promises";
import { AwsError } from "./errors.ts";

export type ServiceName = "iam" | "sts" | "ecr" | "dynamodb" | "events" | "cloudtrail" | "sqs";

/** One call of an action, before or after its effect. */
export type FaultPoint = {
  readonly service: ServiceName;
  readonly action: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** The region that the request was signed for. */
  readonly region: string | undefined;
  /** The access key id that signed the request. */
  readonly accessKeyId: string | undefined;
  readonly phase: "before" | "after";
};

export type Fault =
  | { kind: "latency"; ms: number }
  /** The action waits until something else has happened. */
  | { kind: "hold"; until: Promise<unknown> }
  | { kind: "error"; status: number; code: string; message: string }
  /** The answer is a success with another body. */
  | { kind: "body"; body: string }
  /** The connection ends without an answer. */
  | { kind: "drop" }
  /** The connection ends without an answer, and the call takes effect once something else has happened. */
  | { kind: "late"; until: Promise<unknown>; tookEffect: () => void };

export type FaultHook = (point: FaultPoint) => Fault | undefined;

/** The answer is to have another body. */
export class OtherBody extends Error {
  readonly body: string;

  constructor(body: string) {
    super("another body");
    this.body = body;
  }
}

/** The connection is to be dropped without an answer. */
export class Dropped extends Error {}

/** The connection is to be dropped, and the call takes effect later. */
export class Late extends Dropped {
  readonly fault: Extract<Fault, { kind: "late" }>;

  constructor(fault: Extract<Fault, { kind: "late" }>) {
    super();
    this.fault = fault;
  }
}

/** Applies the fault that the hook returns for this point. A latency ends early when the server closes. */
export async function suffer(
  hook: FaultHook | undefined,
  point: FaultPoint,
  closing: AbortSignal,
): Promise<void> {
  const fault = hook?.(point);
  if (fault === undefined) return;
  switch (fault.kind) {
    case "latency":
      await sleep(fault.ms, undefined, { signal: closing }).catch(() => {
        throw new Dropped();
      });
      return;
    case "hold":
      await fault.until;
      if (closing.aborted) throw new Dropped();
      return;
    case "error":
      throw new AwsError(fault.code, fault.status, fault.message);
    case "body":
      throw new OtherBody(fault.body);
    case "drop":
      throw new Dropped();
    case "late":
      throw new Late(fault);
  }
}
