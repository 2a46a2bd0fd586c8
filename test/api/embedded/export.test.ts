/** Leaving and coming back: what an exported script makes is what is registered. */
import { DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import {
  DeleteOpenIDConnectProviderCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { runScript } from "../../export/script.ts";
import { awsClients } from "../../harness/aws.ts";
import { startEmbedded } from "../../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../../harness/rolecall.ts";

const { api, aws: embedded } = await startEmbedded({ tagKeys: ["team"] });
const { iam, ecr } = awsClients();

const requests: [string, (repo: string) => RegistrationRequest][] = [
  ["the defaults", () => ({})],
  [
    "much",
    (repo) => ({
      trust: { branches: ["main", "release/*"], environments: ["it's $(prod)"] },
      ecr: [
        {
          repository: `acme/${repo}`,
          access: "both",
          settings: {
            tagMutability: "MUTABLE",
            scanOnPush: false,
            lifecycle: [{ images: "any", keepLast: 50 }],
            tags: { team: "payments" },
            pull: { accounts: ["210987654321"], organization: "o-a1b2c3d4e5" },
          },
        },
        { repository: `acme/${repo}/base`, access: "pull" },
      ],
      maxSessionSeconds: 7200,
      tags: { team: "payments" },
    }),
  ],
];

test.each(requests)(
  "%s: all is deleted, the script makes it again, and a check finds no drift",
  async (_, request) => {
    const repo = uniqueName();
    const { roleArn, providerArn, ...registration } = (
      await api("PUT", rolePath(repo), { body: request(repo) })
    ).registration();
    const script = (await api("GET", `${rolePath(repo)}/export?format=cli`)).text;

    const RoleName = roleArn.split("/").at(-1);
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "rolecall-ecr" }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
    for (const { repository: repositoryName } of registration.ecr)
      await ecr.send(new DeleteRepositoryCommand({ repositoryName }));

    expect(await runScript(script, embedded.url)).toEqual({ status: 0, stderr: "", left: [] });
    const { changes } = JSON.parse((await api("POST", `${rolePath(repo)}/drift-checks`)).text);
    // IAM gives a role that is made again another id; all that it holds is as it was.
    expect(changes).toEqual([
      expect.objectContaining({ resource: roleArn, path: "/roleId", effect: "none" }),
    ]);
  },
);
