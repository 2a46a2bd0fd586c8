/** IAM refuses what AWS refuses of roles and their policies, with the same error. */
import * as iam from "@aws-sdk/client-iam";
import { describe } from "vitest";
import { account, identity, trust } from "./clients.ts";
import { callsOf, linked, long, policyArn, startAccount, subs, tagged, walk } from "./refusals.ts";

const aws = startAccount();
const { createRole, putPolicy, tagRole, deleteRole } = callsOf(aws);

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
