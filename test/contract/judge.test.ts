/** The judge of all other tests: it must find whatever is outside of the contract, or they prove nothing. */
import { expect, test } from "vitest";
import { contract, operationOf, operations, violations, type WireAnswer } from "../harness/contract.ts";

const { examples } = contract.components as {
  examples: { Registration: { value: Record<string, unknown> } };
};
const registration = examples.Registration.value;
const id = { "x-request-id": "4c1a7f0e" };
const json = { "content-type": "application/json" };
const answer = (status: number, headers: Record<string, string>, body?: unknown): WireAnswer => ({
  status,
  headers: { ...id, ...headers },
  text: body === undefined ? "" : JSON.stringify(body),
});
const problem = (status: number, code: string, more: object = {}) =>
  answer(
    status,
    { "content-type": "application/problem+json" },
    {
      type: `urn:rolecall:problem:${code}`,
      code,
      title: "A title",
      status,
      detail: "A detail.",
      requestId: id["x-request-id"],
      ...more,
    },
  );
const role = "/v1/repos/acme/api/roles/publish";
const judge = (method: string, path: string, given: WireAnswer) =>
  violations(operationOf(method, path), method, given);

const good: [string, string, string, WireAnswer][] = [
  ["a registration", "GET", role, answer(200, { ...json, etag: '"1-9f86d081884c"' }, registration)],
  ["a 304", "GET", role, answer(304, { etag: '"1-9f86d081884c"' })],
  ["HEAD, as GET without the body", "HEAD", role, answer(200, { ...json, etag: '"1-9f86d081884c"' })],
  [
    "text",
    "GET",
    "/openapi.yaml",
    { status: 200, headers: { ...id, "content-type": "application/yaml" }, text: "openapi: 3.1.0\n" },
  ],
  ["a problem", "GET", `${role}?x=1`, problem(404, "not-registered")],
  [
    "a wait",
    "PUT",
    role,
    {
      ...problem(409, "busy", { retryAfterSeconds: 3 }),
      headers: { ...id, "content-type": "application/problem+json", "retry-after": "3" },
    },
  ],
  ["an unknown path", "GET", "/v2", problem(404, "no-such-path")],
];

test.each(good)("lets pass: %s", (_, method, path, given) => {
  expect(judge(method, path, given)).toEqual([]);
});

const { roleArn: _, ...incomplete } = registration;
const bad: [string, string, string, WireAnswer, RegExp][] = [
  [
    "an undocumented status",
    "GET",
    role,
    answer(201, { ...json, etag: '"1-9f86d081884c"' }, registration),
    /documents no status 201/,
  ],
  ["500, which nothing documents", "PUT", role, problem(500, "internal"), /documents no status 500/],
  [
    "another content type",
    "GET",
    role,
    answer(200, { "content-type": "text/plain", etag: '"1-9f86d081884c"' }, registration),
    /content type/,
  ],
  ["no content type", "GET", role, answer(200, { etag: '"1-9f86d081884c"' }, registration), /content type/],
  [
    "a problem sent as plain JSON",
    "GET",
    role,
    { ...problem(404, "not-registered"), headers: json },
    /content type/,
  ],
  ["a missing field", "GET", role, answer(200, { ...json, etag: '"1-9f86d081884c"' }, incomplete), /roleArn/],
  [
    "an unknown field",
    "GET",
    role,
    answer(200, { ...json, etag: '"1-9f86d081884c"' }, { ...registration, secret: 1 }),
    /secret/,
  ],
  [
    "a time of another format",
    "GET",
    role,
    answer(200, { ...json, etag: '"1-9f86d081884c"' }, { ...registration, createdAt: "now" }),
    /date-time/,
  ],
  [
    "an ETag that the body does not repeat",
    "GET",
    role,
    answer(200, { ...json, etag: '"1-b"' }, registration),
    /beside ETag/,
  ],
  ["a missing ETag", "GET", role, answer(200, json, registration), /no etag/],
  [
    "a missing Content-Disposition",
    "GET",
    `${role}/workflow`,
    { status: 200, headers: { "content-type": "text/yaml" }, text: "a" },
    /content-disposition/,
  ],
  [
    "an undocumented header",
    "GET",
    "/healthz",
    answer(200, { ...json, etag: '"1-9f86d081884c"' }, { status: "ok" }),
    /undocumented header etag/,
  ],
  [
    "a 304 with a body",
    "GET",
    role,
    answer(304, { ...json, etag: '"1-9f86d081884c"' }, registration),
    /none is documented/,
  ],
  ["a wait without the header", "PUT", role, problem(409, "busy", { retryAfterSeconds: 3 }), /Retry-After/],
  [
    "a header without the wait",
    "PUT",
    role,
    { ...problem(409, "busy"), headers: { "content-type": "application/problem+json", "retry-after": "3" } },
    /Retry-After/,
  ],
  [
    "a problem of another status",
    "GET",
    role,
    { ...problem(404, "not-registered"), status: 422 },
    /status 404/,
  ],
  ["a 422 that names no fault", "GET", role, problem(422, "invalid-input"), /no fault/],
  [
    "a stack",
    "PUT",
    role,
    problem(502, "aws-refused", { detail: "Error: x\n    at f (/app/a.js:1:2)" }),
    /internals/,
  ],
  [
    "no request id",
    "GET",
    "/healthz",
    { status: 200, headers: json, text: '{"status":"ok"}' },
    /no x-request-id/,
  ],
  [
    "a problem with another request id",
    "GET",
    role,
    problem(404, "not-registered", { requestId: "another" }),
    /requestId another/,
  ],
  ["a success of an unknown path", "GET", "/v2", answer(200, json, {}), /no operation/],
  ["405 without Allow", "PATCH", role, problem(405, "method-not-allowed"), /Allow/],
];

test.each(bad)("finds: %s", (_, method, path, given, expected) => {
  expect(judge(method, path, given).join("\n")).toMatch(expected);
});

test("knows operations by their path, whatever the query", () => {
  expect(operations.length).toBeGreaterThan(8);
  expect(operationOf("GET", "/v1/roles?limit=3")?.id).toBe("listRegistrations");
  expect(operationOf("GET", "/v1/repos/a/b/roles")?.id).toBe("listRepositoryRegistrations");
  expect(operationOf("GET", "/v1/repos/a/b/roles/c/workflow")?.id).toBe("getWorkflow");
  expect(operationOf("GET", "/openapiXyaml")).toBeUndefined();
  expect(operationOf("GET", "/v1/repos/a/b/c/roles")).toBeUndefined();
  expect(operationOf("POST", "/v1/roles")).toBeUndefined();
});
