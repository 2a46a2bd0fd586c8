/**
 * Hands the SDK's requests to an embedded AWS in the same process, without a socket: a call through loopback costs both
 * ends more than the SDK and the embedded AWS need for it. The seam is `http.request` of Node, which the SDK's HTTP
 * handler looks up. So the SDK does everything that it does on AWS: it signs, serializes, retries and times out.
 */
import { EventEmitter } from "node:events";
import http from "node:http";
import type { Writable } from "node:stream";
import type { Reply } from "../../local/aws/endpoint.ts";
import { type Answer, listening } from "../../local/aws/in-process.ts";

/** True while the test file's requests need no socket. */
let isOn = false;
const throughSocket = http.request;

/** Decides for the test file that starts now. */
export function handOver(on: boolean): void {
  isOn = on;
}

/** The options of `http.request` that the SDK sets. */
type Options = {
  host?: string;
  port?: number;
  method?: string;
  path?: string;
  headers?: Readonly<Record<string, string>>;
};

type Callback = (response: Response) => void;

Reflect.set(http, "request", (options: Options, callback: Callback, ...rest: []) => {
  const answer = isOn && options.host === "127.0.0.1" ? listening.get(options.port ?? 80) : undefined;
  return answer === undefined
    ? Reflect.apply(throughSocket, http, [options, callback, ...rest])
    : new Handed(answer, options, callback);
});

/** A connection that is always there. The time-out for the answer is a timer of the SDK, not of the socket. */
const socket = { connecting: false, setTimeout() {}, setKeepAlive() {}, removeListener() {}, destroy() {} };

/** As much of Node's `ClientRequest` as the SDK uses. */
class Handed extends EventEmitter {
  readonly socket = socket;
  readonly #answer: Answer;
  readonly #options: Options;
  readonly #hungUp = new AbortController();
  #isOver = false;

  constructor(answer: Answer, options: Options, callback: Callback) {
    super();
    this.#answer = answer;
    this.#options = options;
    this.once("response", callback);
  }

  /** Sends the request. The other end reads it in a later turn of the event loop, as from a socket. */
  end(body: string | Uint8Array = ""): void {
    setImmediate(() => void this.#send(Buffer.from(body)));
  }

  /** Hangs up. */
  destroy(error: Error = hangUp()): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hungUp.abort();
    setImmediate(() => {
      this.emit("error", error);
      this.emit("close");
    });
  }

  async #send(body: Buffer): Promise<void> {
    if (this.#isOver) return;
    const { method = "GET", path = "/", headers = {} } = this.#options;
    const received = { method, path, headers: inLowerCase(headers), body };
    const reply = await this.#answer(received, this.#hungUp.signal);
    if (this.#isOver) return;
    if (reply === undefined) return this.destroy();
    this.#isOver = true;
    this.emit("response", new Response(reply));
    this.emit("close");
  }
}

/** As much of Node's `IncomingMessage` as the SDK uses. Its body is here as a whole. */
class Response {
  readonly complete = true;
  readonly statusCode: number;
  readonly statusMessage: string | undefined;
  readonly headers: Record<string, string>;
  readonly #body: Buffer;

  constructor({ status, headers, body }: Reply) {
    this.#body = Buffer.from(body);
    this.statusCode = status;
    this.statusMessage = http.STATUS_CODES[status];
    this.headers = { ...inLowerCase(headers), "content-length": String(this.#body.length) };
  }

  pipe(sink: Writable): Writable {
    return sink.end(this.#body);
  }

  /** Nothing can happen to the body any more. */
  on(): this {
    return this;
  }
}

const hangUp = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });

const inLowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
