import type { AwsError } from "./errors.ts";
import type { ServiceName } from "./fault.ts";

/** A complete request. */
export type HttpRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /**
   * The scope of the credential, such as `AKID/20261123/eu-central-1/ecr/aws4_request`; undefined for an unsigned
   * request.
   */
  scope: { accessKeyId: string; region: string; service: string } | undefined;
  /** Aborted when the caller hangs up before the answer. */
  hungUp: AbortSignal;
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
  /** Reads the name of the action and its input. */
  read(http: HttpRequest): { action: string; request: Readonly<Record<string, unknown>> };
  /** Performs the action. @throws AwsError, which `renderError` can show */
  perform(
    call: { action: string; request: Readonly<Record<string, unknown>> },
    http: HttpRequest,
  ): Promise<Reply>;
  renderError(error: AwsError): Reply;
};
