import { word } from "../workflow/quote.ts";

/** The API that a page comes from, for the commands on the page. */
export type Api = {
  /** The scheme and the host of its URL. */
  readonly origin: string;
  /** The region in which it is deployed. */
  readonly region: string;
};

type Request = {
  api: Api;
  method: string;
  /** The path below `/v1/`. */
  path: string;
  body?: unknown;
};

/**
 * Shows a request to the API as a command to copy. It signs with the credentials in the environment (docs/operating.md).
 * API Gateway has only HTTPS. An API with HTTP is that of `npm start`, which checks no signature.
 */
export const Command = ({ api: { origin, region }, method, path, body }: Request) => {
  const isSigned = !origin.startsWith("http:");
  const url = urlOf(origin, path);
  const lines = [
    ...(isSigned
      ? [
          `curl -X ${method} --aws-sigv4 "aws:amz:${region}:execute-api"`,
          `  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"`,
          `  ${url}`,
        ]
      : [`curl -X ${method} ${url}`]),
    ...(body === undefined ? [] : [`  -H 'Content-Type: application/json'`, `  -d ${word(written(body))}`]),
  ];
  return (
    <pre class="copy command">
      <code>{lines.join(" \\\n")}</code>
    </pre>
  );
};

/** Returns JSON in one line if it is short. */
function written(body: unknown): string {
  const line = JSON.stringify(body);
  return line.length <= SHORT ? line : JSON.stringify(body, null, 2);
}

/** The most characters of JSON that a command has in one line. */
const SHORT = 80;

/** Returns the URL of a path in the shell. A path may hold names that only AWS accepted, so it may have any character. */
function urlOf(origin: string, path: string): string {
  // The origin is the request's own `Host`, which may have characters that are special in a shell.
  const base = /^https?:\/\/[\w.-]+(?::\d+)?$/.test(origin) ? origin : "$API";
  return /^[\w.~%/-]+$/.test(path) ? `"${base}/v1/${path}"` : `"${base}"${word(`/v1/${path}`)}`;
}
