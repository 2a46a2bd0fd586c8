/** The life of one account, in which every action is called at least once. The SDK reads every answer. */
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ecrActions } from "../../local/aws/ecr/service.ts";
import { iamActions } from "../../local/aws/iam/service.ts";
import { stsActions } from "../../local/aws/sts/service.ts";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "../../local/github/server.ts";
import { account, identity, issuer, provider, type Running, start, trust } from "./clients.ts";

const now = Date.parse("2026-11-23T10:00:00Z");
const at = new Date(now);
let aws: Running;
let github: EmbeddedGitHub;

beforeAll(async () => {
  github = await startEmbeddedGitHub({ owners: ["acme"], now: () => now });
  aws = await start({ now: () => now, githubKeys: github.keys });
});
afterAll(async () => {
  await aws.close();
  await github.close();
});

const roleId = expect.stringMatching(/^AROA[A-Z0-9]{17}$/);
const boundary = `arn:aws:iam::${account}:policy/rolecall/boundary`;
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const document = identity("ecr:PutImage");
const encoded = encodeURIComponent(document).replaceAll("*", "%2A");
const RoleName = "acme.api.publish";
const Arn = `arn:aws:iam::${account}:role/rolecall/${RoleName}`;
const base = {
  RoleName,
  Arn,
  Path: "/rolecall/",
  RoleId: roleId,
  CreateDate: at,
  AssumeRolePolicyDocument: encodeURIComponent(trust()),
};
const tags = [{ Key: "rolecall:intent", Value: "1" }];

test("OIDC providers are created, changed, tagged, listed and deleted", async () => {
  const send = aws.iam.send.bind(aws.iam);
  const created = await send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: `https://${issuer}`,
      ClientIDList: ["sts.amazonaws.com"],
      Tags: tags,
    }),
  );
  expect(created).toMatchObject({ OpenIDConnectProviderArn: provider, Tags: tags });
  const OpenIDConnectProviderArn = provider;
  await send(
    new iam.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "other" }),
  );
  await send(
    new iam.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "other" }),
  );
  expect(await send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
    Url: issuer,
    ClientIDList: ["sts.amazonaws.com", "other"],
    ThumbprintList: [expect.stringMatching(/^[0-9a-f]{40}$/)],
    CreateDate: at,
    Tags: tags,
  });
  await send(
    new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "other" }),
  );
  await send(
    new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "other" }),
  );
  const ThumbprintList = ["f".repeat(40)];
  await send(
    new iam.UpdateOpenIDConnectProviderThumbprintCommand({ OpenIDConnectProviderArn, ThumbprintList }),
  );
  await send(
    new iam.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags: [{ Key: "a", Value: "" }] }),
  );
  await send(
    new iam.UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ["rolecall:intent"] }),
  );
  expect(
    await send(new iam.ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn })),
  ).toMatchObject({
    Tags: [{ Key: "a", Value: "" }],
    IsTruncated: false,
  });
  expect(await send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
    ClientIDList: ["sts.amazonaws.com"],
    ThumbprintList,
  });
  expect(await send(new iam.ListOpenIDConnectProvidersCommand({}))).toMatchObject({
    OpenIDConnectProviderList: [{ Arn: provider }],
  });
  await send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  await send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  expect(await send(new iam.ListOpenIDConnectProvidersCommand({}))).toMatchObject({
    OpenIDConnectProviderList: [],
  });
});

