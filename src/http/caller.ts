/** As whom a request comes in. */

/** ARNs of users, roots, assumed roles and federated users. */
const CALLER_ARN = /^arn:[a-z-]+:(?:iam|sts)::\d{12}:[\w+=,.@:/-]{1,1024}$/;

/**
 * The ARN of the identity that API Gateway's IAM authorization has let through; undefined where the event carries none:
 * a route without that authorization, or something else that has triggered the function.
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
