/**
 * Changes made behind Rolecall's back with AWS's own calls. They are enough that a repair uses every call it can
 * make.
 */
import {
  DeleteRepositoryCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import {
  AttachRolePolicyCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { type clientsOf, identity, provider, trust } from "../local/clients.ts";

type Clients = ReturnType<typeof clientsOf>;

/** Changes every part of a registration's role and ECR repositories. */
export async function change(
  { iam, ecr }: Clients,
  RoleName: string,
  ...repositories: string[]
): Promise<void> {
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  const ClientID = "sts.amazonaws.com";
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  await detachAll(iam, RoleName);
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName, PolicyName: "other", PolicyDocument: identity("s3:*") }),
  );
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust() }));
  await iam.send(new UpdateRoleCommand({ RoleName, Description: "ours now", MaxSessionDuration: 43_200 }));
  await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["team"] }));
  await iam.send(
    new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider, ClientID }),
  );
  for (const repositoryName of repositories) await changeRepository(ecr, repositoryName);
}

async function detachAll(iam: Clients["iam"], RoleName: string): Promise<void> {
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies)
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
}

async function changeRepository(ecr: Clients["ecr"], repositoryName: string): Promise<void> {
  await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "MUTABLE" }));
  const imageScanningConfiguration = { scanOnPush: false };
  await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
  const expire = {
    rulePriority: 1,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
    action: { type: "expire" },
  };
  await ecr.send(
    new PutLifecyclePolicyCommand({
      repositoryName,
      lifecyclePolicyText: JSON.stringify({ rules: [expire] }),
    }),
  );
  const everybody = { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" };
  const policyText = JSON.stringify({ Version: "2012-10-17", Statement: [everybody] });
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
}

/** Deletes everything that a registration has. */
export async function destroy(
  { iam, ecr }: Clients,
  RoleName: string,
  ...repositories: string[]
): Promise<void> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  await detachAll(iam, RoleName);
  await iam.send(new DeleteRoleCommand({ RoleName }));
  await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }));
  for (const repositoryName of repositories) await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
}
