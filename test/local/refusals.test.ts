/**
 * IAM and ECR refuse what AWS refuses, with the same error. Every case starts from the account that `beforeAll` sets
 * up.
 */
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, identity, issuer, provider, type Running, refused, start, trust } from "./clients.ts";

let aws: Running;

const policyArn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;
const tagged = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: "v" }));

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
    new iam.PutRolePolicyCommand({ RoleName: "inline", PolicyName: "p", PolicyDocument: identity("ecr:*") }),
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

type Case = [
  what: string,
  call: () => Promise<unknown>,
  name: string,
  status: number,
  message: string | RegExp,
];

function walk(cases: readonly Case[]): void {
  test.each(cases)("refuses %s", async (_, call, name, status, message) => {
    const refusal = await refused(call());
    expect(refusal).toMatchObject({ name, status });
    if (typeof message === "string") expect(refusal.message).toBe(message);
    else expect(refusal.message).toMatch(message);
  });
}

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

const long = (length: number) => "x".repeat(length);
const subs = (length: number) => [`repo:acme/api:environment:${long(length)}`];
const linked = "AWSServiceRoleForEcr";

describe("roles", () => {
  walk([
    [
      "a name that is taken",
      createRole({ RoleName: "Role" }),
      "EntityAlreadyExistsException",
      409,
      "Role with name Role already exists.",
    ],
    [
      "a name that is taken in another case, under another path",
      createRole({ RoleName: "rOLE", Path: "/two/" }),
      "EntityAlreadyExistsException",
      409,
      "Role with name rOLE already exists.",
    ],
    [
      "a name with a space",
      createRole({ RoleName: "a b" }),
      "ValidationError",
      400,
      "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ],
    ["a name with a slash", createRole({ RoleName: "a/b" }), "ValidationError", 400, /roleName is invalid/],
    [
      "a name that is too long",
      createRole({ RoleName: long(65) }),
      "ValidationError",
      400,
      `1 validation error detected: Value '${long(65)}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      "an empty name",
      createRole({ RoleName: "" }),
      "ValidationError",
      400,
      /'roleName'.* greater than or equal to 1/,
    ],
    [
      "no name",
      createRole({ RoleName: undefined }),
      "ValidationError",
      400,
      "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null",
    ],
    [
      "two faults",
      createRole({ RoleName: long(65), MaxSessionDuration: 1 }),
      "ValidationError",
      400,
      /^2 validation errors detected: .*roleName.*; .*maxSessionDuration/,
    ],
    [
      "a path that does not end with a slash",
      createRole({ Path: "/rolecall" }),
      "ValidationError",
      400,
      /^The specified value for path is invalid/,
    ],
    [
      "a path that is too long",
      createRole({ Path: `/${long(511)}/` }),
      "ValidationError",
      400,
      /'path'.* 512/,
    ],
    [
      "AWS's own path",
      createRole({ Path: "/aws-service-role/ecr.amazonaws.com/" }),
      "InvalidInputException",
      400,
      /reserved/,
    ],
    [
      "a description that is too long",
      createRole({ Description: long(1001) }),
      "ValidationError",
      400,
      /'description'.* 1000/,
    ],
    [
      "a description with other characters",
      createRole({ Description: "日本" }),
      "ValidationError",
      400,
      /'description'.* regular expression/,
    ],
    [
      "a session too short",
      createRole({ MaxSessionDuration: 3599 }),
      "ValidationError",
      400,
      "1 validation error detected: Value '3599' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
    ],
    [
      "a session too long",
      createRole({ MaxSessionDuration: 43201 }),
      "ValidationError",
      400,
      /'43201' at 'maxSessionDuration'.* 43200/,
    ],
    [
      "a boundary that does not exist",
      createRole({ PermissionsBoundary: policyArn("nothing") }),
      "NoSuchEntityException",
      404,
      `Scope ARN: ${policyArn("nothing")} does not exist or is not attachable.`,
    ],
    [
      "an AWS policy that does not exist",
      createRole({ PermissionsBoundary: "arn:aws:iam::aws:policy/Nothing" }),
      "NoSuchEntityException",
      404,
      /does not exist or is not attachable/,
    ],
    [
      "a boundary that is not a policy",
      createRole({ PermissionsBoundary: `arn:aws:iam::${account}:role/bare` }),
      "InvalidInputException",
      400,
      `ARN arn:aws:iam::${account}:role/bare is not valid.`,
    ],
    [
      "a boundary that is not an ARN",
      createRole({ PermissionsBoundary: "boundary" }),
      "ValidationError",
      400,
      /'permissionsBoundary'.* 20/,
    ],
    [
      "a trust policy over the quota",
      createRole({ AssumeRolePolicyDocument: trust(subs(2048)) }),
      "LimitExceededException",
      409,
      "Cannot exceed quota for ACLSizePerRole: 2048",
    ],
    ["too many tags", createRole({ Tags: tagged(51) }), "ValidationError", 400, /'tags'.* 50/],
    [
      "one tag twice",
      createRole({
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "A", Value: "2" },
        ],
      }),
      "InvalidInputException",
      400,
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
    [
      "UpdateRole: no such role",
      () => aws.iam.send(new iam.UpdateRoleCommand({ RoleName: "nobody" })),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "GetRole: no such role",
      () => aws.iam.send(new iam.GetRoleCommand({ RoleName: "nobody" })),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "UpdateAssumeRolePolicy: over the quota",
      () =>
        aws.iam.send(
          new iam.UpdateAssumeRolePolicyCommand({ RoleName: "bare", PolicyDocument: trust(subs(2048)) }),
        ),
      "LimitExceededException",
      409,
      "Cannot exceed quota for ACLSizePerRole: 2048",
    ],
    [
      "UpdateAssumeRolePolicy: no such role",
      () =>
        aws.iam.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: "nobody", PolicyDocument: trust() })),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "UpdateRole: a role of AWS's own",
      () => aws.iam.send(new iam.UpdateRoleCommand({ RoleName: linked, Description: "mine" })),
      "UnmodifiableEntityException",
      400,
      /protected role 'AWSServiceRoleForEcr'/,
    ],
    [
      "DeleteRole: no such role",
      deleteRole("nobody"),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "DeleteRole: an inline policy",
      deleteRole("inline"),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must delete policies first.",
    ],
    [
      "DeleteRole: an attached policy",
      deleteRole("attached"),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must detach all policies first.",
    ],
    [
      "DeleteRole: an instance profile",
      deleteRole("profiled"),
      "DeleteConflictException",
      409,
      "Cannot delete entity, must remove roles from instance profile first.",
    ],
    [
      "DeleteRole: one of AWS's own",
      deleteRole(linked),
      "UnmodifiableEntityException",
      400,
      /protected role/,
    ],
    [
      "PutRolePermissionsBoundary: no such policy",
      () =>
        aws.iam.send(
          new iam.PutRolePermissionsBoundaryCommand({
            RoleName: "bare",
            PermissionsBoundary: policyArn("nothing"),
          }),
        ),
      "NoSuchEntityException",
      404,
      /Scope ARN/,
    ],
    [
      "DeleteRolePermissionsBoundary: no boundary",
      () => aws.iam.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: "bare" })),
      "NoSuchEntityException",
      404,
      /does not have a permissions boundary/,
    ],
    [
      "TagRole: no such role",
      tagRole(tagged(1), "nobody"),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "one tag more than 50",
      tagRole([{ Key: "more", Value: "" }], "Role"),
      "LimitExceededException",
      409,
      /The number of tags has reached the maximum limit/,
    ],
    [
      "a tag's key too long",
      tagRole([{ Key: long(129), Value: "" }]),
      "ValidationError",
      400,
      /'tags\.1\.member\.key'.* 128/,
    ],
    [
      "a tag's empty key",
      tagRole([{ Key: "", Value: "" }]),
      "ValidationError",
      400,
      /'tags\.1\.member\.key'/,
    ],
    [
      "a tag's value too long",
      tagRole([{ Key: "a", Value: long(257) }]),
      "ValidationError",
      400,
      /'tags\.1\.member\.value'.* 256/,
    ],
    [
      "a tag with other characters",
      tagRole([{ Key: "a*", Value: "" }]),
      "ValidationError",
      400,
      /'tags\.1\.member\.key'.* regular expression/,
    ],
    ["AWS's own tags", tagRole([{ Key: "aws:x", Value: "" }]), "InvalidInputException", 400, /System tags/],
  ]);
});

describe("policies of a role", () => {
  walk([
    [
      "no such role",
      putPolicy({ RoleName: "nobody" }),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "a name with a space",
      putPolicy({ PolicyName: "a b" }),
      "ValidationError",
      400,
      /policyName is invalid/,
    ],
    [
      "a name that is too long",
      putPolicy({ PolicyName: long(129) }),
      "ValidationError",
      400,
      /'policyName'.* 128/,
    ],
    [
      "together over the quota",
      putPolicy({ PolicyDocument: identity(`ecr:${long(10240)}`) }),
      "LimitExceededException",
      409,
      "Maximum policy size of 10240 bytes exceeded for role bare",
    ],
    [
      "GetRolePolicy: no such policy",
      () => aws.iam.send(new iam.GetRolePolicyCommand({ RoleName: "inline", PolicyName: "q" })),
      "NoSuchEntityException",
      404,
      "The role policy with name q cannot be found.",
    ],
    [
      "DeleteRolePolicy: no such policy",
      () => aws.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: "inline", PolicyName: "q" })),
      "NoSuchEntityException",
      404,
      "The role policy with name q cannot be found.",
    ],
    [
      "ListRolePolicies: no such role",
      () => aws.iam.send(new iam.ListRolePoliciesCommand({ RoleName: "nobody" })),
      "NoSuchEntityException",
      404,
      "The role with name nobody cannot be found.",
    ],
    [
      "AttachRolePolicy: no such policy",
      () =>
        aws.iam.send(new iam.AttachRolePolicyCommand({ RoleName: "bare", PolicyArn: policyArn("nothing") })),
      "NoSuchEntityException",
      404,
      `Policy ${policyArn("nothing")} does not exist or is not attachable.`,
    ],
    [
      "AttachRolePolicy: no policy's ARN",
      () =>
        aws.iam.send(
          new iam.AttachRolePolicyCommand({ RoleName: "bare", PolicyArn: "policy/AdministratorAccess" }),
        ),
      "InvalidInputException",
      400,
      "ARN policy/AdministratorAccess is not valid.",
    ],
    [
      "DetachRolePolicy: not attached",
      () =>
        aws.iam.send(new iam.DetachRolePolicyCommand({ RoleName: "bare", PolicyArn: policyArn("boundary") })),
      "NoSuchEntityException",
      404,
      `Policy ${policyArn("boundary")} was not found.`,
    ],
  ]);
});

describe("managed policies", () => {
  const create = (input: Partial<iam.CreatePolicyCommandInput>) => () =>
    aws.iam.send(
      new iam.CreatePolicyCommand({ PolicyName: "new", PolicyDocument: identity("ecr:*"), ...input }),
    );
  walk([
    [
      "a name that is taken in another case",
      create({ PolicyName: "Boundary", Path: "/x/" }),
      "EntityAlreadyExistsException",
      409,
      "A policy called Boundary already exists. Duplicate names are not allowed.",
    ],
    [
      "a document over the quota",
      create({ PolicyDocument: identity(`ecr:${long(6144)}`) }),
      "LimitExceededException",
      409,
      "Cannot exceed quota for PolicySize: 6144",
    ],
    ["a path of other characters", create({ Path: "/a b/" }), "ValidationError", 400, /'path'/],
    [
      "GetPolicy: no such policy",
      () => aws.iam.send(new iam.GetPolicyCommand({ PolicyArn: policyArn("nothing") })),
      "NoSuchEntityException",
      404,
      `Policy ${policyArn("nothing")} was not found.`,
    ],
    [
      "GetPolicy: the right name under another path",
      () => aws.iam.send(new iam.GetPolicyCommand({ PolicyArn: policyArn("x/boundary") })),
      "NoSuchEntityException",
      404,
      /was not found/,
    ],
    [
      "GetPolicyVersion: no such version",
      () =>
        aws.iam.send(new iam.GetPolicyVersionCommand({ PolicyArn: policyArn("boundary"), VersionId: "v9" })),
      "NoSuchEntityException",
      404,
      /version v9/,
    ],
    [
      "a sixth version",
      () =>
        aws.iam.send(
          new iam.CreatePolicyVersionCommand({
            PolicyArn: policyArn("versions"),
            PolicyDocument: identity("s3:*"),
          }),
        ),
      "LimitExceededException",
      409,
      /up to 5 versions/,
    ],
    [
      "DeletePolicyVersion: the default version",
      () =>
        aws.iam.send(
          new iam.DeletePolicyVersionCommand({ PolicyArn: policyArn("boundary"), VersionId: "v1" }),
        ),
      "DeleteConflictException",
      409,
      "Cannot delete the default version of a policy.",
    ],
    [
      "DeletePolicy: a boundary in use",
      () => aws.iam.send(new iam.DeletePolicyCommand({ PolicyArn: policyArn("boundary") })),
      "DeleteConflictException",
      409,
      "Cannot delete a policy attached to entities.",
    ],
    [
      "DeletePolicy: several versions",
      () => aws.iam.send(new iam.DeletePolicyCommand({ PolicyArn: policyArn("versions") })),
      "DeleteConflictException",
      409,
      /more than one version/,
    ],
    [
      "DeletePolicy: AWS's own",
      () =>
        aws.iam.send(new iam.DeletePolicyCommand({ PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" })),
      "AccessDenied",
      403,
      /managed by AWS/,
    ],
  ]);
});

describe("providers", () => {
  walk([
    [
      "a URL that is taken",
      createProvider(`https://${issuer}`),
      "EntityAlreadyExistsException",
      409,
      `Provider with url https://${issuer} already exists.`,
    ],
    [
      "a URL with http",
      createProvider(`http://${issuer}`),
      "ValidationError",
      400,
      "Invalid Open ID Connect Provider URL",
    ],
    [
      "a URL without a scheme",
      createProvider(issuer),
      "ValidationError",
      400,
      "Invalid Open ID Connect Provider URL",
    ],
    [
      "a URL with a port",
      createProvider("https://ci.example.com:8443"),
      "ValidationError",
      400,
      "Invalid Open ID Connect Provider URL",
    ],
    [
      "a URL with a query",
      createProvider("https://ci.example.com/?a=b"),
      "ValidationError",
      400,
      "Invalid Open ID Connect Provider URL",
    ],
    [
      "a URL that is too long",
      createProvider(`https://ci.example.com/${long(255)}`),
      "ValidationError",
      400,
      /'url'.* 255/,
    ],
    [
      "GetOpenIDConnectProvider: none",
      getProvider(`${provider}/slug`),
      "NoSuchEntityException",
      404,
      `OpenIDConnect Provider not found for arn ${provider}/slug`,
    ],
    [
      "GetOpenIDConnectProvider: no provider's ARN",
      getProvider(`arn:aws:iam::${account}:role/there`),
      "InvalidInputException",
      400,
      /Invalid ARN/,
    ],
    [
      "a client id too many",
      () =>
        aws.iam.send(
          new iam.AddClientIDToOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: provider,
            ClientID: "more",
          }),
        ),
      "LimitExceededException",
      409,
      "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
    ],
    [
      "a client id too long",
      () =>
        aws.iam.send(
          new iam.AddClientIDToOpenIDConnectProviderCommand({
            OpenIDConnectProviderArn: provider,
            ClientID: long(256),
          }),
        ),
      "ValidationError",
      400,
      /'clientID'.* 255/,
    ],
  ]);
});

