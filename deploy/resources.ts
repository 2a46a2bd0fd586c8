/**
 * The parts of the template that follow from the configuration. `serverless.yml` reads them from `dist/resources.cjs`.
 * osls calls each function with the means to read the configuration that it has resolved itself, so a parameter and a
 * variable count here as they do there.
 */
import profilesJson from "../profiles.json" with { type: "json" };
import { known, pathOf } from "../scripts/configuration.ts";
import selfJson from "../self.json" with { type: "json" };
import { ConfigError, readConfig } from "../src/config.ts";
import { readProfiles } from "../src/desired/read-profiles.ts";
import type { PolicyDocument } from "../src/policy/document.ts";
import { readCeiling } from "../src/self/read-ceiling.ts";
import { apiPolicy, boundaryOf, driftPolicy, type Settings, selfPolicyOf } from "./policies.ts";
import { routesOf, stageOf } from "./routes.ts";
import { completed } from "./substitute.ts";

type Osls = {
  resolveConfigurationProperty(path: string[]): Promise<unknown>;
  resolveVariable(address: string): Promise<unknown>;
};

/** Returns a function for osls that makes a policy of the settings. */
const decided =
  (policyOf: (settings: Settings, path: string) => PolicyDocument) =>
  async ({ resolveConfigurationProperty, resolveVariable }: Osls): Promise<unknown> => {
    const settings = settingsOf(Object(await resolveConfigurationProperty(["provider", "environment"])));
    // The package of a wrong configuration is refused by scripts/package.ts, which says what is wrong with it.
    return settings === undefined ? {} : completed(policyOf(settings, await path({ resolveVariable })));
  };

function settingsOf(environment: Record<string, unknown>): Settings | undefined {
  const profiles = readProfiles(profilesJson);
  if (Array.isArray(profiles)) return undefined;
  try {
    return { ...readConfig(known(environment), profilesJson), profiles };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

export const boundary = decided(boundaryOf);
export const api = decided(apiPolicy);
export const drift = decided(driftPolicy);
export const selfPolicy = decided((settings, path) => selfPolicyOf(settings, ceiling, path));

const read = readCeiling(selfJson);
/** The ceiling; one without a rule if the file is wrong, which scripts/package.ts refuses. */
const ceiling = Array.isArray(read) ? { rules: [] } : read;
const servesWorkflows = ceiling.rules.length > 0;

/** Returns the function that serves workflows. A deployment has it only if the ceiling has a rule. */
export async function selfFunction({ resolveVariable }: Pick<Osls, "resolveVariable">): Promise<unknown> {
  if (!servesWorkflows) return {};
  const { self } = Object(await resolveVariable("file(deploy/self.yml):function"));
  const reserved = String(await resolveVariable("param:selfConcurrency"));
  return { self: { ...self, ...(reserved !== "" && { reservedConcurrency: Number(reserved) }) } };
}

/** Returns the resources of that function. */
export const selfResources = async ({ resolveVariable }: Pick<Osls, "resolveVariable">): Promise<unknown> =>
  servesWorkflows ? resolveVariable("file(deploy/self.yml):resources") : {};

/** Returns the throttles of the routes that nobody signs. */
export async function throttles({ resolveVariable }: Pick<Osls, "resolveVariable">): Promise<unknown> {
  const { self = {} } = servesWorkflows
    ? Object(await resolveVariable("file(deploy/self.yml):function"))
    : {};
  return { extensions: { HttpApiStage: stageOf(routesOf(self)) } };
}

/** Returns the audience of workflows' tokens: the operator's, or else the API's own URL. */
export async function selfAudience({ resolveVariable }: Pick<Osls, "resolveVariable">): Promise<unknown> {
  const named = await resolveVariable("param:selfAudience");
  return named === "" ? completed("https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}") : named;
}

/** Returns the names of the roles of the functions that serve requests. */
export const apiRoles = async (): Promise<unknown> =>
  completed(servesWorkflows ? "${ApiRole},${SelfRole}" : "${ApiRole}");

/** Returns the path of the boundary and of every role that the functions make. */
export const path = async ({ resolveVariable }: Pick<Osls, "resolveVariable">): Promise<string> =>
  pathOf(String(await resolveVariable("sls:stage")));

/** Returns the resources that a deployment has only if the operator asks for them. */
export async function optional({ resolveVariable }: Osls): Promise<unknown> {
  const address = await resolveVariable("param:alarmEmail");
  if (address === "") return {};
  const Properties = { TopicArn: { Ref: "AlarmTopic" }, Protocol: "email", Endpoint: address };
  return { Resources: { AlarmEmail: { Type: "AWS::SNS::Subscription", Properties } } };
}
