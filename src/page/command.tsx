import { word } from "../workflow/quote.ts";

type Request = {
  method: string;
  /** The path below `/v1/`. */
  path: string;
  region: string;
  body?: unknown;
};

/** A request to the API as a command to copy. It signs with the credentials in the environment (docs/operating.md). */
export const SignedRequest = ({ method, path, region, body }: Request) => (
  <pre class="copy">
    <code>
      {[
        `curl -X ${method} --aws-sigv4 "aws:amz:${region}:execute-api"`,
        `  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN"`,
        `  ${urlOf(path)}`,
        ...(body === undefined
          ? []
          : [`  -H 'Content-Type: application/json'`, `  -d ${word(JSON.stringify(body, null, 2))}`]),
      ].join(" \\\n")}
    </code>
  </pre>
);

/** Returns the URL of a path in the shell. A path may hold names that only AWS accepted, so it may have any character. */
const urlOf = (path: string): string =>
  /^[\w.~%/-]+$/.test(path) ? `"$API/v1/${path}"` : `"$API"${word(`/v1/${path}`)}`;
