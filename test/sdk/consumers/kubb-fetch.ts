/** Sends every request of Kubb's client. Kubb's own function takes no other `fetch`, and throws at no status. */
let [base, send]: [string, typeof fetch] = ["", fetch];

/** Sets the address and the `fetch` of the client's requests. */
export function use(baseUrl: string, fetch: typeof globalThis.fetch): void {
  [base, send] = [baseUrl, fetch];
}

export type RequestConfig<TData = unknown> = {
  method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE" | "OPTIONS" | "HEAD";
  url: string;
  params?: object;
  data?: TData;
  headers?: Record<string, string | undefined>;
};
export type ResponseConfig<TData> = { data: TData; status: number; headers: Headers };
export type ResponseErrorConfig<TError> = TError;
export type Client = <TData, _TError = unknown, TRequest = unknown>(
  config: RequestConfig<TRequest>,
) => Promise<ResponseConfig<TData>>;

/** An answer of 400 or above. Kubb's generated functions read a success alone. */
export class Refused extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`status ${status}`);
    [this.status, this.body] = [status, body];
  }
}

const client: Client = async <TData>({
  method,
  url,
  params = {},
  data,
  headers = {},
}: RequestConfig<unknown>) => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.set(name, String(value));
  const response = await send(`${base}${url}${query.size > 0 ? `?${query}` : ""}`, {
    method,
    headers: [
      ...Object.entries(headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, value]],
      ),
      ...(data === undefined ? [] : [["content-type", "application/json"] satisfies [string, string]]),
    ],
    ...(data !== undefined && { body: JSON.stringify(data) }),
  });
  const text = await response.text();
  const isJson = /json$/.test(response.headers.get("content-type") ?? "");
  const body: unknown = isJson ? JSON.parse(text) : text;
  if (!response.ok) throw new Refused(response.status, body);
  // The cast is Kubb's design: the generated function checks the answer with its validator.
  return { data: body as TData, status: response.status, headers: response.headers };
};
export default client;
