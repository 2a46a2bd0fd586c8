import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity, Provider } from "@smithy/types";

/**
 * Returns a `fetch` that signs each request for API Gateway (Signature Version 4). It uses the credentials that the
 * AWS CLI would use: environment, profile, SSO, or the role of the machine. Pass it to any client that accepts a
 * `fetch`.
 * @param region the region that Rolecall is deployed in
 */
export function signedFetch(
  region: string,
  credentials: AwsCredentialIdentity | Provider<AwsCredentialIdentity> = defaultProvider(),
): typeof fetch {
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256: Sha256 });
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, redirect, signal } = request;
    const url = new URL(request.url);
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...Object.fromEntries(request.headers), host: url.host },
      body,
    });
    return fetch(url, {
      method,
      headers: signed.headers,
      redirect,
      signal,
      ...(body !== undefined && { body }),
    });
  };
}
