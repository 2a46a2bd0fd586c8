import { expect, test } from "vitest";
import { connect } from "../../src/aws/clients.ts";

const place = { account: "123456789012", partition: "aws", region: "eu-central-1" };

test("a client serializes and reads each call once, by its own configuration", () => {
  const clients = connect(place, Date.now);
  for (const client of [clients.dynamodb, clients.iam, clients.ecr("eu-west-1")]) {
    const steps = client.middlewareStack.identify().map((step) => step.split(" ")[0]);
    expect(steps.filter((step) => /serializer/i.test(step ?? ""))).toEqual([
      "serializerMiddleware",
      "deserializerMiddleware",
    ]);
  }
});
