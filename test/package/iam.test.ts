import { expect, it } from "vitest";
import { decide, type Statement } from "./iam.ts";
import { cases } from "./iam-cases.ts";

const REQUEST = {
  action: "s3:GetObject",
  resource: "arn:aws:s3:::bucket/key",
  context: { "aws:tag": "one", "aws:list": ["a", "b"], "aws:arn": "arn:aws:iam::123456789012:role/x" },
};
const EVERYTHING: Statement = { Effect: "Allow", Action: "*", Resource: "*" };

it.each(cases)("decides $case: $decision", ({ statement, decision }) => {
  const { Effect = "Allow", ...rest } = statement;
  const others = Effect === "Deny" ? [EVERYTHING] : [];
  expect(decide([{ Statement: [{ Effect, ...rest }, ...others] }], REQUEST)).toBe(decision);
});

it.each([
  { Effect: "Allow", NotAction: "*", Resource: "*" },
  { Effect: "Allow", Action: "*", Resource: "*", Condition: { DateGreaterThan: { "aws:CurrentTime": "x" } } },
])("throws on an element that it does not know: %j", (statement) => {
  const policy: unknown = { Statement: [statement] };
  expect(() => decide([policy as { Statement: Statement[] }], REQUEST)).toThrow("is not known here");
});
