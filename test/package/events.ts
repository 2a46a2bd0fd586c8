import type { APIGatewayProxyEventV2, EventBridgeEvent } from "aws-lambda";

export const CALLER = "arn:aws:sts::123456789012:assumed-role/platform/alice";

export type Sent = { query?: string; body?: unknown; headers?: Record<string, string>; isSigned?: boolean };

/**
 * Returns the event that API Gateway's HTTP API sends for a request (payload 2.0). It has IAM's authorization unless
 * `isSigned` is false, as for an open route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function event(
  method: string,
  path: string,
  { query = "", body, headers = {}, isSigned = true }: Sent = {},
): APIGatewayProxyEventV2 & { requestContext: { authorizer?: unknown } } {
  const host = "abcdef1234.execute-api.eu-central-1.amazonaws.com";
  return {
    version: "2.0",
    routeKey: `${method} /`,
    rawPath: path,
    rawQueryString: query,
    headers: {
      accept: "*/*",
      host,
      "user-agent": "curl/8.5.0",
      "x-amzn-trace-id": "Root=1-674161a0-0c3f7d5e2b8a4c1d9e6f0a1b",
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdef1234",
      domainName: host,
      domainPrefix: "abcdef1234",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.7", userAgent: "curl/8.5.0" },
      requestId: "BcDeFgHiJoEEJ1A=",
      routeKey: `${method} /`,
      stage: "$default",
      time: "23/Nov/2026:06:00:00 +0000",
      timeEpoch: Date.parse("2026-11-23T06:00:00Z"),
      ...(isSigned && {
        authorizer: {
          iam: {
            accessKey: "ASIAIOSFODNN7EXAMPLE",
            accountId: "123456789012",
            callerId: "AROAIDPPEZS35WEXAMPLE:alice",
            cognitoIdentity: null,
            principalOrgId: "o-exampleorgid",
            userArn: CALLER,
            userId: "AROAIDPPEZS35WEXAMPLE:alice",
          },
        },
      }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

/**
 * The event that EventBridge Scheduler sends if a schedule sets no input: `detail` is a string. The packaged schedule
 * sets one.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
 */
export const SCHEDULED_WITHOUT_INPUT: EventBridgeEvent<"Scheduled Event", string> = {
  version: "0",
  id: "0c3f7d5e-2b8a-4c1d-9e6f-0a1b2c3d4e5f",
  "detail-type": "Scheduled Event",
  source: "aws.scheduler",
  account: "123456789012",
  time: "2026-11-23T06:00:00Z",
  region: "eu-central-1",
  resources: ["arn:aws:scheduler:eu-central-1:123456789012:schedule/rolecall-prod-RollCallGroup/roll-call"],
  detail: "{}",
};

/** Returns the event that EventBridge delivers for an entry. */
export function busEvent(entry: Record<string, unknown>): EventBridgeEvent<string, unknown> {
  return {
    version: "0",
    id: "6e2b8a0c-3f7d-4c1d-9e6f-0a1b2c3d4e5f",
    "detail-type": String(entry["DetailType"]),
    source: String(entry["Source"]),
    account: "123456789012",
    time: "2026-11-23T06:00:00Z",
    region: "eu-central-1",
    resources: [],
    detail: JSON.parse(String(entry["Detail"])),
  };
}

/**
 * Returns true if a rule's pattern matches an event. It knows only patterns that list values of the event's own
 * properties.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export const matches = (pattern: Record<string, unknown>, sent: EventBridgeEvent<string, unknown>): boolean =>
  Object.entries(pattern).every(
    ([name, values]) => Array.isArray(values) && values.includes(Reflect.get(sent, name)),
  );
