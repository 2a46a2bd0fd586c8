/**
 * Prepares a member account on an emulator: makes the resources of the member template there, as CloudFormation would.
 * On the embedded AWS the access key `210987654321` belongs to that account. Other emulators switch accounts when a role
 * of the account is assumed.
 */
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { memberTemplate } from "../deploy/member.ts";
import type { Settings } from "../deploy/policies.ts";
import { changePolicy } from "./prepare.ts";

export type MemberOptions = {
  readonly hubAccount: string;
  readonly organization?: string;
  /** The name of the boundary. Each stack makes one of its own, with a name that CloudFormation makes. */
  readonly boundaryName?: string;
};

type Place = { readonly region: string; readonly partition: string };

/** Makes or updates the reader, the writer and the boundary in a member account. */
export async function prepareMember(
  settings: Settings,
  path: string,
  account: string,
  { region, partition }: Place,
  { hubAccount, organization = "", boundaryName = "rolecall-member-boundary" }: MemberOptions,
): Promise<void> {
  const credentials = await credentialsFor(account, region, partition);
  const iam = new IAMClient({ region, credentials });
  const boundary = `arn:${partition}:iam::${account}:policy${path}${boundaryName}`;
  const values: Readonly<Record<string, string>> = {
    "AWS::AccountId": account,
    "AWS::Partition": partition,
    "AWS::Region": region,
    HubAccount: hubAccount,
    OrganizationId: organization,
    PermissionsBoundary: boundary,
  };
  const { Resources } = memberTemplate(settings, path);
  const resolved = (value: unknown): unknown => resolve(value, values);
  const text = (value: unknown): string => JSON.stringify(resolved(value));
  const { Path, PolicyDocument } = Resources.PermissionsBoundary.Properties;
  const isBounded = await unlessThere(
    iam.send(
      new CreatePolicyCommand({ PolicyName: boundaryName, Path, PolicyDocument: text(PolicyDocument) }),
    ),
  );
  if (isBounded) await changePolicy(iam, boundary, text(PolicyDocument));
  for (const { Properties } of [Resources.Reader, Resources.Writer]) {
    const { RoleName, Description, AssumeRolePolicyDocument, Policies } = Properties;
    const PolicyDocument = text(AssumeRolePolicyDocument);
    const isThere = await unlessThere(
      iam.send(
        new CreateRoleCommand({
          RoleName,
          Path: Properties.Path,
          Description,
          AssumeRolePolicyDocument: PolicyDocument,
        }),
      ),
    );
    if (isThere) await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    for (const { PolicyName, PolicyDocument: document } of Policies)
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: text(document) }));
    const tags = resolved(Properties.Tags ?? []);
    const Tags = Array.isArray(tags)
      ? tags.map((tag) => ({ Key: String(Object(tag).Key), Value: String(Object(tag).Value) }))
      : [];
    if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }));
  }
  iam.destroy();
}

/** Returns credentials of a member account's owner. */
async function credentialsFor(account: string, region: string, partition: string) {
  const sts = new STSClient({ region });
  try {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: `arn:${partition}:iam::${account}:role/OrganizationAccountAccessRole`,
        RoleSessionName: "prepare",
      }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken ?? "",
    };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AccessDenied") throw error;
    return { accessKeyId: account, secretAccessKey: "local" };
  } finally {
    sts.destroy();
  }
}

/** Waits for a creation. Returns true if the entity existed before. */
async function unlessThere(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation;
    return false;
  } catch (error) {
    if (error instanceof EntityAlreadyExistsException) return true;
    throw error;
  }
}

/** Resolves the functions of CloudFormation that the member template uses. */
function resolve(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, values));
  if (typeof value === "string" || typeof value !== "object" || value === null) return value;
  const { Ref: name, "Fn::Sub": text, "Fn::If": choice } = Object(value);
  if (typeof name === "string") return values[name];
  if (typeof text === "string") return text.replace(/\$\{([\w:]+)\}/g, (_, of: string) => values[of] ?? "");
  if (Array.isArray(choice)) return resolve(choice[values["OrganizationId"] === "" ? 2 : 1], values);
  const entries = Object.entries(value).map(([key, one]) => [key, resolve(one, values)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}
