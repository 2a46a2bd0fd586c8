/** Starts Rolecall for a file of tests about revocations, with the requests and the looks into AWS that they share. */
import type { components } from "../../../src/generated/contract.ts";
import type { RegistrationItem } from "../../../src/registry/items.ts";
import { awsClients, existingRole } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";
import { decide, type Policy } from "../../package/iam.ts";

type History = components["schemas"]["HistoryPage"];

/** The inline policy that ends a role's sessions. */
export const PolicyName = "rolecall-revocation";

export async function startForRevocations() {
  const embedded = await startEmbedded();
  const { api, clock, services } = embedded;
  const aws = awsClients();

  async function registered(body: RegistrationRequest = {}, repo = uniqueName()) {
    const { roleArn } = (await api("PUT", rolePath(repo), { body })).registration();
    return { repo, path: rolePath(repo), roleArn, RoleName: roleArn.slice(roleArn.lastIndexOf("/") + 1) };
  }
  const revoke = (path: string, body?: object) => api("POST", `${path}/revocations`, { body });
  const policyOf = async (roleArn: string) => (await existingRole(aws, roleArn)).inlinePolicies[PolicyName];
  const checked = async (path: string) => {
    await api("POST", `${path}/drift-checks`);
    return (await api("GET", path)).registration().drift;
  };
  const historyOf = async (path: string): Promise<History["items"]> =>
    JSON.parse((await api("GET", `${path}/history`)).text).items;
  /** Changes an item behind the API's back. */
  async function change(repo: string, next: (item: RegistrationItem) => RegistrationItem) {
    const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
    if (item === undefined) throw new Error("not registered");
    await services.registry.changeRegistration(item, item, () => next(item));
  }
  /** Returns the time in so many seconds, as IAM writes it. */
  const inSeconds = (seconds: number): string =>
    new Date(clock.now() + seconds * 1000).toISOString().replace(".000Z", "Z");

  /** Returns the actions that a role's policies allow to a session, each with its resource. */
  async function allowedTo(roleArn: string, issuedAt: string): Promise<string[]> {
    const policies = Object.values((await existingRole(aws, roleArn)).inlinePolicies) as Policy[];
    const many = (value: string | readonly string[]) => (typeof value === "string" ? [value] : value);
    return policies
      .flatMap(({ Statement }) => Statement)
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap(({ Action, Resource }) =>
        many(Action).flatMap((action) => many(Resource).map((resource) => ({ action, resource }))),
      )
      .filter(
        (asked) => decide(policies, { ...asked, context: { "aws:TokenIssueTime": issuedAt } }) === "allowed",
      )
      .map(({ action, resource }) => `${action} ${resource}`);
  }

  return {
    ...embedded,
    iam: aws.iam,
    registered,
    revoke,
    policyOf,
    checked,
    historyOf,
    change,
    inSeconds,
    allowedTo,
  };
}
