/**
 * Translates a trust policy into a registration's terms: repositories, and the branches, tags, environments and
 * reusable workflows of each. It leaves out everything that a registration cannot express, and notes the reason. So
 * no translation lets in a run that the policy shuts out.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import { matching } from "../../policy/language.ts";
import { parseTrustPolicy, type TrustStatement } from "../../policy/parse.ts";
import { namesAction } from "../../policy/principal.ts";
import { ANY } from "../../policy/string-like.ts";
import { byClaimField } from "../../trust/claims.ts";
import { isPossible } from "../../trust/grammar.ts";
import { parseIssuer } from "../../trust/issuer.ts";
import { demandsOf } from "../../trust/lint/demands.ts";
import { DEAD_HOST, gitHubHosts, parseProviderArn } from "../../trust/lint/provider.ts";
import { runsOf as admittedBy, beside, notByDefault } from "../../trust/lint/runs.ts";
import { reach } from "../../trust/lint/subject.ts";
import { listed } from "../text.ts";
import { claimsOf, Inexpressible, type RequiredClaims, written } from "./demands.ts";
import { type Ids, type Runs, runsOf, subjectsOf, united, withIds } from "./runs.ts";

export type Trusted = Omit<Runs, "byId">;

export type Trusts = {
  readonly trusted: readonly Trusted[];
  /** Principals, actions and tokens that the policy also lets in, but that `trusted` leaves out. */
  readonly lost: readonly string[];
  /** Sentences about what the operator must allow before the service registers a replacement. */
  readonly permits: readonly string[];
  /** The reasons why parts of the policy are not in `trusted`, and other hints. */
  readonly notes: readonly string[];
  /** True if the policy trusts only the issuer of GitHub's first beta, so that nobody gets in. */
  readonly isDead: boolean;
};

export function trustsOf(text: string, issuers: readonly string[]): Trusts {
  const found: Runs[] = [];
  const lost: string[] = [];
  const permits: string[] = [];
  const notes: string[] = [];
  const attempt = (what: string, make: () => void): void => {
    try {
      make();
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      notes.push(`${what}: ${error.message}`);
    }
  };

  const parsed = parseTrustPolicy(text);
  if ("error" in parsed)
    return {
      trusted: [],
      lost,
      permits,
      notes: [`The trust policy cannot be read: ${parsed.error}`],
      isDead: false,
    };
  const { version, statements } = parsed.policy;
  let isDead = statements.some(({ effect }) => effect === "Allow");
  const isShut = statements.some((one) => one.effect === "Deny" && isAssumed(one));
  if (isShut)
    notes.push(
      "A Deny statement shuts runs out. A registration cannot express that, so no registration is suggested.",
    );
  for (const statement of statements.filter(({ effect }) => effect === "Allow")) {
    const hosts = isAssumed(statement) ? gitHubHosts(statement, issuers) : [];
    lost.push(...otherAccess(statement, hosts));
    isDead &&= hosts.length > 0 && hosts.every((one) => one === DEAD_HOST);
    if (hosts.includes(DEAD_HOST))
      notes.push(`${DEAD_HOST} is the issuer of GitHub's first beta. It signs no tokens any more.`);
    for (const host of isShut ? [] : hosts.filter((one) => one !== DEAD_HOST)) {
      if (!issuers.some((url) => url.toLowerCase() === `https://${host}`.toLowerCase()))
        permits.push(`The tokens come from ${host}. The service must know that issuer (ROLECALL_ISSUERS).`);
      const hasClaims = parseIssuer(`https://${host}`)?.hasClaims !== false;
      attempt(statement.sid || statement.pointer, () => {
        const claims = claimsOf(statement.conditions, host, version);
        const demands = demandsOf(statement, host, version);
        if (demands === undefined || !isPossible(demands))
          throw new Inexpressible("no run satisfies all of its conditions, so nobody gets in");
        lost.push(...otherAudiences(claims));
        const others = beside(demands, undefined);
        for (const subject of subjectsOf(claims, host))
          attempt(subject.text, () => {
            written(subject);
            const sent = admittedBy(subject.pattern, matching(subject.pattern), others);
            const isByTemplate = sent.byDefault.size === 0 && sent.byTemplate.size > 0;
            if (isByTemplate && reach(subject.pattern).to !== "anyone")
              throw new Inexpressible(notByDefault(sent));
            const runs = runsOf(subject, claims);
            if (sent.byDefault.size === 0) throw new Inexpressible(notByDefault(sent));
            if (!hasClaims && runs.some(({ repo }) => repo === "*"))
              throw new Inexpressible(
                `AWS evaluates no owner's id of ${host}, so no registration can trust all repositories of an owner`,
              );
            found.push(...runs);
            if (!hasClaims)
              permits.push(
                `AWS evaluates no id of ${host}, so a registration can trust its repositories only by name. The operator must allow that (ROLECALL_ALLOW=name-only).`,
              );
            if (claims.has("ref") && subject.pattern.at(-1) === ANY)
              lost.push(
                `${subject.text}: jobs in environments and pull requests, because their subjects do not name the ref`,
              );
          });
      });
    }
  }
  return { trusted: merged(found, attempt), lost, permits, notes, isDead: isDead && lost.length === 0 };
}

