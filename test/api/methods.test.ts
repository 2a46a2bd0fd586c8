/** Paths and methods that the contract does not have: 404, and 405 with what there is. */
import { describe, expect, test } from "vitest";
import { operations } from "../harness/contract.ts";
import { startRolecall } from "../harness/rolecall.ts";

const { api } = await startRolecall();

const example = (path: string) =>
  path.replace("{owner}", "acme").replace("{repo}", "api").replace("{role}", "publish");
const paths = [...new Set(operations.map(({ path }) => path))];
const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"];

describe("405", () => {
  const wrong = paths.flatMap((path) => {
    const right = operations.filter((operation) => operation.path === path).map(({ method }) => method);
    return METHODS.filter((method) => !right.includes(method)).map(
      (method) => [method, path, right] as const,
    );
  });

  test.each(wrong)(
    "%s %s is refused, and the answer lists the allowed methods",
    async (method, path, right) => {
      const answer = await api(method, example(path));
      expect(answer.status).toBe(405);
      expect(answer.problem().code).toBe("method-not-allowed");
      const allowed = (answer.headers["allow"] ?? "")
        .split(", ")
        .filter((each) => each !== "HEAD" && each !== "OPTIONS");
      expect(allowed.toSorted()).toEqual(right.toSorted());
    },
  );

  test("a body does not matter", async () => {
    expect((await api("POST", "/v1/roles", { body: { a: 1 } })).status).toBe(405);
  });
});

describe("404", () => {
  const unknown = [
    "/",
    "/v1",
    "/v2/roles",
    "/v1/repos",
    "/v1/repos/acme",
    "/v1/repos/acme/api",
    "/v1/repos/acme/api/role/publish",
    "/v1/repos/acme/api/roles/publish/workflows",
    "/v1/repos/acme/api/roles/publish/workflow/x",
    "/V1/roles",
    "/healthz/live",
    "/openapi-yaml",
    "/favicon.ico",
    "/.env",
  ];

  test.each(unknown.flatMap((path) => ["GET", "PUT"].map((method) => [method, path] as const)))(
    "%s %s is not found",
    async (method, path) => {
      const answer = await api(method, path);
      expect(answer.status).toBe(404);
      expect(answer.problem().code).toBe("no-such-path");
    },
  );
});