test("managed policies and their versions are created, changed, listed and deleted", async () => {
  const send = aws.iam.send.bind(aws.iam);
  const shown = {
    PolicyName: "boundary",
    PolicyId: expect.stringMatching(/^ANPA[A-Z0-9]{17}$/),
    Arn: boundary,
    Path: "/rolecall/",
    DefaultVersionId: "v1",
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: at,
    UpdateDate: at,
  };
  const created = await send(
    new iam.CreatePolicyCommand({
      PolicyName: "boundary",
      Path: "/rolecall/",
      PolicyDocument: document,
      Description: 'of <all> & "every" role',
    }),
  );
  expect(created.Policy).toEqual(shown);
  expect((await send(new iam.GetPolicyCommand({ PolicyArn: boundary }))).Policy).toEqual({
    ...shown,
    Description: 'of <all> & "every" role',
  });
  const v2 = { VersionId: "v2", IsDefaultVersion: false, CreateDate: at };
  const PolicyDocument = identity("ecr:*");
  const version = await send(new iam.CreatePolicyVersionCommand({ PolicyArn: boundary, PolicyDocument }));
  expect(version.PolicyVersion).toEqual(v2);
  await send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn: boundary, VersionId: "v2" }));
  await send(new iam.DeletePolicyVersionCommand({ PolicyArn: boundary, VersionId: "v1" }));
  expect((await send(new iam.ListPolicyVersionsCommand({ PolicyArn: boundary }))).Versions).toEqual([
    { ...v2, IsDefaultVersion: true },
  ]);
  const read = await send(new iam.GetPolicyVersionCommand({ PolicyArn: boundary, VersionId: "v2" }));
  expect(decodeURIComponent(read.PolicyVersion?.Document ?? "")).toBe(PolicyDocument);
  expect((await send(new iam.ListPoliciesCommand({ Scope: "Local" }))).Policies).toEqual([
    { ...shown, DefaultVersionId: "v2" },
  ]);
  expect((await send(new iam.GetPolicyCommand({ PolicyArn: readOnly }))).Policy).toMatchObject({
    PolicyName: "ReadOnlyAccess",
    Arn: readOnly,
  });
  await send(new iam.CreatePolicyCommand({ PolicyName: "gone", PolicyDocument: document }));
  await send(new iam.DeletePolicyCommand({ PolicyArn: `arn:aws:iam::${account}:policy/gone` }));
});

test("roles are created, changed and listed", async () => {
  const send = aws.iam.send.bind(aws.iam);
  const created = await send(
    new iam.CreateRoleCommand({
      RoleName,
      Path: "/rolecall/",
      AssumeRolePolicyDocument: trust(),
      Description: "publishes",
      MaxSessionDuration: 7200,
      PermissionsBoundary: boundary,
      Tags: tags,
    }),
  );
  const PermissionsBoundary = { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundary };
  expect(created.Role).toEqual({ ...base, PermissionsBoundary, Tags: tags });
  expect((await send(new iam.GetRoleCommand({ RoleName }))).Role).toEqual({
    ...base,
    Description: "publishes",
    MaxSessionDuration: 7200,
    PermissionsBoundary,
    Tags: tags,
    RoleLastUsed: {},
  });
  await send(new iam.UpdateRoleCommand({ RoleName, Description: "", MaxSessionDuration: 3600 }));
  expect((await send(new iam.GetRoleCommand({ RoleName }))).Role).toMatchObject({
    Description: "",
    MaxSessionDuration: 3600,
  });
  const described = await send(new iam.UpdateRoleDescriptionCommand({ RoleName, Description: "again" }));
  expect(described.Role).toEqual({ ...base, Description: "again", MaxSessionDuration: 3600 });
  expect((await send(new iam.ListRolesCommand({ PathPrefix: "/rolecall/" }))).Roles).toEqual([
    { ...base, Description: "again", MaxSessionDuration: 3600 },
  ]);

  const other = trust("repo:acme/api:environment:prod");
  await send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: other }));
  expect((await send(new iam.GetRoleCommand({ RoleName }))).Role?.AssumeRolePolicyDocument).toBe(
    encodeURIComponent(other),
  );

  await send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName }));
  expect((await send(new iam.GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toBeUndefined();
  await send(new iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }));
  expect((await send(new iam.GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toEqual(
    PermissionsBoundary,
  );
});

test("a role's tags whose keys differ only in case are one tag", async () => {
  const send = aws.iam.send.bind(aws.iam);
  await send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: "Team", Value: "a" }] }));
  await send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: "team", Value: "b + c" }] }));
  expect((await send(new iam.ListRoleTagsCommand({ RoleName }))).Tags).toEqual([
    { Key: "rolecall:intent", Value: "1" },
    { Key: "team", Value: "b + c" },
  ]);
  await send(new iam.UntagRoleCommand({ RoleName, TagKeys: ["TEAM", "never"] }));
  expect((await send(new iam.ListRoleTagsCommand({ RoleName }))).Tags).toEqual(tags);
});

test("a role's inline policies are replaced, and attaching a policy twice attaches it once", async () => {
  const send = aws.iam.send.bind(aws.iam);
  await send(
    new iam.PutRolePolicyCommand({ RoleName, PolicyName: "ecr", PolicyDocument: identity("ecr:*") }),
  );
  await send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: "ecr", PolicyDocument: document }));
  expect(await send(new iam.GetRolePolicyCommand({ RoleName, PolicyName: "ecr" }))).toMatchObject({
    RoleName,
    PolicyName: "ecr",
    PolicyDocument: encoded,
  });
  expect(await send(new iam.ListRolePoliciesCommand({ RoleName }))).toMatchObject({
    PolicyNames: ["ecr"],
    IsTruncated: false,
  });
  await send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  await send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  expect((await send(new iam.ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
    { PolicyName: "ReadOnlyAccess", PolicyArn: readOnly },
  ]);
});

