/** The account from which every case of a refusal starts, and the calls that many cases make. */
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { account, identity, issuer, type Running, refused, start, trust } from "./clients.ts";

export const policyArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;
export const tagged = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: "v" }));

/** Starts an AWS for this test file and sets its account up. */
export function startAccount(): Pick<Running, "iam" | "ecr"> {
  let aws: Running;
  beforeAll(async () => {
    aws = await start();
    const { iam: client } = aws;
    await client.send(
      new iam.CreatePolicyCommand({ PolicyName: "boundary", PolicyDocument: identity("ecr:*") }),
    );
    await client.send(
      new iam.CreatePolicyCommand({ PolicyName: "versions", PolicyDocument: identity("ecr:*") }),
    );
    for (let version = 2; version <= 5; version += 1)
      await client.send(
        new iam.CreatePolicyVersionCommand({
          PolicyArn: policyArn("versions"),
          PolicyDocument: identity("s3:*"),
        }),
      );
    await client.send(
      new iam.CreateRoleCommand({
        RoleName: "Role",
        Path: "/one/",
        AssumeRolePolicyDocument: trust(),
        PermissionsBoundary: policyArn("boundary"),
        Tags: tagged(50),
      }),
    );
    await client.send(new iam.CreateRoleCommand({ RoleName: "bare", AssumeRolePolicyDocument: trust() }));
    await client.send(new iam.CreateRoleCommand({ RoleName: "inline", AssumeRolePolicyDocument: trust() }));
    await client.send(
      new iam.PutRolePolicyCommand({
        RoleName: "inline",
        PolicyName: "p",
        PolicyDocument: identity("ecr:*"),
      }),
    );
    await client.send(new iam.CreateRoleCommand({ RoleName: "attached", AssumeRolePolicyDocument: trust() }));
    await client.send(
      new iam.AttachRolePolicyCommand({
        RoleName: "attached",
        PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
      }),
    );
    await client.send(new iam.CreateRoleCommand({ RoleName: "profiled", AssumeRolePolicyDocument: trust() }));
    await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: "box" }));
    await client.send(
      new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: "box", RoleName: "profiled" }),
    );
    await client.send(new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: "ecr.amazonaws.com" }));
    await client.send(
      new iam.CreateOpenIDConnectProviderCommand({
        Url: `https://${issuer}`,
        ClientIDList: Array.from({ length: 100 }, (_, index) => `client-${index}`),
      }),
    );
    await aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "acme/api", tags: tagged(50) }));
  });
  afterAll(() => aws.close());
  return {
    get iam() {
      return aws.iam;
    },
    get ecr() {
      return aws.ecr;
    },
  };
}

export type Case = [
  what: string,
  call: () => Promise<unknown>,
  name: string,
  status: number,
  message: string | RegExp,
];

export function walk(cases: readonly Case[]): void {
  test.each(cases)("refuses %s", async (_, call, name, status, message) => {
    const refusal = await refused(call());
    expect(refusal).toMatchObject({ name, status });
    if (typeof message === "string") expect(refusal.message).toBe(message);
    else expect(refusal.message).toMatch(message);
  });
}

/** Returns the calls that cases of several files make. */
export function callsOf(aws: Pick<Running, "iam">) {
  const createRole = (input: Partial<iam.CreateRoleCommandInput>) => () =>
    aws.iam.send(new iam.CreateRoleCommand({ RoleName: "new", AssumeRolePolicyDocument: trust(), ...input }));
  const putPolicy = (input: Partial<iam.PutRolePolicyCommandInput>) => () =>
    aws.iam.send(
      new iam.PutRolePolicyCommand({
        RoleName: "bare",
        PolicyName: "p",
        PolicyDocument: identity("ecr:*"),
        ...input,
      }),
    );
  const tagRole =
    (Tags: iam.Tag[], RoleName = "bare") =>
    () =>
      aws.iam.send(new iam.TagRoleCommand({ RoleName, Tags }));
  const deleteRole = (RoleName: string) => () => aws.iam.send(new iam.DeleteRoleCommand({ RoleName }));
  const createProvider = (Url: string) => () =>
    aws.iam.send(new iam.CreateOpenIDConnectProviderCommand({ Url }));
  const getProvider = (OpenIDConnectProviderArn: string) => () =>
    aws.iam.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));

  return { createRole, putPolicy, tagRole, deleteRole, createProvider, getProvider };
}

export const long = (length: number) => "x".repeat(length);
export const subs = (length: number) => [`repo:acme/api:environment:${long(length)}`];
export const linked = "AWSServiceRoleForEcr";