describe("instance profiles", () => {
  walk([
    [
      "a name that is taken",
      () => aws.iam.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName: "BOX" })),
      "EntityAlreadyExistsException",
      409,
      "Instance Profile BOX already exists.",
    ],
    [
      "GetInstanceProfile: no such profile",
      () => aws.iam.send(new iam.GetInstanceProfileCommand({ InstanceProfileName: "none" })),
      "NoSuchEntityException",
      404,
      "Instance Profile none cannot be found.",
    ],
    [
      "a second role",
      () =>
        aws.iam.send(
          new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: "box", RoleName: "bare" }),
        ),
      "LimitExceededException",
      409,
      /: 1$/,
    ],
    [
      "a role that is not in the profile",
      () =>
        aws.iam.send(
          new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: "box", RoleName: "bare" }),
        ),
      "NoSuchEntityException",
      404,
      /not in instance profile/,
    ],
    [
      "DeleteInstanceProfile: a profile with a role",
      () => aws.iam.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName: "box" })),
      "DeleteConflictException",
      409,
      /must remove roles/,
    ],
  ]);
});

describe("lists", () => {
  const list = (input: iam.ListRolesCommandInput) => () => aws.iam.send(new iam.ListRolesCommand(input));
  walk([
    ["a bogus marker", list({ Marker: "bogus" }), "ValidationError", 400, "Invalid Marker."],
    [
      "a marker that is JSON",
      list({ Marker: Buffer.from('["ListRoles"]').toString("base64url") }),
      "ValidationError",
      400,
      "Invalid Marker.",
    ],
    ["a page of no items", list({ MaxItems: 0 }), "ValidationError", 400, /'maxItems'.* 1$/],
    ["a page of too many items", list({ MaxItems: 1001 }), "ValidationError", 400, /'maxItems'.* 1000$/],
    ["a prefix without a slash", list({ PathPrefix: "rolecall" }), "ValidationError", 400, /'pathPrefix'/],
  ]);
});

