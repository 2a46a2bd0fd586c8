/** The pages that the console itself shows, in place of answers that a browser cannot show. */
import { page } from "../../src/page/document.tsx";

/** Returns a page with one message. */
export const messagePage = (title: string, detail: string): string =>
  page({
    title,
    place: undefined,
    sections: [],
    root: "/v1/",
    end: <p>Shown by the console on this machine.</p>,
    children: (
      <>
        <h1>{title}</h1>
        <p>{detail}</p>
      </>
    ),
  });

/**
 * Returns a page that names the permission which the caller lacks.
 * @param text API Gateway's answer
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
export function forbiddenPage(apiUrl: string, path: string, text: string): string {
  const statement = JSON.stringify(
    { Effect: "Allow", Action: "execute-api:Invoke", Resource: resourceArn(apiUrl, path) },
    undefined,
    2,
  );
  return page({
    title: "Not allowed",
    place: undefined,
    sections: [],
    root: "/v1/",
    end: <p>Shown by the console on this machine.</p>,
    children: (
      <>
        <h1>Not allowed</h1>
        <p>
          API Gateway refused the request. Your credentials need the permission{" "}
          <code>execute-api:Invoke</code> on this path. Ask the operator of Rolecall for a policy with this
          statement:
        </p>
        <pre tabindex={0}>{statement}</pre>
        <p>
          If you have it, your credentials may have ended. Sign in again, for example with `aws sso login`.
        </p>
        <p>API Gateway says: {messageOf(text)}</p>
      </>
    ),
  });
}

const API_HOST = /^([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** Returns the region in an API's URL; undefined if the API has a domain of its own. */
export const regionOf = (apiUrl: string): string | undefined => API_HOST.exec(new URL(apiUrl).hostname)?.[2];

/** Returns the ARN that a permission for a path names, with placeholders for the parts that the URL does not tell. */
function resourceArn(apiUrl: string, path: string): string {
  const [, api = "API_ID", region = "REGION"] = API_HOST.exec(new URL(apiUrl).hostname) ?? [];
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return `arn:${partition}:execute-api:${region}:ACCOUNT_ID:${api}/*/GET${path}`;
}

const messageOf = (text: string): string => {
  const { message, Message } = parsed(text);
  return String(message ?? Message ?? text).slice(0, 1_000);
};

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
