/** Requests to GitHub that stay on one host, and answers of limited length. */

/** The longest answer that is read, in bytes. The longest expected answer is a repository, with about 20 kB. */
const ANSWER_LIMIT = 1_000_000;
const REDIRECTS = 3;

/**
 * Fetches a URL. A GET follows only redirects to the same origin, which GitHub sends after a rename. Another host must
 * receive neither the credentials nor the request.
 * @throws Error if GitHub does not answer, or redirects elsewhere or too often
 */
export async function fetchFromHost(url: string, init: RequestInit): Promise<Response> {
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at, { ...init, redirect: "manual" });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await discard(response);
    const next = new URL(location, at);
    if (init.method !== "GET") throw new Error(`a ${init.method} was redirected`);
    if (next.origin !== at.origin) throw new Error(`redirected to another host: ${next.origin}`);
    if (redirects === REDIRECTS) throw new Error("redirected too often");
    at = next;
  }
}

/**
 * Reads the JSON of a response's body, up to the limit for an answer.
 * @throws Error if the body is longer, ends too early or is not JSON
 */
export async function readJsonBody(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the body and ends the connection.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_LIMIT) throw new Error(`the answer has more than ${ANSWER_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(new TextDecoder().decode(Buffer.concat(chunks)));
}

/** Discards a response with an unread body. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}
