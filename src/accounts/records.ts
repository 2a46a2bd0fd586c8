/** The operator's records of member accounts: what Rolecall may do in each. */
import { managedPolicyFault } from "../config.ts";
import type { components } from "../generated/contract.ts";
import { type Failure, failed, type InputError, invalid } from "../lib/errors.ts";
import { isSame } from "../lib/same.ts";
import type { AccountItem } from "../registry/items.ts";
import { allRegions, type Services } from "../services.ts";
import { look } from "./state.ts";

type Schemas = components["schemas"];
export type MemberAccountRequest = Schemas["MemberAccountRequest"];

/** Returns a record as the API shows it. */
export function viewAccount({ id: _, revision: __, ...shown }: AccountItem): Schemas["MemberAccount"] {
  return {
    ...shown,
    repositories: [...shown.repositories],
    regions: [...shown.regions],
    profiles: [...shown.profiles],
    managedPolicies: [...shown.managedPolicies],
  };
}

/** Returns the fault of an account's id in a path: the home account has paths of its own. */
const accountFault = ({ config }: Services, account: string): Failure | undefined =>
  account === config.account
    ? invalid({
        pointer: "/account",
        detail: `${account} is the deployment's own account, which has no record. Use the paths below /v1/repos.`,
      })
    : undefined;

/** Writes a record, and looks whether Rolecall can use the account. */
export async function putAccount(
  services: Services,
  account: string,
  request: MemberAccountRequest,
  caller: string,
): Promise<{ item: AccountItem; isNew: boolean } | Failure> {
  const refused = accountFault(services, account);
  if (refused !== undefined) return refused;
  const faults = recordFaults(services, account, request);
  if (faults.length > 0) return invalid(...faults);
  const { registry, clients, newId, now } = services;
  const at = new Date(now()).toISOString();
  const {
    name,
    repositories,
    regions = [clients.place.region],
    writes = true,
    profiles = [],
    managedPolicies = [],
  } = request;
  const known = await registry.readAccount(account);
  const id = newId();
  const item = await registry.changeAccount(account, known, (current) => {
    const wanted: AccountItem = {
      id,
      revision: 0,
      createdAt: at,
      state: { status: "unknown", causes: [] },
      ...current,
      account,
      name,
      repositories: [...new Set(repositories)],
      regions: [...new Set(regions)],
      writes,
      profiles: [...new Set(profiles)].sort(),
      managedPolicies: [...new Set(managedPolicies)].sort(),
      updatedAt: at,
      updatedBy: caller,
    };
    if (current === undefined) return wanted;
    const { updatedAt, updatedBy } = current;
    return isSame({ ...wanted, updatedAt, updatedBy }, current) ? current : wanted;
  });
  if (failed(item)) return item;
  const seen = await look(services, item);
  const isNew = item.id === id;
  // If somebody has deleted the record meanwhile, this PUT came before that DELETE.
  if (failed(seen)) return seen.failure === "account-unknown" ? { item, isNew } : seen;
  return { item: seen.item, isNew };
}

function recordFaults(
  services: Services,
  account: string,
  { repositories, regions = [], profiles = [], managedPolicies = [] }: MemberAccountRequest,
): InputError[] {
  const { config } = services;
  const usable = allRegions(services);
  const unusable = regions.flatMap((region, index) => {
    if (usable.includes(region)) return [];
    const detail = `This deployment cannot use the region ${region}. It can use ${usable.join(", ")}. Leave ${region} out, or ask the operator to add it to ROLECALL_REGIONS and to deploy again.`;
    return [{ pointer: `/regions/${index}`, detail }];
  });
  // A policy of the hub's account that the operator lists stands for the policy of the same name in the member.
  const packaged = config.managedPolicies.map((arn) =>
    arn.replace(`:iam::${config.account}:`, `:iam::${account}:`),
  );
  const isServed = (owner: string): boolean =>
    config.owners.some((one) => one.toLowerCase() === owner.toLowerCase());
  const unserved = repositories.flatMap((repository, index) => {
    const [owner = ""] = repository.split("/");
    if (isServed(owner)) return [];
    const detail = `This deployment does not serve the owner ${owner}. Leave it out, or add it to ROLECALL_OWNERS first.`;
    return [{ pointer: `/repositories/${index}`, detail }];
  });
  const unknown = profiles.flatMap((profile, index) => {
    if (config.profiles.has(profile)) return [];
    const known = [...config.profiles.keys()].sort().join(", ") || "none";
    return [
      {
        pointer: `/profiles/${index}`,
        detail: `There is no such profile. The operator has these: ${known} (profiles.json).`,
      },
    ];
  });
  const refused = managedPolicies.flatMap((arn, index) => {
    const fault =
      managedPolicyFault(arn, account) ??
      (packaged.includes(arn)
        ? undefined
        : "The package does not list this policy, so the member's writer may not attach it. Leave it out, or ask the operator to add it to ROLECALL_MANAGED_POLICIES and to update the member's stack.");
    return fault === undefined ? [] : [{ pointer: `/managedPolicies/${index}`, detail: fault }];
  });
  return [...unserved, ...unusable, ...unknown, ...refused];
}

/** Reads a record, and looks now whether Rolecall can use the account. */
export async function getAccount(services: Services, account: string): Promise<AccountItem | Failure> {
  const item = await findAccount(services, account);
  if (failed(item)) return item;
  const seen = await look(services, item);
  return failed(seen) ? seen : seen.item;
}

/** Reads a record. */
export async function findAccount(services: Services, account: string): Promise<AccountItem | Failure> {
  const refused = accountFault(services, account);
  if (refused !== undefined) return refused;
  return (await services.registry.readAccount(account)) ?? { failure: "account-unknown", account };
}

/** Deletes a record, unless the account has registrations. Changes nothing in the account. */
export async function deleteAccount(services: Services, account: string): Promise<Failure | undefined> {
  const item = await findAccount(services, account);
  if (failed(item)) return item;
  if (await services.registry.hasRegistrations(account)) return { failure: "account-in-use", account };
  return (await services.registry.deleteAccount(item))
    ? undefined
    : { failure: "busy", retryAfterSeconds: 1 };
}
