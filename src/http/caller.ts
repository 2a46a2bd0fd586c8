/** Reads the caller of a request. */

/** ARNs of users, roots, assumed roles and federated users. */
const CALLER_ARN = /^arn:[a-z-]+:(?:iam|sts)::\d{12}:[\w+=,.@:/-]{1,1024}$/;

/**
 * Returns the ARN of the identity that API Gateway's IAM authorization has accepted. Returns undefined if the event
 * has none, because the route has no such authorization or something else triggered the function.
 * @param event an HTTP API's event, payload 2.0
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function callerArn(event: unknown): string | undefined {
  const { requestContext } = Object(event);
  const { authorizer } = Object(requestContext);
  const { iam } = Object(authorizer);
  const { userArn } = Object(iam);
  return typeof userArn === "string" && CALLER_ARN.test(userArn) ? userArn : undefined;
}
