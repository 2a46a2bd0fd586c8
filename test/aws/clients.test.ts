import { createServer } from "node:http";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DescribeRegistryCommand } from "@aws-sdk/client-ecr";
import { ListEventBusesCommand } from "@aws-sdk/client-eventbridge";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { ListSecretsCommand } from "@aws-sdk/client-secrets-manager";
import { afterEach, expect, test, vi } from "vitest";
import { connect } from "../../src/aws/clients.ts";

afterEach(() => vi.unstubAllEnvs());

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

test("every call has Rolecall's user agent, and none of the SDK's", async () => {
  const agents: unknown[] = [];
  const server = createServer((request, response) => {
    const { "user-agent": agent, "x-amz-user-agent": sdk } = request.headers;
    agents.push([agent, sdk]);
    response.writeHead(400).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "local");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "local");
  try {
    const { dynamodb, events, iam, ecr, secrets, callerArn } = connect(place, Date.now);
    const answers = await Promise.allSettled([
      dynamodb.send(new ListTablesCommand({})),
      events.send(new ListEventBusesCommand({})),
      iam.send(new ListRolesCommand({})),
      ecr("eu-west-1").send(new DescribeRegistryCommand({})),
      secrets().send(new ListSecretsCommand({})),
      callerArn(),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => "rejected"));
    expect(agents).toEqual(answers.map(() => ["rolecall", undefined]));
  } finally {
    server.close();
  }
});
