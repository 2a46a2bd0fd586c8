/** Parses and validates the input of a request once. Parameters and bodies that it returns have the contract's form. */
import type { Context } from "hono";
import * as parameters from "../generated/parameters.js";
import { type Failure, failed, invalid } from "../lib/errors.ts";
import { repeatedKeys } from "../lib/json.ts";
import { pointerToken } from "../lib/pointer.ts";
import { faultsOf, isOf, type Schema } from "../lib/schema.ts";
import type { Precondition } from "../registration/precondition.ts";
import { readTags } from "../registration/precondition.ts";

/** The longest body, in bytes. */
const BODY_LIMIT = 65_536;
const HEADER_LIMIT = 1_024;
/** The largest number of faults that a response names. */
const FAULTS = 100;

/** Reads the parameters of path and query. A parameter that is given twice or that the contract lacks is a fault. */
export function readParameters<T>(c: Context, schema: Schema<T>): T | Failure {
  const path = c.req.param();
  const query = Object.entries(c.req.queries());
  const repeated = query.filter(([name, values]) => values.length > 1 || Object.hasOwn(path, name));
  if (repeated.length > 0) {
    return invalid(
      ...repeated.map(([name]) => ({
        pointer: `/${pointerToken(name)}`,
        detail: "The parameter is given twice.",
      })),
    );
  }
  const read = query.map(([name, [text = ""]]) => [name, readText(text, parameters.readAs[name])]);
  return validated(schema, { ...Object.fromEntries(read), ...path });
}

/** Converts a query parameter to the contract's type. Returns other text unchanged, and validation then refuses it. */
function readText(text: string, as: "integer" | "boolean" | undefined): string | number | boolean {
  if (as === "integer" && /^(0|[1-9]\d{0,9})$/.test(text)) return Number(text);
  if (as === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** Reads a body of the contract's form; undefined if there is none. */
export async function readBody<T>(c: Context, schema: Schema<T>): Promise<T | undefined | Failure> {
  const tooLarge: Failure = { failure: "body-too-large", limit: BODY_LIMIT };
  if (Number(c.req.header("content-length") ?? 0) > BODY_LIMIT) return tooLarge;
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  if (bytes.length > BODY_LIMIT) return tooLarge;
  if (bytes.length === 0) return undefined;
  const contentType = c.req.header("content-type") ?? "no content type";
  if (!/^application\/json\s*(;|$)/i.test(contentType))
    return { failure: "unsupported-media-type", contentType };
  let text: string;
  let body: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    body = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? `: ${error.message}` : "";
    return {
      failure: "body-not-json",
      detail: `The body cannot be read as JSON${reason}. Correct it and send it as UTF-8.`,
    };
  }
  const repeated = repeatedKeys(text);
  if (repeated === "too-deep") {
    // The contract has no body that deep, so prefer the faults that its schema finds.
    const read = validated(schema, body);
    return failed(read)
      ? read
      : {
          failure: "body-not-json",
          detail: "The body is nested too deeply. Send one of the contract's form.",
        };
  }
  if (repeated.length > 0) return { failure: "duplicate-key", pointers: repeated.slice(0, FAULTS) };
  return validated(schema, body);
}

/** Reads the headers `If-Match` and `If-None-Match`. */
export function readPrecondition(c: Context): Precondition | Failure {
  const tooLong = ["If-Match", "If-None-Match"].filter(
    (name) => (c.req.header(name)?.length ?? 0) > HEADER_LIMIT,
  );
  if (tooLong.length > 0) {
    const detail = `The header is longer than ${HEADER_LIMIT} characters.`;
    return invalid(...tooLong.map((name) => ({ pointer: `/${name}`, detail })));
  }
  const [ifMatch, ifNoneMatch] = [
    readTags(c.req.header("if-match")),
    readTags(c.req.header("if-none-match")),
  ];
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

function validated<T>(schema: Schema<T>, value: unknown): T | Failure {
  if (isOf(schema, value)) return value;
  return invalid(...faultsOf(schema, value, "", FAULTS).slice(0, FAULTS));
}
