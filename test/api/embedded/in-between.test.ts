/** Something between Rolecall and AWS answers in AWS's place: a proxy's page is no answer of AWS, and no fault of ours. */
import { createServer, type Server } from "node:http";
import { afterAll, describe, expect, test } from "vitest";
import { startEmbedded } from "../../harness/embedded.ts";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { aws } = await startEmbedded();

type Page = { status: number; type: string; body: string };
/** By what the request has to look like. */
const inPlace = new Map<RegExp, Page>();

/** Passes on to the embedded AWS whatever is not to be answered with a page. */
const proxy: Server = createServer(async (incoming, outgoing) => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const target = `${incoming.headers["x-amz-target"] ?? ""} ${body.toString()}`;
  const page = [...inPlace].find(([pattern]) => pattern.test(target))?.[1];
  if (page !== undefined) {
    outgoing.writeHead(page.status, { "content-type": page.type }).end(page.body);
    return;
  }
  const { host: _, connection: __, "content-length": ___, ...headers } = incoming.headers;
  const answer = await fetch(new URL(incoming.url ?? "/", aws.url), {
    method: incoming.method ?? "POST",
    headers: headers as Record<string, string>,
    body,
  });
  const text = Buffer.from(await answer.arrayBuffer());
  outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(text);
});
await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
afterAll(() => {
  proxy.closeAllConnections();
  proxy.close();
});
const address = proxy.address();
if (address === null || typeof address === "string") throw new Error("the proxy listens on no port");
process.env["AWS_ENDPOINT_URL"] = `http://127.0.0.1:${address.port}`;
const { api } = await startRolecall();

const html = (status: number): Page => ({
  status,
  type: "text/html",
  body: "<html><body><h1>Bad Gateway</h1></body></html>",
});
const pages: [string, Page][] = [
  ["502 with HTML", html(502)],
  ["503 with HTML", html(503)],
  ["504 with nothing", { status: 504, type: "text/plain", body: "" }],
  ["403 with HTML", html(403)],
  ["407 with text", { status: 407, type: "text/plain", body: "Proxy Authentication Required" }],
  ["200 with HTML", html(200)],
];

describe.concurrent.each([
  ["iam", "CreateRole", /Action=CreateRole\b/],
  ["ecr", "CreateRepository", /V20150921\.CreateRepository/],
  ["dynamodb", "PutItem", /DynamoDB_\d+\.PutItem/],
  ["dynamodb", "BatchGetItem", /DynamoDB_\d+\.BatchGetItem/],
] as const)("at %s:%s", (service, _, action) => {
  test.each(pages)("%s", async (_, answer) => {
    const repo = uniqueName();
    const pattern = new RegExp(`${action.source}[^]*${repo}`);
    inPlace.set(pattern, answer);
    const put = await api("PUT", rolePath(repo));
    expect([502, 503]).toContain(put.status);
    expect(put.problem().aws?.service).toBe(service);
    inPlace.delete(pattern);
    expect([200, 201]).toContain((await api("PUT", rolePath(repo))).status);
  });
});
