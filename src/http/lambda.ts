/** Reads a request's origin from the event of API Gateway (HTTP API, payload 2.0) that a Lambda function got. */
import type { APIGatewayProxyEventV2, Context as LambdaContext } from "aws-lambda";
import type { Context } from "hono";
import type { Origin } from "./open-app.ts";

/** The part of the function's time that is reserved for writing the response (milliseconds). */
const ANSWER_MS = 1_000;

type Bindings = { event: APIGatewayProxyEventV2; lambdaContext: LambdaContext };

/** Returns the origin of a request. @param callerOf returns the ARN that API Gateway has put into the event */
export function lambdaOrigin(
  c: Context,
  callerOf: (event: APIGatewayProxyEventV2) => string | undefined,
): Origin {
  const { event, lambdaContext }: Bindings = c.env;
  return {
    // An event from another trigger may have no path and no request context.
    rawPath: event.rawPath ?? "",
    // API Gateway passes a decoded path.
    isEncoded: false,
    requestId: event.requestContext?.requestId ?? lambdaContext.awsRequestId,
    deadline: Date.now() + lambdaContext.getRemainingTimeInMillis() - ANSWER_MS,
    caller: callerOf(event),
  };
}
