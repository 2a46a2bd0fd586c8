/** Starts Rolecall for a file of tests about ECR settings, with the requests and the looks into ECR that they share. */
import { GetLifecyclePolicyCommand, GetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import { expect } from "vitest";
import type { components } from "../../../../src/generated/contract.ts";
import { awsClients, ecrInAws } from "../../../harness/aws.ts";
import { startEmbedded } from "../../../harness/embedded.ts";
import { type Api, rolePath } from "../../../harness/rolecall.ts";
import { KEY, type Settings } from "./values.ts";

type Change = components["schemas"]["Change"];

/** ECR repositories outside of the namespaces of the registrations that may use them. */
const GRANTS =
  "acme/granted-one=shared/*,acme/granted-two=shared/base,acme/granted-pull=shared/*:pull,acme/granted-pull=shared/app,acme/granted-one=acme/sibling/*";

/** Returns a request with settings of the repository of the same name. */
export const body = (repo: string, settings?: Settings, more: object = {}) => ({
  ecr: [{ repository: `acme/${repo}`, access: "both", ...(settings && { settings }) }],
  ...more,
});

/** Returns the sorted paths of changes. */
export const paths = (changes: readonly Change[] | undefined) =>
  (changes ?? []).map(({ path }) => path).sort();

export async function startForSettings() {
  const embedded = await startEmbedded({
    tagKeys: ["team", "stage"],
    env: { ROLECALL_ECR_GRANTS: GRANTS, ROLECALL_KMS_KEYS: KEY },
  });
  const { api } = embedded;
  const clients = awsClients();

  const put = (repo: string, settings?: Settings, role = "publish", by: Api = api) =>
    by("PUT", rolePath(repo, role), { body: body(repo, settings) });
  const shown = async (repo: string, role = "publish") =>
    (await api("GET", rolePath(repo, role))).registration().ecr[0]?.settings;

  /** Returns what ECR holds of a repository, in ECR's own words. */
  async function held(repositoryName: string) {
    const found = await ecrInAws(clients, repositoryName);
    const { ecr } = clients;
    const [lifecycle, policy] = await Promise.all([
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName })).then(
        ({ lifecyclePolicyText = "" }) => JSON.parse(lifecyclePolicyText),
        () => undefined,
      ),
      ecr.send(new GetRepositoryPolicyCommand({ repositoryName })).then(
        ({ policyText = "" }) => JSON.parse(policyText),
        () => undefined,
      ),
    ]);
    const { "rolecall:id": id, ...tags } = found?.tags ?? {};
    return {
      mutability: found?.imageTagMutability,
      exclusions: found?.imageTagMutabilityExclusionFilters?.map(({ filter }) => filter),
      scanning: found?.imageScanningConfiguration,
      encryption: found?.encryptionConfiguration,
      lifecycle,
      policy,
      tags,
    };
  }

  /** Expects a drift check of each role to find no difference. */
  async function expectSettled(repo: string, ...roles: string[]) {
    for (const role of roles) {
      const checked = await api("POST", `${rolePath(repo, role)}/drift-checks`);
      expect([role, JSON.parse(checked.text)]).toMatchObject([role, { status: "in-sync", changes: [] }]);
    }
  }

  return { ...embedded, clients, put, shown, held, expectSettled };
}
