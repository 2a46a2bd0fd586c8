/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session */
import { AwsError } from "../errors.ts";
import { checkDocument } from "../iam/documents.ts";
import type { Iam } from "../iam/state.ts";
import { surroundings } from "../iam/trust.ts";
import type { Input } from "../input.ts";
import { arn } from "./rules.ts";

type SessionPolicies = { inline: string | undefined; managed: readonly string[] };

/** The maximum number of characters of all session policies together. */
const longest = 2048;

export const readSessionPolicies = (input: Input): SessionPolicies => ({
  inline: input.optionalText("Policy", {
    min: 1,
    max: longest,
    pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
  }),
  managed: input.optionalStructures("PolicyArns", { max: 10 }, (each) => each.text("arn", arn)) ?? [],
});

/**
 * Returns the packed size in percent; undefined without a policy. AWS does not document its packing. The emulator
 * counts the plain text, so AWS may refuse a policy that passes here.
 */
export function checkSessionPolicies(iam: Iam, { inline, managed }: SessionPolicies): number | undefined {
  if (inline === undefined && managed.length === 0) return undefined;
  if (inline !== undefined) checkDocument(inline, "identity", surroundings(iam));
  const length = [inline ?? "", ...managed].join("").length;
  const percent = Math.ceil((100 * length) / longest);
  if (percent > 100)
    throw new AwsError("PackedPolicyTooLarge", 400, `Packed policy consumes ${percent}% of allotted space`);
  return percent;
}
