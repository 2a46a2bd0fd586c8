/** A request to the API as a command to copy. It signs with the credentials in the environment (docs/operating.md). */
export const SignedRequest = ({ method, path, region }: { method: string; path: string; region: string }) => (
  <pre class="copy">
    <code>
      {`curl -X ${method} --aws-sigv4 "aws:amz:${region}:execute-api" \\\n  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "x-amz-security-token: $AWS_SESSION_TOKEN" \\\n  "$API/v1/${path}"`}
    </code>
  </pre>
);
