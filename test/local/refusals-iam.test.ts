/** IAM refuses what AWS refuses of managed policies, providers, instance profiles and lists, with the same error. */
import * as iam from "@aws-sdk/client-iam";
import { describe } from "vitest";
import { account, identity, issuer, provider } from "./clients.ts";
import { callsOf, long, policyArn, startAccount, walk } from "./refusals.ts";

const aws = startAccount();
const { createProvider, getProvider } = callsOf(aws);

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
