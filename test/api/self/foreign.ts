/** Other GitHubs, whose tokens Rolecall refuses. */
import { afterAll } from "vitest";
import { type EmbeddedGitHub, startEmbeddedGitHub } from "../../../local/github/server.ts";
import { GITHUB_COM } from "../../../src/trust/issuer.ts";

/** Starts another issuer, and an issuer of GitHub's name whose key Rolecall does not trust. */
export async function startForeign(now: () => number) {
  const start = async (issuer: string): Promise<EmbeddedGitHub> => {
    const other = await startEmbeddedGitHub({ owners: ["acme"], issuer, now });
    afterAll(() => other.close());
    return other;
  };
  return { evilIssuer: await start(`${GITHUB_COM.url}/evil`), evilKeys: await start(GITHUB_COM.url) };
}
