/** Deploys the template of a member account to the embedded AWS, as CloudFormation would. */
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { clientsOf } from "../local/clients.ts";
import { openLedger } from "./calls.ts";
import type { Policy } from "./iam.ts";
import { type Deployment, filledIn, type Template } from "./template.ts";

/** The trust policy of a member's role. */
export type Trust = {
  Statement: {
    Effect: string;
    Principal: { AWS: string };
    Action: string;
    Condition: Record<string, Record<string, string>>;
  }[];
};

/** Fills in a member's template for an account. */
export function memberOf(template: Template, where: Deployment, parameters: Record<string, string>) {
  const fill = filledIn(template, where, parameters);
  const properties = (id: string): Record<string, unknown> =>
    Object(fill(template.Resources[id]?.Properties ?? {}));
  return {
    boundaryArn: String(fill({ Ref: "PermissionsBoundary" })),
    properties,
    fill,
    /** Returns the policy of a role. */
    policyOf: (id: "Reader" | "Writer"): Policy => Object(properties(id)["Policies"])[0].PolicyDocument,
    trustOf: (id: "Reader" | "Writer"): Trust => Object(properties(id)["AssumeRolePolicyDocument"]),
    arnOf: (id: string): string => String(fill({ "Fn::GetAtt": [id, "Arn"] })),
  };
}

/** Makes the resources of the member's stack. @param hub the account that the stack trusts */
export async function deployMember(template: Template, where: Deployment, hub: string, endpoint: string) {
  const stack = memberOf(template, where, { HubAccount: hub });
  const { iam } = clientsOf(endpoint, where.region, where.account);
  const { Path, PolicyDocument } = stack.properties("PermissionsBoundary");
  await iam.send(
    new CreatePolicyCommand({
      Path: String(Path),
      PolicyName: stack.boundaryArn.split("/").at(-1),
      PolicyDocument: JSON.stringify(PolicyDocument),
    }),
  );
  for (const id of ["Reader", "Writer"] as const) {
    const { RoleName, Path, Tags = [] } = stack.properties(id);
    await iam.send(
      new CreateRoleCommand({
        RoleName: String(RoleName),
        Path: String(Path),
        AssumeRolePolicyDocument: JSON.stringify(stack.trustOf(id)),
      }),
    );
    const named = { RoleName: String(RoleName), PolicyName: id.toLowerCase() };
    await iam.send(
      new PutRolePolicyCommand({ ...named, PolicyDocument: JSON.stringify(stack.policyOf(id)) }),
    );
    if (Array.isArray(Tags) && Tags.length > 0)
      await iam.send(new TagRoleCommand({ RoleName: String(RoleName), Tags }));
  }
  return { ...stack, where, iam, ledger: openLedger(where) };
}
