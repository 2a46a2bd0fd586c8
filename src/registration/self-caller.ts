/** The caller of a workflow's call: its verified token, and the refusals of a token. */
import { issuerOf } from "../config.ts";
import { type RunToken, type TokenFault, verifyRunToken } from "../github/run-token.ts";
import type { Failure } from "../lib/errors.ts";
import type { RegistrationItem, RegistrationKey } from "../registry/items.ts";
import type { Ceiling } from "../self/ceiling.ts";
import { type Denial, readDenial } from "../self/decide.ts";
import type { Services } from "../services.ts";

/** The rules for workflows: the operator's ceiling, and the audience that a token must be for. */
export type SelfRules = { readonly ceiling: Ceiling; readonly audience: string };

/** A workflow's call: its verified token, and the registration that its path names. */
export type SelfCall = {
  readonly caller: RunToken;
  readonly key: RegistrationKey;
  /** The member account. By default the service's own account. */
  readonly account: string | undefined;
};

/** Returns the name of a call's account in the operator's ceiling. */
export const accountOf = ({ account = "home" }: Pick<SelfCall, "account">): string => account;

const RULE_OF_ROLECALL = "Rolecall's own rule";

export const notAllowed = ({ rule, accepts, ...denial }: Denial): Failure => ({
  failure: "token-not-allowed",
  denied: {
    ...denial,
    accepts: [...accepts],
    rule: rule === "rolecall" ? RULE_OF_ROLECALL : `self.json ${rule}`,
  },
});

/** Verifies a token, and that a rule names its repository. Needs no table, and no GitHub but the issuer's keys. */
export async function verifiedCaller(
  { config, fetchKeys, now }: Services,
  { ceiling, audience }: SelfRules,
  token: string,
  { key: { owner, repo }, account }: Omit<SelfCall, "caller">,
): Promise<RunToken | Failure> {
  const verified = await verifyRunToken(
    token,
    { issuer: issuerOf(config, owner), audience },
    fetchKeys,
    now(),
  );
  if ("fault" in verified) return invalidToken(verified);
  const { claims } = verified;
  const path = `${owner}/${repo}`;
  if (claims["repository"] !== path)
    return notAllowed({
      claim: "repository",
      was: String(claims["repository"]),
      accepts: [path],
      rule: "rolecall",
      remedy: "Use the path of the workflow's own repository, spelled as GitHub spells it.",
    });
  const denial = readDenial(ceiling, claims, accountOf({ account }));
  return denial === undefined ? verified : notAllowed(denial);
}

function invalidToken(fault: TokenFault): Failure {
  const denied = (claim: string, was: string, accepts: string[], remedy: string): Failure => ({
    failure: "token-invalid",
    denied: { claim, was: was.slice(0, 200), accepts, rule: RULE_OF_ROLECALL, remedy },
  });
  const again = "Let the job ask GitHub for a new token, right before the request.";
  switch (fault.fault) {
    case "keys-unavailable":
      return {
        failure: "github-unavailable",
        retryAfterSeconds: 30,
        internal: "the issuer's keys are unavailable",
      };
    case "form":
      return denied(
        "form",
        "",
        [],
        "Send `Authorization: Bearer TOKEN` with the token that GitHub gave to the job.",
      );
    case "signature":
      return denied(
        "signature",
        "",
        [],
        "The issuer did not sign it. Send a token that GitHub gave to the job.",
      );
    case "algorithm":
      return denied("alg", fault.was, [fault.accepts], "Send a token that GitHub gave to the job.");
    case "issuer":
      return denied(
        "iss",
        fault.was,
        [fault.accepts],
        "Send a token of the issuer that the operator configured.",
      );
    case "audience":
      return denied(
        "aud",
        fault.was,
        [fault.accepts],
        "Let the job ask GitHub for a token with that audience.",
      );
    case "missing":
      return denied(fault.claim, "", [], again);
    case "age":
      return denied(fault.claim, String(fault.was), [], again);
  }
}

/** Tells whether a registration is for the repository of a token. Its id decides, because a name can pass to another. */
export const isOfRepository = ({ claimant }: RegistrationItem, { claims }: RunToken): boolean =>
  claimant === `repository:${Number(claims["repository_id"])}`;

/** Returns the name of a caller in the history: repository, run and actor. */
export function nameOf({ claims }: RunToken): string {
  const { repository, repository_id, run_id, run_attempt, actor, actor_id } = claims;
  return `github:${repository}@${repository_id} run ${run_id} attempt ${run_attempt} by ${actor}(${actor_id})`;
}
