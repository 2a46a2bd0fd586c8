/**
 * The parts of the template that follow from the configuration. `serverless.yml` reads them from `dist/resources.cjs`.
 * osls calls each function with the means to read the configuration that it has resolved itself, so a parameter and a
 * variable count here as they do there.
 */
import profilesJson from "../profiles.json" with { type: "json" };
import { known, pathOf } from "../scripts/configuration.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { readProfiles } from "../src/desired/read-profiles.ts";
import type { PolicyDocument } from "../src/policy/document.ts";
import { apiPolicy, boundaryOf, driftPolicy, type Settings } from "./policies.ts";
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