test("the account's details and summary contain its roles and policies", async () => {
  const send = aws.iam.send.bind(aws.iam);
  await send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: "box", Path: "/rolecall/" }));
  await send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: "box", RoleName }));
  const { InstanceProfile } = await send(new iam.GetInstanceProfileCommand({ InstanceProfileName: "box" }));
  expect(InstanceProfile).toMatchObject({
    InstanceProfileId: expect.stringMatching(/^AIPA[A-Z0-9]{17}$/),
    Arn: `arn:aws:iam::${account}:instance-profile/rolecall/box`,
    Roles: [{ RoleName }],
  });
  expect((await send(new iam.ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles).toEqual([
    InstanceProfile,
  ]);

  const details = await send(
    new iam.GetAccountAuthorizationDetailsCommand({ Filter: ["Role", "LocalManagedPolicy"] }),
  );
  expect(details.RoleDetailList).toEqual([
    {
      ...base,
      AssumeRolePolicyDocument: encodeURIComponent(trust("repo:acme/api:environment:prod")),
      InstanceProfileList: [InstanceProfile],
      RolePolicyList: [{ PolicyName: "ecr", PolicyDocument: encoded }],
      AttachedManagedPolicies: [{ PolicyName: "ReadOnlyAccess", PolicyArn: readOnly }],
      PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundary },
      Tags: tags,
      RoleLastUsed: {},
    },
  ]);
  expect(details.Policies).toMatchObject([
    { Arn: boundary, PermissionsBoundaryUsageCount: 1, PolicyVersionList: [{ VersionId: "v2" }] },
  ]);
  const used = await send(new iam.GetAccountAuthorizationDetailsCommand({ Filter: ["AWSManagedPolicy"] }));
  expect(used.Policies).toMatchObject([{ Arn: readOnly, AttachmentCount: 1 }]);
  expect(used.RoleDetailList).toEqual([]);

  expect((await send(new iam.GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({
    Roles: 1,
    RolesQuota: 1000,
    AssumeRolePolicySizeQuota: 2048,
    RolePolicySizeQuota: 10240,
    AttachedPoliciesPerRoleQuota: 10,
    PolicySizeQuota: 6144,
  });
  await send(new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: "box", RoleName }));
  await send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName: "box" }));
});

test("a role that is created after one of the same name was deleted has another id", async () => {
  const send = aws.iam.send.bind(aws.iam);
  const before = await send(new iam.GetRoleCommand({ RoleName }));
  await send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
  await send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: "ecr" }));
  await send(new iam.DeleteRoleCommand({ RoleName }));
  const after = await send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust() }));
  expect(after.Role?.RoleId).not.toBe(before.Role?.RoleId);
  const linked = await send(
    new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }),
  );
  expect(linked.Role).toMatchObject({ Path: "/aws-service-role/replication.ecr.amazonaws.com/" });
});

test("STS exchanges a workflow's token for a session of the role, and names the caller", async () => {
  const Url = `https://${issuer}`;
  await aws.iam.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["sts.amazonaws.com"] }),
  );
  const assumed = await aws.sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${account}:role/${RoleName}`,
      RoleSessionName: "run-1",
      WebIdentityToken: await github.mint({ repository: "acme/api", subjectForm: "name" }),
    }),
  );
  expect(assumed.AssumedRoleUser).toMatchObject({
    Arn: `arn:aws:sts::${account}:assumed-role/${RoleName}/run-1`,
  });
  expect(await aws.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    Arn: `arn:aws:iam::${account}:user/test`,
    UserId: expect.stringMatching(/^AIDA/),
  });
});

test("STS opens a session of a role that trusts the account", async () => {
  const RoleName = "for-the-account";
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
    ],
  });
  await aws.iam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
  const opened = await aws.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "change-1" }));
  expect(opened.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${account}:assumed-role/${RoleName}/change-1`);
  await aws.iam.send(new iam.DeleteRoleCommand({ RoleName }));
});

