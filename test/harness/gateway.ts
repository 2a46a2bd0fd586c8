/**
 * Stands in for API Gateway with IAM authorization. It forwards a request if its signature is the one that Signature
 * Version 4 demands for the service execute-api, and answers 403 otherwise.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";

/** The credentials that the gateway accepts, as environment variables of a program. */
export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "IQoJb3JpZ2luX2VjEXAMPLE//+token==",
  AWS_REGION: "eu-central-1",
} as const;

/** The same credentials for the SDK's signer. */
export const IDENTITY = {
  accessKeyId: CREDENTIALS.AWS_ACCESS_KEY_ID,
  secretAccessKey: CREDENTIALS.AWS_SECRET_ACCESS_KEY,
  sessionToken: CREDENTIALS.AWS_SESSION_TOKEN,
} as const;

export type Passed = { method: string; path: string; status: number };

/** Starts a gateway before a server. It records every request with the status that the caller got. */
export async function startGateway(target: string) {
  const seen: Passed[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = "", url: path = "" } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const reason = await refusal(incoming, body);
    if (reason !== undefined) {
      seen.push({ method, path, status: 403 });
      outgoing.writeHead(403, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ message: "Forbidden", reason }));
      return;
    }
    const headers = Object.entries(incoming.headers).filter(
      ([name]) => !["host", "connection", "content-length", "authorization"].includes(name),
    );
    const answer = await fetch(`${target}${path}`, {
      method,
      headers: headers.map(([name, value]) => [name, String(value)]),
      ...(body.length > 0 && { body }),
    });
    seen.push({ method, path, status: answer.status });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Returns why a request is refused; undefined if it is accepted. */
async function refusal({ method = "", url = "", headers }: IncomingMessage, body: Buffer) {
  const [, key, day, region, service, names = "", signature] =
    AUTHORIZATION.exec(headers.authorization ?? "") ?? [];
  if (signature === undefined) return "no signature of version 4";
  if (key !== IDENTITY.accessKeyId) return `no such key: ${key}`;
  if (region !== CREDENTIALS.AWS_REGION || service !== "execute-api") return `for ${service} in ${region}`;
  if (headers["x-amz-security-token"] !== IDENTITY.sessionToken) return "another session token";
  const [, ...time] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
  const [year = "", month, date, hour, minute, second] = time;
  if (day !== [year, month, date].join("")) return "the day of the scope is not that of the request";
  const hash = headers["x-amz-content-sha256"];
  if (hash !== undefined && hash !== createHash("sha256").update(body).digest("hex")) return "another body";
  const signed = names.split(";");
  const unsigned = ["host", "x-amz-date", "x-amz-security-token"].filter((name) => !signed.includes(name));
  if (unsigned.length > 0) return `${unsigned.join(", ")} is not signed`;

  const { pathname, searchParams, hostname } = new URL(url, `http://${headers.host}`);
  if (isIP(hostname) === 0) return `a request to ${hostname}`;
  const signer = new SignatureV4({
    service,
    region,
    credentials: IDENTITY,
    sha256: Sha256,
    applyChecksum: false,
  });
  const again = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(signed.map((name) => [name, String(headers[name])])),
      ...(body.length > 0 && { body }),
    },
    {
      signingDate: new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`),
      signableHeaders: new Set(signed),
    },
  );
  const expected = AUTHORIZATION.exec(again.headers["authorization"] ?? "")?.[6];
  return signature === expected ? undefined : "another signature";
}
