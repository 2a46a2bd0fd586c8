/**
 * Makes many registrations quickly: copies of one, in the table and in an embedded AWS. It does without the SDK,
 * which would take most of the time.
 */
import { lifecyclePolicy } from "../../src/desired/lifecycle.ts";
import type { EcrItem, RegistrationItem } from "../../src/registry/items.ts";
import type { Registry } from "../../src/registry/table.ts";
import { openHttp } from "./http.ts";

/** A registration of the repository `model-00000`, and the item of its ECR repository. */
export type Model = { item: RegistrationItem; ecr: EcrItem };
export const MODEL = "model-00000";

/** Returns functions that call IAM and ECR of an embedded AWS without the SDK. */
export function directCalls(url: string) {
  const http = openHttp(url);
  async function post(service: string, headers: Record<string, string>, body: string): Promise<void> {
    const authorization = `AWS4-HMAC-SHA256 Credential=local/20261123/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const { status, text } = await http.send({
      method: "POST",
      path: "/",
      headers: { authorization, ...headers },
      body: Buffer.from(body),
    });
    if (status !== 200) throw new Error(text);
  }
  const iam = (Action: string, input: Record<string, string | number>) =>
    post(
      "iam",
      { "content-type": "application/x-www-form-urlencoded" },
      new URLSearchParams({
        Action,
        Version: "2010-05-08",
        ...Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)])),
      }).toString(),
    );
  const ecr = (action: string, input: object) =>
    post(
      "ecr",
      {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${action}`,
      },
      JSON.stringify(input),
    );
  return { iam, ecr };
}

/**
 * Copies the model's registration under another name, in the table and in AWS.
 * @param detailsCheckedAt when ECR was last asked for the details that need a call each (ISO 8601); if undefined,
 * never
 */
export async function copyModel(
  registry: Registry,
  { iam, ecr }: ReturnType<typeof directCalls>,
  model: Model,
  index: number,
  detailsCheckedAt?: string,
): Promise<void> {
  const renamed = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll(MODEL, `model-${String(index).padStart(5, "0")}`));
  // Leave out the role's id: IAM gives the copy's role another one.
  const { roleId: _, ...item } = renamed(model.item);
  const repository: EcrItem = {
    ...renamed(model.ecr),
    ...(detailsCheckedAt !== undefined && { detailsCheckedAt }),
  };
  const { role } = item.desired;
  await Promise.all([
    registry.changeRegistration(item, undefined, () => item),
    registry.changeEcr(repository, undefined, () => repository),
    iam("CreateRole", {
      RoleName: role.name,
      Path: role.path,
      Description: role.description,
      MaxSessionDuration: role.maxSessionSeconds,
      PermissionsBoundary: role.boundaryArn,
      AssumeRolePolicyDocument: JSON.stringify(role.trustPolicy),
      ...Object.fromEntries(
        Object.entries(role.tags).flatMap(([key, value], at) => [
          [`Tags.member.${at + 1}.Key`, key],
          [`Tags.member.${at + 1}.Value`, value],
        ]),
      ),
    }).then(async () => {
      for (const [PolicyName, policy] of Object.entries(role.inlinePolicies))
        await iam("PutRolePolicy", {
          RoleName: role.name,
          PolicyName,
          PolicyDocument: JSON.stringify(policy),
        });
    }),
    ecr("CreateRepository", {
      repositoryName: repository.name,
      imageTagMutability: `${repository.settings.tagMutability}_WITH_EXCLUSION`,
      imageTagMutabilityExclusionFilters: repository.settings.exclusions.map((filter) => ({
        filterType: "WILDCARD",
        filter,
      })),
      imageScanningConfiguration: { scanOnPush: repository.settings.scanOnPush },
      tags: [{ Key: "rolecall:id", Value: repository.id }],
    }).then(() =>
      ecr("PutLifecyclePolicy", {
        repositoryName: repository.name,
        lifecyclePolicyText: JSON.stringify(lifecyclePolicy(repository.settings.lifecycle)),
      }),
    ),
  ]);
}
