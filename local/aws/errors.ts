/**
 * An error that AWS itself would answer, with the code and the HTTP status of the service's model. Each protocol
 * renders it in its own way (wire/query.ts, wire/json.ts).
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
  }
}