const isAssumed = (statement: TrustStatement): boolean =>
  namesAction(statement, "sts:AssumeRoleWithWebIdentity");

/** Describes other access that a statement gives: to other principals, or with other actions. */
function otherAccess({ principal, action }: TrustStatement, hosts: readonly string[]): string[] {
  const isGitHub = (value: string) => hosts.includes(parseProviderArn(value)?.host ?? value);
  const others = principal.values.filter(({ value }) => principal.not || !isGitHub(value));
  const names = others.map(({ type, value }) => (value === "*" ? "everyone" : `${type} ${value}`));
  // A token of GitHub has no session tags, so sts:TagSession gives its runs nothing.
  const more = action.values.filter(
    (name) => action.not || !/^sts:(?:AssumeRoleWithWebIdentity|TagSession)$/i.test(name),
  );
  const actions = `${action.not ? "all actions except " : ""}${listed(action.values)}`;
  return [
    ...(names.length === 0 ? [] : [`${principal.not ? "everyone except " : ""}${listed(names)}: ${actions}`]),
    ...(more.length === 0 || names.length === principal.values.length ? [] : [`GitHub: ${actions}`]),
  ];
}

function otherAudiences(claims: RequiredClaims): string[] {
  const audiences = claims.get("aud")?.map(({ text }) => text) ?? [];
  const others = audiences.filter((text) => !/^sts\.amazonaws\.com(\.cn)?$/.test(text));
  return others.length === 0
    ? []
    : [`tokens for the audience ${listed(others)}; request the audience of STS instead`];
}

/**
 * Merges runs into one entry for each repository and set of conditions on claims. A repository sends only one of the
 * two forms of a subject. So if a policy trusts both forms, both must let in the same runs.
 */
function merged(found: readonly Runs[], attempt: (what: string, make: () => void) => void): Trusted[] {
  const keyOf = ({ owner, repo, trust }: Runs) => {
    const sorted = united([trust]);
    return JSON.stringify([owner, repo, byClaimField((field) => sorted[field])]);
  };
  const trusted: Trusted[] = [];
  for (const key of new Set(found.map(keyOf))) {
    const group = found.filter((one) => keyOf(one) === key);
    const [first] = group;
    if (first === undefined) continue;
    attempt(`${first.owner}/${first.repo}`, () => {
      const forms = [true, false]
        .map((byId) => group.filter((one) => one.byId === byId))
        .filter((form) => form.length > 0)
        .map((form) => united(form.map(({ trust }) => trust)));
      if (new Set(forms.map((form) => JSON.stringify(form))).size > 1)
        throw new Inexpressible("the two forms of its subject let in different runs");
      const { owner, repo } = first;
      const github = group.reduce(
        (ids: Ids, { github: { repositoryId, ownerId } }) => withIds(ids, { repositoryId, ownerId }),
        {},
      );
      trusted.push({ owner, repo, github, trust: united(group.map(({ trust }) => trust)) });
    });
  }
  return trusted;
}
