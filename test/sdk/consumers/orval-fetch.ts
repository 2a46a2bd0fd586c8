/** Through this orval's client sends every request: its own would read the YAML of a workflow as JSON. */
let [base, send]: [string, typeof fetch] = ["", fetch];

/** Says where the client's requests go, and how. */
export function use(baseUrl: string, fetch: typeof globalThis.fetch): void {
  [base, send] = [baseUrl, fetch];
}

export async function orvalFetch<T>(path: string, init: RequestInit): Promise<T> {
  const response = await send(`${base}${path}`, init);
  const text = await response.text();
  const isJson = /json$/.test(response.headers.get("content-type") ?? "");
  const data: unknown = isJson ? JSON.parse(text) : text;
  // orval's mutator is generic by design: of which type an answer is, only the generated function that calls it says.
  return { data, status: response.status, headers: response.headers } as T;
}
