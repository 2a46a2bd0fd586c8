/** Constraints of IAM's service model (2010-05-08) that several actions share, and its errors. */
import { AwsError } from "../errors.ts";
import type { TextRule } from "../input.ts";

const nameSays = (field: string) =>
  `The specified value for ${field} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`;

export const roleName: TextRule = { min: 1, max: 64, pattern: "[\\w+=,.@-]+", says: nameSays };
export const policyName: TextRule = { min: 1, max: 128, pattern: "[\\w+=,.@-]+", says: nameSays };
export const path: TextRule = {
  min: 1,
  max: 512,
  pattern: "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
  says: (field) =>
    `The specified value for ${field} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
};
export const policyPath: TextRule = { min: 1, max: 512, pattern: "((/[A-Za-z0-9\\.,\\+@=_\\-]+)*)/" };
export const pathPrefix: TextRule = { min: 1, max: 512, pattern: "\\u002F[\\u0021-\\u007F]*" };
export const document: TextRule = {
  min: 1,
  max: 131_072,
  pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
};
export const roleDescription: TextRule = {
  max: 1000,
  pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
};
export const policyDescription: TextRule = { max: 1000 };
export const arn: TextRule = { min: 20, max: 2048 };
export const policyVersionId: TextRule = { pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9\\-]*)?" };
export const clientId: TextRule = { min: 1, max: 255 };
export const thumbprint: TextRule = { min: 40, max: 40 };
export const maxSessionDuration = { min: 3600, max: 43_200 };

export const defaultSessionDuration = 3600;

export function noSuchEntity(message: string): AwsError {
  return new AwsError("NoSuchEntity", 404, message);
}

export function alreadyExists(message: string): AwsError {
  return new AwsError("EntityAlreadyExists", 409, message);
}

export function limitExceeded(message: string): AwsError {
  return new AwsError("LimitExceeded", 409, message);
}

export function deleteConflict(message: string): AwsError {
  return new AwsError("DeleteConflict", 409, message);
}

export function invalidInput(message: string): AwsError {
  return new AwsError("InvalidInput", 400, message);
}

/** Returns a document's length as IAM counts it against a quota: without white space. */
export function sizeOf(text: string): number {
  return text.replace(/\s+/g, "").length;
}

/** Encodes a document for an answer: URL-encoded as in RFC 3986 (IAM API reference, GetRole). */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
