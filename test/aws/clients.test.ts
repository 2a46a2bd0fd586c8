import { expect, test } from "vitest";
import { connect } from "../../src/aws/clients.ts";

const place = { account: "123456789012", partition: "aws", region: "eu-central-1" };

test("a client has one serializer and one deserializer, and its configuration has no accessor", () => {
  const clients = connect(place, Date.now);
  for (const client of [clients.dynamodb, clients.iam, clients.ecr("eu-west-1")]) {
    const steps = client.middlewareStack.identify().map((step) => step.split(" ")[0]);
    expect(steps.filter((step) => /serializer/i.test(step ?? ""))).toEqual([
      "serializerMiddleware",
      "deserializerMiddleware",
    ]);
    const properties = Object.values(Object.getOwnPropertyDescriptors(client.config));
    expect(properties.filter(({ get }) => get !== undefined)).toEqual([]);
  }
});