test("ECR's repositories are created, changed, tagged and deleted", async () => {
  const send = aws.ecr.send.bind(aws.ecr);
  const repositoryName = "acme/api";
  const repositoryArn = `arn:aws:ecr:eu-central-1:${account}:repository/acme/api`;
  const target = { registryId: account, repositoryName };
  const shown = {
    ...target,
    repositoryArn,
    repositoryUri: `${account}.dkr.ecr.eu-central-1.amazonaws.com/acme/api`,
    createdAt: at,
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: "AES256" },
  };
  const excluded = {
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" as const,
    imageTagMutabilityExclusionFilters: [
      { filterType: "WILDCARD" as const, filter: "latest" },
      { filterType: "WILDCARD" as const, filter: "buildcache*" },
    ],
  };
  const created = await send(new ecr.CreateRepositoryCommand({ repositoryName, ...excluded, tags }));
  expect(created.repository).toEqual({ ...shown, ...excluded });
  const plain = await send(
    new ecr.CreateRepositoryCommand({
      repositoryName: "other",
      encryptionConfiguration: { encryptionType: "KMS" },
    }),
  );
  expect(plain.repository).toMatchObject({
    imageTagMutability: "MUTABLE",
    encryptionConfiguration: {
      encryptionType: "KMS",
      kmsKey: expect.stringMatching(/^arn:aws:kms:eu-central-1:/),
    },
  });
  await send(new ecr.PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  const scanning = await send(
    new ecr.PutImageScanningConfigurationCommand({
      repositoryName,
      imageScanningConfiguration: { scanOnPush: true },
    }),
  );
  expect(scanning).toMatchObject({ ...target, imageScanningConfiguration: { scanOnPush: true } });
  const described = await send(new ecr.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
  expect(described.repositories).toEqual([
    { ...shown, imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } },
  ]);
  const mutability = await send(new ecr.PutImageTagMutabilityCommand({ repositoryName, ...excluded }));
  expect(mutability).toMatchObject({ ...target, ...excluded });

  const lifecyclePolicyText = JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: "no more than a hundred images",
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 100 },
        action: { type: "expire" },
      },
    ],
  });
  const lifecycle = { ...target, lifecyclePolicyText };
  expect(await send(new ecr.PutLifecyclePolicyCommand(lifecycle))).toMatchObject(lifecycle);
  expect(await send(new ecr.GetLifecyclePolicyCommand(target))).toMatchObject(lifecycle);
  expect(await send(new ecr.DeleteLifecyclePolicyCommand(target))).toMatchObject(lifecycle);

  const policyText = JSON.stringify({
    Version: "2008-10-17",
    Statement: [{ Sid: "let pull", Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }],
  });
  expect(await send(new ecr.SetRepositoryPolicyCommand({ ...target, policyText }))).toMatchObject({
    policyText,
  });
  expect(await send(new ecr.GetRepositoryPolicyCommand(target))).toMatchObject({ ...target, policyText });
  expect(await send(new ecr.DeleteRepositoryPolicyCommand(target))).toMatchObject({ policyText });

  const resourceArn = repositoryArn;
  await send(new ecr.TagResourceCommand({ resourceArn, tags: [{ Key: "team", Value: "a" }] }));
  await send(new ecr.UntagResourceCommand({ resourceArn, tagKeys: ["rolecall:intent"] }));
  expect((await send(new ecr.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual([
    { Key: "team", Value: "a" },
  ]);

  const login = await send(new ecr.GetAuthorizationTokenCommand({}));
  expect(login.authorizationData).toEqual([
    {
      authorizationToken: expect.any(String),
      expiresAt: new Date(now + 12 * 3600 * 1000),
      proxyEndpoint: `https://${account}.dkr.ecr.eu-central-1.amazonaws.com`,
    },
  ]);
  expect(atob(login.authorizationData?.[0]?.authorizationToken ?? "")).toMatch(/^AWS:/);

  expect((await send(new ecr.DeleteRepositoryCommand({ repositoryName }))).repository).toMatchObject(target);
});

test("every action of the emulator was called, and none failed", () => {
  const called = new Set(aws.calls.map(({ service, action }) => `${service} ${action}`));
  const known = [
    ...Object.keys(iamActions).map((action) => `iam ${action}`),
    ...Object.keys(stsActions).map((action) => `sts ${action}`),
    ...Object.keys(ecrActions).map((action) => `ecr ${action}`),
  ];
  expect([...called].sort()).toEqual(known.sort());
  expect(aws.calls.filter(({ status }) => status !== 200)).toEqual([]);
});
