/** Sends requests exactly as given. No client corrects the path, a header or the body. */
import { Agent, request } from "node:http";
import { connect } from "node:net";
import type { WireAnswer } from "./contract.ts";

export type WireRequest = {
  method: string;
  /** Sent unchanged on the request line. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
};

export function openHttp(url: string) {
  const { hostname, port, host } = new URL(url);
  const agent = new Agent({ keepAlive: true });

  const send = ({ method, path, headers, body }: WireRequest): Promise<WireAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, agent, method, path, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.once("error", reject);
        incoming.once("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
            ),
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      outgoing.once("error", (error) => {
        // The server may close an idle connection just as the next request takes it: nobody has read that request.
        // https://nodejs.org/docs/latest-v20.x/api/http.html#requestreusedsocket
        const isUnread = outgoing.reusedSocket && "code" in error && error.code === "ECONNRESET";
        if (isUnread) send({ method, path, headers, body }).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body);
    });

  return {
    close: () => agent.destroy(),

    /** Sends through node:http, which keeps the path as it is but refuses characters that no path may have. */
    send,

    /** Sends over a bare socket, for bytes in the path that every client would encode, drop or refuse. */
    sendRaw: ({ method, path, headers, body = Buffer.alloc(0) }: WireRequest): Promise<WireAnswer> =>
      new Promise((resolve, reject) => {
        const lines = Object.entries({
          host,
          connection: "close",
          "content-length": String(body.length),
          ...headers,
        });
        const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
        const socket = connect(Number(port), hostname, () =>
          socket.write(Buffer.concat([Buffer.from(head, "latin1"), body])),
        );
        const chunks: Buffer[] = [];
        socket.on("data", (chunk) => chunks.push(chunk));
        socket.once("error", reject);
        socket.once("end", () => {
          socket.end();
          resolve(readAnswer(Buffer.concat(chunks).toString()));
        });
      }),
  };
}

function readAnswer(text: string): WireAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const body = rest.join("\r\n\r\n");
  return {
    status: Number(statusLine.split(" ")[1]),
    headers,
    text: headers["transfer-encoding"] === "chunked" ? unchunked(body) : body,
  };
}

function unchunked(text: string): string {
  let rest = Buffer.from(text);
  let whole = "";
  for (;;) {
    const end = rest.indexOf("\r\n");
    const length = Number.parseInt(rest.subarray(0, end).toString(), 16);
    if (!(length > 0)) return whole;
    whole += rest.subarray(end + 2, end + 2 + length).toString();
    rest = rest.subarray(end + 2 + length + 2);
  }
}
