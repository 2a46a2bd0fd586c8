/**
 * The template of a member account: the roles by which the deployment (the hub) reads and writes there, and the
 * permissions boundary of every role that it makes there. `npm run package` writes it to `dist/member.yml`, for a plain
 * stack or a StackSet. `local/member.ts` makes the same resources on an emulator.
 */
import {
  BOUNDARY_TAG,
  HUB_PATH,
  MEMBER_PATH,
  MEMBER_TEMPLATE,
  type MemberRole,
  memberRoleName,
  PROFILES_TAG,
  TEMPLATE_TAG,
} from "../src/desired/member.ts";
import { profilesDigest } from "../src/desired/profiles-digest.ts";
import type { PolicyDocument } from "../src/policy/document.ts";
import { boundaryOf, memberPolicies, type Settings } from "./policies.ts";
import { completed } from "./substitute.ts";

/** Returns the template. @param path the path of every role that the service makes, such as `/rolecall/` */
export function memberTemplate(settings: Settings, path: string) {
  const policies = memberPolicies(settings, path);
  const role = (name: MemberRole, Description: string, policy: PolicyDocument, Tags: object[] = []) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: memberRoleName({ rolePath: path }, name),
      Path: MEMBER_PATH,
      Description,
      AssumeRolePolicyDocument: trustOfHub(path),
      Policies: [{ PolicyName: name, PolicyDocument: completed(policy) }],
      ...(Tags.length > 0 && { Tags }),
    },
  });
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Rolecall's roles in a member account, version ${MEMBER_TEMPLATE}`,
    Parameters: {
      HubAccount: {
        Type: "String",
        Description: "The 12 digits of the account in which Rolecall is deployed",
        AllowedPattern: "^[0-9]{12}$",
      },
      OrganizationId: {
        Type: "String",
        Description: "The organisation that the hub must belong to, such as o-a1b2c3d4e5. Empty without one",
        AllowedPattern: "^(o-[a-z0-9]{10,32})?$",
        Default: "",
      },
    },
    Conditions: { HasOrganization: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "OrganizationId" }, ""] }] } },
    Resources: {
      // The boundary stays when the stack is deleted, because the roles that carry it stay. CloudFormation makes its
      // name, so a stack that is made again does not collide with it.
      PermissionsBoundary: {
        Type: "AWS::IAM::ManagedPolicy",
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: { Path: path, PolicyDocument: completed(boundaryOf(settings)) },
      },
      Reader: role("reader", "Lets Rolecall read this account", policies.reader, [
        { Key: TEMPLATE_TAG, Value: String(MEMBER_TEMPLATE) },
        { Key: BOUNDARY_TAG, Value: { Ref: "PermissionsBoundary" } },
        { Key: PROFILES_TAG, Value: profilesDigest(settings.profiles.profiles) },
      ]),
      Writer: role("writer", "Lets Rolecall change its own roles in this account", policies.writer),
    },
    Outputs: {
      ReaderArn: {
        Description: "The role by which Rolecall reads",
        Value: { "Fn::GetAtt": ["Reader", "Arn"] },
      },
      WriterArn: {
        Description: "The role by which Rolecall writes",
        Value: { "Fn::GetAtt": ["Writer", "Arn"] },
      },
      PermissionsBoundaryArn: {
        Description: "The permissions boundary of every role that Rolecall makes here",
        Value: { Ref: "PermissionsBoundary" },
      },
    },
  };
}

/**
 * Returns the trust policy of both roles. It names the hub's account and not its roles: IAM stores a role's ARN as the
 * role's id, so a hub that was deployed again would be shut out. `sts:SetSourceIdentity` knows no external id.
 */
function trustOfHub(path: string) {
  const hubRoles = {
    ArnLike: {
      "aws:PrincipalArn": { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${HubAccount}:role${HUB_PATH}*` },
    },
  };
  const Principal = { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${HubAccount}:root" } };
  const organization = (others: object) => ({
    "Fn::If": [
      "HasOrganization",
      { ...others, "aws:PrincipalOrgID": { Ref: "OrganizationId" } },
      Object.keys(others).length === 0 ? { Ref: "AWS::NoValue" } : others,
    ],
  });
  const externalId = { "Fn::Sub": `${path.replaceAll("/", "")}:\${HubAccount}:\${AWS::AccountId}` };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal,
        Action: "sts:AssumeRole",
        Condition: { ...hubRoles, StringEquals: organization({ "sts:ExternalId": externalId }) },
      },
      {
        Effect: "Allow",
        Principal,
        Action: "sts:SetSourceIdentity",
        Condition: { ...hubRoles, StringEquals: organization({}) },
      },
    ],
  };
}
