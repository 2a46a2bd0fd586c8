import type { AwsError } from "./errors.ts";
import type { ServiceName } from "./fault.ts";

/** A request that came in whole. */
export type HttpRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** From the credential's scope: `AKID/20261123/eu-central-1/ecr/aws4_request`. */
  scope: { accessKeyId: string; region: string; service: string } | undefined;
};

export type Reply = {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  errorCode?: string;
};

/** A service as the HTTP server sees it. */
export type Endpoint = {
  readonly service: ServiceName;
  /** Which action is asked for, with what. */
  read(http: HttpRequest): { action: string; request: Readonly<Record<string, unknown>> };
  /** Throws an AwsError that `renderError` can show. */
  perform(
    call: { action: string; request: Readonly<Record<string, unknown>> },
    http: HttpRequest,
  ): Promise<Reply>;
  renderError(error: AwsError): Reply;
};
