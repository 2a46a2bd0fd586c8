import type { ServiceName } from "./fault.ts";

/** A call that was answered. A dropped call has status 0 and the error code `ConnectionDropped`. */
export type RecordedCall = {
  service: ServiceName;
  action: string;
  /** The region that the request was signed for; undefined if the request was not signed. */
  region: string | undefined;
  /** The access key id that signed the request; missing if the request was not signed. */
  accessKeyId?: string;
  request: Readonly<Record<string, unknown>>;
  status: number;
  errorCode?: string;
};

const mostKept = 10_000;

export function record(calls: RecordedCall[], call: RecordedCall): void {
  calls.push(call);
  if (calls.length > mostKept) calls.shift();
}
