/** Looks at what AWS holds after each step of `namespaces.test.ts`. */
import { DeleteRepositoryCommand, paginateDescribeRepositories } from "@aws-sdk/client-ecr";
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  paginateGetAccountAuthorizationDetails,
} from "@aws-sdk/client-iam";
import { parseTrustPolicy } from "../../../src/policy/parse.ts";
import { evaluateTrust } from "../../../src/trust/evaluate-trust.ts";
import type { AwsClients } from "../../harness/aws.ts";
import { COM, GRANTED, NAMES, OWNER_NAMES, OWNERS, SERVER } from "./namespaces-actions.ts";
import type { Identity, Story } from "./namespaces-story.ts";

const letInBefore = new Map<string, Set<Identity>>();

/** The repositories that a role lets in, as identities, whatever names they have now or later. */
function letIn(trustPolicy: string, story: Story): Set<Identity> {
  const policy = parseTrustPolicy(trustPolicy);
  if ("error" in policy) throw new Error(policy.error);
  const ids = [...new Set([...story.world.map(({ id }) => id), ...[997, 998, 999].map(story.idOf)])];
  const key = `${ids} ${trustPolicy} ${story.written("{n}")}`;
  const known = letInBefore.get(key);
  if (known !== undefined) return known;
  const found = new Set<Identity>();
  letInBefore.set(key, found);
  for (const owner of OWNER_NAMES) {
    const issuer = owner === "corp" ? SERVER : COM;
    for (const one of NAMES) {
      const canonical = `${owner}/${story.written(one)}`;
      const passing = ids.filter((id) => {
        const byId = `repo:${owner}@${OWNERS[owner]}/${story.written(one)}@${id}`;
        return [byId, `repo:${canonical}`].some(
          (prefix) =>
            evaluateTrust(policy.policy, {
              principal: { federated: `arn:aws:iam::123456789012:oidc-provider/${issuer.host}` },
              action: "sts:AssumeRoleWithWebIdentity",
              issuerHost: issuer.host,
              claims: {
                aud: "sts.amazonaws.com",
                sub: `${prefix}:ref:refs/heads/main`,
                ...(issuer.hasClaims && {
                  repository: canonical,
                  repository_id: String(id),
                  repository_owner_id: String(OWNERS[owner]),
                }),
              },
            }).allowed,
        );
      });
      // A role that lets in every id trusts the name alone.
      if (passing.length === ids.length) found.add(`name:${canonical}`.toLowerCase());
      else for (const id of passing) found.add(`repository:${id}`);
    }
  }
  return found;
}

type InAws = {
  /** By ECR repository: who is let in by roles with access to it, except by the operator's grant. */
  access: Map<string, Set<Identity>>;
  mutability: Map<string, string>;
};

const arnsIn = (document: string): string[] =>
  [...decodeURIComponent(document).matchAll(/:repository\/([^"]+)/g)].map(([, name = ""]) => name);

export async function lookAtAws(aws: AwsClients, story: Story): Promise<InAws> {
  const access = new Map<string, Set<Identity>>();
  for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails(
    { client: aws.iam },
    { Filter: ["Role"] },
  )) {
    for (const one of RoleDetailList) {
      const repository = one.Tags?.find(({ Key }) => Key === "rolecall:repository")?.Value ?? "";
      // The operator's grant is what lets it in.
      if (repository === `acme/${story.written(GRANTED)}`) continue;
      const who = letIn(decodeURIComponent(one.AssumeRolePolicyDocument ?? ""), story);
      for (const name of (one.RolePolicyList ?? []).flatMap((policy) => arnsIn(policy.PolicyDocument ?? "")))
        access.set(name, new Set([...(access.get(name) ?? []), ...who]));
    }
  }
  const mutability = new Map<string, string>();
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: aws.ecr }, {}))
    for (const { repositoryName = "", imageTagMutability = "" } of repositories)
      mutability.set(repositoryName, imageTagMutability);
  return { access, mutability };
}

/** Leaves nothing of a run in AWS, so that the next one does not read it. */
export async function cleanUp(aws: AwsClients): Promise<void> {
  for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails(
    { client: aws.iam },
    { Filter: ["Role"] },
  )) {
    for (const { RoleName, RolePolicyList = [] } of RoleDetailList) {
      for (const { PolicyName } of RolePolicyList)
        await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      await aws.iam.send(new DeleteRoleCommand({ RoleName }));
    }
  }
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: aws.ecr }, {}))
    for (const { repositoryName } of repositories)
      await aws.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
}
