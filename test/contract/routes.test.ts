/** The app's routes and the contract's paths are the same, in both directions. */
import { expect, test } from "vitest";
import { createApp } from "../../src/http/app.ts";
import { createSelfApp } from "../../src/http/self-app.ts";
import { operations } from "../harness/contract.ts";
import { startRolecall } from "../harness/rolecall.ts";

const { services } = await startRolecall();
const app = createApp(
  services,
  () => ({ rawPath: "/", isEncoded: true, caller: "test", requestId: "test" }),
  () => ({ ceiling: { rules: [] }, audience: "test" }),
);

/** `ALL` is middleware, which answers nothing of its own. */
const selfApp = createSelfApp(
  services,
  () => ({ rawPath: "/", isEncoded: true, caller: undefined, requestId: "test" }),
  () => ({ ceiling: { rules: [] }, audience: "https://rolecall.example" }),
);
const routes = [...app.routes, ...selfApp.routes]
  .filter(({ method }) => method !== "ALL")
  .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`)
  .sort();
const contracted = operations.map(({ method, path }) => `${method} ${path}`).sort();

test("every route is in the contract, once", () => {
  expect(routes).toEqual([...new Set(routes)]);
  expect(routes.filter((route) => !contracted.includes(route))).toEqual([]);
});

test("every operation of the contract has a route", () => {
  expect(contracted.filter((operation) => !routes.includes(operation))).toEqual([]);
});

test("operations have names of their own", () => {
  const ids = operations.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});
