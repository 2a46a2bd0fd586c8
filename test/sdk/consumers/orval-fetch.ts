/** Sends every request of orval's client. Orval's own function would read the YAML of a workflow as JSON. */
let [base, send]: [string, typeof fetch] = ["", fetch];

/** Sets the address and the `fetch` of the client's requests. */
export function use(baseUrl: string, fetch: typeof globalThis.fetch): void {
  [base, send] = [baseUrl, fetch];
}

export async function orvalFetch<T>(path: string, init: RequestInit): Promise<T> {
  const response = await send(`${base}${path}`, init);
  const text = await response.text();
  const isJson = /json$/.test(response.headers.get("content-type") ?? "");
  const data: unknown = isJson ? JSON.parse(text) : text;
  // The cast is orval's design: only the generated function that calls this one knows the type of its answer.
  return { data, status: response.status, headers: response.headers } as T;
}
