/**
 * Measures how often a second the pure parts run on one core. They must be so fast that no request ever waits for
 * them.
 */
import { asObserved, repositoryAsObserved } from "../src/desired/desired.ts";
import { DEFAULT_SETTINGS } from "../src/desired/settings.ts";
import { diff } from "../src/diff/diff.ts";
import { parseTrustPolicy } from "../src/policy/parse.ts";
import type { RegistrationItem } from "../src/registry/items.ts";
import { evaluateTrust } from "../src/trust/evaluate-trust.ts";
import { GITHUB_COM } from "../src/trust/issuer.ts";
import { lintTrustPolicy } from "../src/trust/lint/lint.ts";
import type { Row } from "./measure.ts";

const SECONDS = 1;

/** @param item a registration that is in sync */
export function benchPure({ desired, account }: RegistrationItem): Row[] {
  const settings = DEFAULT_SETTINGS;
  const expected = {
    ...desired,
    repositories: desired.repositories.map((repository) => ({ ...repository, id: "id", settings })),
  };
  const observed = {
    ...asObserved(desired),
    repositories: Object.fromEntries(
      expected.repositories.map(({ name, arn, id }) => [name, repositoryAsObserved({ arn, id }, settings)]),
    ),
  };
  if (diff(expected, observed, "drift").length > 0) throw new Error("the observed state is not in sync");
  const text = JSON.stringify(desired.role.trustPolicy);
  const parsed = parseTrustPolicy(text);
  if ("error" in parsed) throw new Error(parsed.error);
  const [sub = ""] = desired.subjects;
  const request = {
    principal: { federated: desired.provider.arn },
    action: "sts:AssumeRoleWithWebIdentity" as const,
    issuerHost: GITHUB_COM.host,
    claims: { aud: desired.provider.audience, sub },
  };
  const context = {
    issuers: [GITHUB_COM.url],
    accountId: account,
    partition: "aws",
    providerArn: desired.provider.arn,
    hasPush: true,
  };
  return [
    perSecond("diff of a role in sync", () => diff(expected, observed, "drift")),
    perSecond("lint of a trust policy", () => lintTrustPolicy(text, context)),
    perSecond("evaluation of a token against a trust policy", () => evaluateTrust(parsed.policy, request)),
  ];
}

function perSecond(what: string, work: () => unknown): Row {
  for (let warm = 0; warm < 500; warm++) work();
  let times = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < SECONDS * 1000) {
    for (let batch = 0; batch < 50; batch++) work();
    times += 50;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { what, ours: times / seconds, unit: "a second", target: { least: 5000 } };
}