describe("ECR", () => {
  const create = (input: Partial<ecr.CreateRepositoryCommandInput>) => () =>
    aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "acme/new", ...input }));
  const wildcard = (filter: string) => ({ filterType: "WILDCARD" as const, filter });
  const rule = (rulePriority: number, selection: object = {}) => ({
    rulePriority,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1, ...selection },
    action: { type: "expire" },
  });
  const lifecycle = (policy: unknown) => () =>
    aws.ecr.send(
      new ecr.PutLifecyclePolicyCommand({
        repositoryName: "acme/api",
        lifecyclePolicyText: typeof policy === "string" ? policy : JSON.stringify(policy).padEnd(100),
      }),
    );
  const policy = (policyText: string) => () =>
    aws.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "acme/api", policyText }));
  const missing = { repositoryName: "acme/none" };
  const notFound = `The repository with name 'acme/none' does not exist in the registry with id '${account}'`;
  const resourceArn = `arn:aws:ecr:eu-central-1:${account}:repository/acme/api`;
  const wrong = "InvalidParameterException";
  walk([
    [
      "a name that is taken",
      create({ repositoryName: "acme/api" }),
      "RepositoryAlreadyExistsException",
      400,
      `The repository with name 'acme/api' already exists in the registry with id '${account}'`,
    ],
    [
      "a name in capitals",
      create({ repositoryName: "Acme/api" }),
      wrong,
      400,
      /^Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '/,
    ],
    ["a name that ends in a hyphen", create({ repositoryName: "acme/api-" }), wrong, 400, /repositoryName/],
    ["a name with three underscores", create({ repositoryName: "acme/a___b" }), wrong, 400, /repositoryName/],
    [
      "a name of one letter",
      create({ repositoryName: "a" }),
      wrong,
      400,
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have length greater than or equal to 2'",
    ],
    ["a name that is too long", create({ repositoryName: long(257) }), wrong, 400, /256/],
    ["no name", create({ repositoryName: undefined }), wrong, 400, /'repositoryName'.*must not be null/],
    ["another registry", create({ registryId: "999999999999" }), wrong, 400, /registryId/],
    [
      "exclusion without filters",
      create({ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" }),
      wrong,
      400,
      "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'",
    ],
    [
      "filters without exclusion",
      create({ imageTagMutability: "IMMUTABLE", imageTagMutabilityExclusionFilters: [wildcard("latest")] }),
      wrong,
      400,
      /must be null when imageTagMutability is set as IMMUTABLE/,
    ],
    [
      "six filters",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: Array.from({ length: 6 }, (_, index) => wildcard(`v${index}`)),
      }),
      wrong,
      400,
      /less than or equal to 5/,
    ],
    [
      "no filters",
      create({ imageTagMutability: "MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: [] }),
      wrong,
      400,
      /greater than or equal to 1/,
    ],
    [
      "a filter with other characters",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [wildcard("a/b")],
      }),
      wrong,
      400,
      /regular expression/,
    ],
    [
      "a filter of three wildcards",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [wildcard("*a*b*")],
      }),
      wrong,
      400,
      /2 wildcards/,
    ],
    [
      "a key without KMS",
      create({ encryptionConfiguration: { encryptionType: "AES256", kmsKey: "k" } }),
      wrong,
      400,
      /encryptionConfiguration/,
    ],
    [
      "AWS's own tags",
      create({ tags: [{ Key: "aws:a", Value: "" }] }),
      "InvalidTagParameterException",
      400,
      /aws:a/,
    ],
    [
      "a tag more than 50",
      () => aws.ecr.send(new ecr.TagResourceCommand({ resourceArn, tags: [{ Key: "more", Value: "" }] })),
      "TooManyTagsException",
      400,
      /up to 50 tags/,
    ],
    [
      "tags of an ARN of another region",
      () =>
        aws.ecr.send(
          new ecr.ListTagsForResourceCommand({ resourceArn: resourceArn.replace("central", "west") }),
        ),
      wrong,
      400,
      /eu-central-1/,
    ],
    [
      "DescribeRepositories: one of two names is missing",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: ["acme/api", "acme/none"] })),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "DescribeRepositories: names with maxResults",
      () =>
        aws.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: ["acme/api"], maxResults: 5 })),
      wrong,
      400,
      /repositoryNames/,
    ],
    [
      "a page that is too long",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ maxResults: 1001 })),
      wrong,
      400,
      /maxResults/,
    ],
    [
      "a bogus token",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ nextToken: "bogus" })),
      wrong,
      400,
      /nextToken/,
    ],
    [
      "another registry's repository",
      () =>
        aws.ecr.send(
          new ecr.DeleteRepositoryCommand({ registryId: "999999999999", repositoryName: "acme/api" }),
        ),
      "RepositoryNotFoundException",
      400,
      /'999999999999'/,
    ],
    [
      "DeleteRepository: none",
      () => aws.ecr.send(new ecr.DeleteRepositoryCommand(missing)),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "PutImageTagMutability: none",
      () => aws.ecr.send(new ecr.PutImageTagMutabilityCommand({ ...missing, imageTagMutability: "MUTABLE" })),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "GetLifecyclePolicy: no repository",
      () => aws.ecr.send(new ecr.GetLifecyclePolicyCommand(missing)),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "GetLifecyclePolicy: no policy",
      () => aws.ecr.send(new ecr.GetLifecyclePolicyCommand({ repositoryName: "acme/api" })),
      "LifecyclePolicyNotFoundException",
      400,
      /^Lifecycle policy does not exist/,
    ],
    [
      "DeleteLifecyclePolicy: no policy",
      () => aws.ecr.send(new ecr.DeleteLifecyclePolicyCommand({ repositoryName: "acme/api" })),
      "LifecyclePolicyNotFoundException",
      400,
      /^Lifecycle policy does not exist/,
    ],
    ["a lifecycle policy that is too short", lifecycle("{}"), wrong, 400, /100/],
    ["a lifecycle policy that is not JSON", lifecycle("{".padEnd(100)), wrong, 400, /not valid JSON/],
    [
      "two rules of one priority",
      lifecycle({ rules: [rule(1, { tagStatus: "untagged" }), rule(1)] }),
      wrong,
      400,
      /unique/,
    ],
    [
      "a rule for any image before another rule",
      lifecycle({ rules: [rule(1), rule(2, { tagStatus: "untagged" })] }),
      wrong,
      400,
      /highest rulePriority/,
    ],
    [
      "tagged without tags",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged" })] }),
      wrong,
      400,
      /tagPatternList/,
    ],
    [
      "days without a unit",
      lifecycle({ rules: [rule(1, { countType: "sinceImagePushed" })] }),
      wrong,
      400,
      /countUnit/,
    ],
    [
      "a unit of days without days",
      lifecycle({ rules: [rule(1, { countUnit: "days" })] }),
      wrong,
      400,
      /countUnit/,
    ],
    ["no rules", lifecycle({ rules: [] }), wrong, 400, /required properties/],
    [
      "patterns and prefixes in one rule",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged", tagPatternList: ["v*"], tagPrefixList: ["v"] })] }),
      wrong,
      400,
      /both/,
    ],
    [
      "tags of untagged images",
      lifecycle({ rules: [rule(1, { tagStatus: "untagged", tagPatternList: ["v*"] })] }),
      wrong,
      400,
      /must not name tags/,
    ],
    [
      "five wildcards",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged", tagPatternList: ["*1*2*3*4*"] })] }),
      wrong,
      400,
      /4 wildcards/,
    ],
    [
      "null in a field that must be absent",
      lifecycle({ rules: [rule(1, { countUnit: null })] }),
      wrong,
      400,
      /exactly one schema/,
    ],
    [
      "a rule with more than ECR knows",
      lifecycle({ rules: [{ ...rule(1), name: "x" }] }),
      wrong,
      400,
      /exactly one schema/,
    ],
    [
      "another action",
      lifecycle({ rules: [{ ...rule(1), action: { type: "keep" } }] }),
      wrong,
      400,
      /expire/,
    ],
    [
      "a repository policy with a resource",
      policy(
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:*", Resource: "*" }],
        }),
      ),
      wrong,
      400,
      /Resource/,
    ],
    [
      "a key of another region",
      create({
        encryptionConfiguration: {
          encryptionType: "KMS",
          kmsKey: `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
        },
      }),
      "KmsException",
      400,
      /does not exist in eu-central-1/,
    ],
    [
      "GetRepositoryPolicy: no policy",
      () => aws.ecr.send(new ecr.GetRepositoryPolicyCommand({ repositoryName: "acme/api" })),
      "RepositoryPolicyNotFoundException",
      400,
      /^Repository policy does not exist/,
    ],
    [
      "a repository policy without a principal",
      policy(identity("ecr:*")),
      wrong,
      400,
      /Missing required field Principal/,
    ],
    ["a repository policy that is not JSON", policy("{"), wrong, 400, /Invalid repository policy provided/],
  ]);
});
