/** The embedded AWSs that listen in this process, so that a caller in the same process can do without a socket. */
import type { IncomingHttpHeaders } from "node:http";
import type { Reply } from "./endpoint.ts";

/** A request as Node's HTTP parser reads it: the names of headers are in lower case. */
export type Received = {
  method: string;
  /** The path with the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

/**
 * Answers a request as over a connection. Returns undefined if the connection is to be dropped.
 * @param hungUp aborted when the caller hangs up before the answer
 */
export type Answer = (received: Received, hungUp: AbortSignal) => Promise<Reply | undefined>;

/** By port. Every embedded AWS listens on 127.0.0.1. */
export const listening = new Map<number, Answer>();
