/** Requests to GitHub that stay with the host that was asked, and answers that end. */

/** The longest answer that is read, in bytes. Of what is read the longest is a repository, with about 20 kB. */
const ANSWER_LIMIT = 1_000_000;
const REDIRECTS = 3;

/**
 * Fetches a URL. A GET follows redirects to the same origin, which GitHub answers after a rename, and no others: neither
 * the credentials nor the question are for another host.
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
 * The JSON of a response's body, of which no more is read than an answer may have.
 * @throws Error if the body is longer, ends too early or is not JSON
 */
export async function readJsonBody(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Whoever leaves the loop cancels the body, and the connection ends.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_LIMIT) throw new Error(`the answer has more than ${ANSWER_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(new TextDecoder().decode(Buffer.concat(chunks)));
}

/** Ends a response whose body nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}
