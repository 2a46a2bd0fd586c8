import { type RecordedCall, record } from "./calls.ts";
import { type PerformedCall, recordCall, type Trail } from "./cloudtrail/trail.ts";
import type { Endpoint, HttpRequest, Reply } from "./endpoint.ts";
import { AwsError } from "./errors.ts";
import { Dropped, type FaultHook, Late, OtherBody, type ServiceName, suffer } from "./fault.ts";
import { serviceOf } from "./http.ts";

export type Answering = {
  endpoints: Readonly<Record<ServiceName, Endpoint>>;
  calls: RecordedCall[];
  trail: Trail;
  /** Refuses a call that its caller may not make. */
  authorize: (call: Omit<PerformedCall, "errorCode">, http: HttpRequest) => void;
  fault: FaultHook | undefined;
  closing: AbortSignal;
};

const notOurs: Reply = {
  status: 404,
  headers: { "content-type": "text/xml" },
  body: "<UnknownOperationException/>\n",
};

/**
 * Acts on a request, with the faults around it, and records the call. Returns undefined if the connection is to be
 * dropped.
 */
export async function answer(
  http: HttpRequest,
  { endpoints, calls, trail, authorize, fault, closing }: Answering,
): Promise<Reply | undefined> {
  const service = serviceOf(http);
  if (service === undefined) return notOurs;
  const endpoint = endpoints[service];
  const { action, request } = endpoint.read(http);
  const point = { service, action, request };
  const made = {
    ...point,
    region: http.scope?.region,
    ...(http.scope && { accessKeyId: http.scope.accessKeyId }),
  };
  const caller = { region: http.scope?.region, accessKeyId: http.scope?.accessKeyId };

  async function takeEffect(): Promise<Reply> {
    const reply = await rendered(endpoint, async () => {
      authorize(point, http);
      return endpoint.perform({ action, request }, http);
    });
    recordCall(trail, { ...point, errorCode: reply.errorCode }, http);
    return reply;
  }

  async function perform(): Promise<Reply> {
    await suffer(fault, { ...point, ...caller, phase: "before" }, closing);
    const reply = await takeEffect();
    await suffer(fault, { ...point, ...caller, phase: "after" }, closing);
    return reply;
  }

  try {
    const { errorCode, ...reply } = await rendered(endpoint, perform);
    const { status } = reply;
    record(calls, { ...made, status, ...(errorCode === undefined ? {} : { errorCode }) });
    return reply;
  } catch (error) {
    if (error instanceof OtherBody) {
      record(calls, { ...made, status: 200 });
      return { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: error.body };
    }
    if (!(error instanceof Dropped)) throw error;
    if (error instanceof Late) void error.fault.until.then(takeEffect).finally(error.fault.tookEffect);
    record(calls, { ...made, status: 0, errorCode: "ConnectionDropped" });
    return undefined;
  }
}

/** Turns an AWS error into an answer in the service's own protocol. */
async function rendered(endpoint: Endpoint, act: () => Promise<Reply>): Promise<Reply> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof AwsError) return endpoint.renderError(error);
    throw error;
  }
}
