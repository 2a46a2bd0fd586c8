/** GitHub's provider is the account's: it may be missing, be made by others, or lose what the roles need. */
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
} from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, test } from "vitest";
import { awsClients, providerAudiences } from "../../harness/aws.ts";
import { namesOf, startEmbedded } from "../../harness/embedded.ts";
import { rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, callsOf, clock } = await startEmbedded();
const aws = awsClients();

const PROVIDER_KNOWN_MS = 5 * 60_000;
const AUDIENCE = "sts.amazonaws.com";
const OpenIDConnectProviderArn =
  "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
const Url = "https://token.actions.githubusercontent.com";

beforeEach(async () => {
  if ((await providerAudiences(aws, OpenIDConnectProviderArn)) !== undefined) {
    await aws.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  }
  clock.advance(PROVIDER_KNOWN_MS);
});

const providers = async () => (await api("GET", "/v1/account")).account().providers;

test("missing, and the account says so; a registration makes it", async () => {
  expect(await providers()).toEqual([{ arn: OpenIDConnectProviderArn, exists: false, audiences: [] }]);
  await api("PUT", rolePath(uniqueName()));
  expect(await providers()).toEqual([{ arn: OpenIDConnectProviderArn, exists: true, audiences: [AUDIENCE] }]);
});

test("made by somebody else, for other audiences: ours is added, theirs stay", async () => {
  await aws.iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["theirs"] }));
  expect((await api("PUT", rolePath(uniqueName()))).status).toBe(201);
  expect((await providerAudiences(aws, OpenIDConnectProviderArn))?.toSorted()).toEqual([AUDIENCE, "theirs"]);
});

test("made by somebody else as it should be: nothing is changed", async () => {
  await aws.iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: [AUDIENCE, "theirs"] }));
  const { result, calls } = await callsOf(() => api("PUT", rolePath(uniqueName())));
  expect(result.status).toBe(201);
  expect(namesOf(calls, "iam")).not.toContain("iam:AddClientIDToOpenIDConnectProvider");
});

describe("lost behind Rolecall's back: the same PUT puts it right", () => {
  test("a lost audience is added again", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    await aws.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: "theirs" }),
    );
    await aws.iam.send(
      new RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: AUDIENCE }),
    );
    const shown = (await api("PUT", `${rolePath(repo)}?dryRun=true`)).registration();
    expect(shown.changes).toMatchObject([
      { resource: OpenIDConnectProviderArn, path: "/audiences", effect: "widens" },
    ]);
    expect((await api("PUT", rolePath(repo))).registration().changes).toEqual(shown.changes);
    expect((await providerAudiences(aws, OpenIDConnectProviderArn))?.toSorted()).toEqual([
      AUDIENCE,
      "theirs",
    ]);
  });

  test("a lost provider is made again", async () => {
    const repo = uniqueName();
    await api("PUT", rolePath(repo));
    await aws.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    const { changes } = (await api("PUT", rolePath(repo))).registration();
    expect(changes).toMatchObject([{ resource: OpenIDConnectProviderArn, path: "" }]);
    expect(await providerAudiences(aws, OpenIDConnectProviderArn)).toEqual([AUDIENCE]);
  });
});

test("a DELETE leaves it, though it was the last role", async () => {
  const repo = uniqueName();
  await api("PUT", rolePath(repo));
  expect((await api("DELETE", rolePath(repo))).removal().stays).toContain(OpenIDConnectProviderArn);
  expect(await providerAudiences(aws, OpenIDConnectProviderArn)).toEqual([AUDIENCE]);
});
