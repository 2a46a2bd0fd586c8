/** The constraints and errors of ECR's service model (2015-09-21). */
import { AwsError } from "../errors.ts";
import type { Input, Problem, TextRule } from "../input.ts";

export const repositoryName: TextRule = {
  min: 2,
  max: 256,
  pattern: "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*",
};
export const registryId: TextRule = { pattern: "[0-9]{12}" };

export function invalidParameter(at: string, constraint: string): AwsError {
  return new AwsError(
    "InvalidParameterException",
    400,
    `Invalid parameter at '${at}' failed to satisfy constraint: '${constraint}'`,
  );
}

export function ecrError(code: string, message: string): AwsError {
  return new AwsError(code, 400, message);
}

/** Returns ECR's error for faulty input. ECR reports one fault at a time, and faults of type before faults of value. */
export function refuse(problems: readonly Problem[]): AwsError {
  const mistyped = problems.find(({ constraint }) => /^Member must be an? /.test(constraint));
  if (mistyped !== undefined)
    return ecrError("SerializationException", `${mistyped.at}: ${mistyped.constraint}`);
  const [first] = problems;
  return invalidParameter(
    first?.at ?? "",
    (first?.constraint ?? "").replace(/^Member m/, "m").replace(/ pattern: (.*)$/, " '$1'"),
  );
}

export const readRepositoryName = (input: Input) => input.text("repositoryName", repositoryName);
