/**
 * `npm run demo`: shows Rolecall's main purpose on this machine. It registers a repository, shows the result in AWS,
 * changes the role behind Rolecall's back, and shows that Rolecall finds the change, names its author and repairs it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import createClient from "openapi-fetch";
import type { paths } from "../src/generated/contract.ts";
import { rollCall, UNLIMITED } from "../src/roll-call/roll-call.ts";
import { lineLog } from "./log.ts";
import { startLocal } from "./serve.ts";

const isTerminal = process.stdout.isTTY === true;
const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text);
const step = (title: string): void => console.log(`\n${bold(`# ${title}`)}`);
const show = (value: unknown): void =>
  console.log(typeof value === "string" ? value : JSON.stringify(value, null, 2));

const MEMBER = "210987654321";
const folder = await mkdtemp(join(tmpdir(), "rolecall-demo-"));
const ceiling = join(folder, "self.json");
const rule = { repositories: ["acme/*"], roles: ["deploy-*"], access: ["push", "pull"] };
await writeFile(ceiling, JSON.stringify({ rules: [rule] }));
const env = { ROLECALL_LOCAL_ACCOUNTS: MEMBER, ROLECALL_SELF: ceiling };
const local = await startLocal({ log: lineLog("error"), env });
try {
  const rolecall = createClient<paths>({ baseUrl: local.url });
  const ROLE = "/v1/repos/{owner}/{repo}/roles/{role}";
  const publish = { params: { path: { owner: "acme", repo: "api", role: "publish" } } };
  const iam = new IAMClient({});
  const roleOf = async (RoleName: string) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return { ...Role, trustPolicy: JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "null")) };
  };

  step("Register the repository acme/api: curl -X PUT …/v1/repos/acme/api/roles/publish");
  const { data: registration, error, response } = await rolecall.PUT(ROLE, publish);
  if (registration === undefined) throw new Error(error.detail);
  show(`${response.status} ${response.statusText}`);
  const { status, roleArn, providerArn, subjects } = registration;
  show({ status, roleArn, providerArn, subjects });

  step("The role in IAM");
  const roleName = roleArn.split("/").at(-1) ?? "";
  const role = await roleOf(roleName);
  show({
    Arn: role.Arn,
    PermissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
    Tags: role.Tags,
  });

  step("Its trust policy: only this repository's main branch");
  show(role.trustPolicy);

  step("The ECR repository");
  const { repositories = [] } = await new ECRClient({}).send(
    new DescribeRepositoriesCommand({
      repositoryNames: registration.ecr.map(({ repository }) => repository),
    }),
  );
  show(repositories.map(({ repositoryUri, imageTagMutability }) => ({ repositoryUri, imageTagMutability })));

  step(`The workflow to commit as ${registration.workflow?.path}`);
  show(registration.workflow?.content);

  step("Workflow runs ask AWS for the role with their GitHub token");
  const sts = new STSClient({});
  const { github } = local;
  if (github === undefined)
    throw new Error("The demo needs the embedded GitHub: unset GITHUB_API_URL and ROLECALL_AWS");
  const runs = {
    "a push to main": { repository: "acme/api", ref: "refs/heads/main" },
    "a push to another branch": { repository: "acme/api", ref: "refs/heads/feature" },
    "a fork's pull request": { repository: "acme/api", event: "pull_request", fork: "mallory/api" },
    "a push to main of another repository": { repository: "acme/other", ref: "refs/heads/main" },
  };
  for (const [run, claims] of Object.entries(runs)) {
    const token = await github.mint(claims);
    const assumed = await sts
      .send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: "demo",
          WebIdentityToken: token,
        }),
      )
      .then(({ AssumedRoleUser }) => `is let in as ${AssumedRoleUser?.Arn}`)
      .catch((refusal: Error) => `is refused: ${refusal.name}`);
    show(`${run}: ${assumed}`);
  }

  step("Why is the other branch refused?");
  const feature = await github.mint(runs["a push to another branch"]);
  const { data: explanation } = await rolecall.POST(`${ROLE}/explanations`, {
    ...publish,
    body: { token: feature },
  });
  show({
    allowed: explanation?.allowed,
    verification: explanation?.verification,
    remedy: explanation?.remedy,
  });

  step("Mallory widens the trust policy behind Rolecall's back to every repository and every ref of acme");
  const tampered = structuredClone(role.trustPolicy);
  tampered.Statement[0].Condition = {
    StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
    StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" },
  };
  const PolicyDocument = JSON.stringify(tampered);
  // In the embedded AWS an access key id is the name of a user.
  const mallory = new IAMClient({ credentials: { accessKeyId: "mallory", secretAccessKey: "demo" } });
  await mallory.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  show(tampered.Statement[0].Condition);

  step("The next roll call finds the change, and CloudTrail says who wrote last");
  show((await rollCall(local.services, UNLIMITED)).counts);
  const { data: checked } = await rolecall.GET(ROLE, publish);
  const found = checked?.drift.changes?.map(({ resource, path, effect }) => ({ resource, path, effect }));
  show({ drift: checked?.drift.status, found, lastWritten: checked?.drift.causes?.[0]?.by });

  step("The same PUT repairs the role, and the next roll call finds no drift");
  await rolecall.PUT(ROLE, publish);
  show((await rollCall(local.services, UNLIMITED)).counts);

  step(`Serve another account: curl -X PUT …/v1/accounts/${MEMBER}`);
  const account = { params: { path: { account: MEMBER } } };
  const { data: record } = await rolecall.PUT("/v1/accounts/{account}", {
    ...account,
    body: { name: "staging", repositories: ["acme/*"], writes: true },
  });
  show({ state: record?.state.status, template: record?.state.template });

  step(`Register acme/api there: curl -X PUT …/v1/accounts/${MEMBER}/repos/acme/api/roles/publish`);
  const ROLE_THERE = "/v1/accounts/{account}/repos/{owner}/{repo}/roles/{role}";
  const there = { params: { path: { ...account.params.path, ...publish.params.path } } };
  const { data: second } = await rolecall.PUT(ROLE_THERE, there);
  show({ status: second?.status, roleArn: second?.roleArn, ecr: second?.ecr.map(({ uri }) => uri) });

  step("Mallory does the same there; a check finds it, and a repair undoes it");
  // This access key belongs to the user mallory of the member account.
  const inMember = new IAMClient({
    credentials: { accessKeyId: `${MEMBER}-mallory`, secretAccessKey: "demo" },
  });
  await inMember.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  const { data: check } = await rolecall.POST(`${ROLE_THERE}/drift-checks`, there);
  show({
    drift: check?.status,
    found: check?.changes?.map(({ resource, path, effect }) => ({ resource, path, effect })),
  });
  const { data: repaired } = await rolecall.POST(`${ROLE_THERE}/repairs`, there);
  show({ drift: repaired?.status });

  step(
    "A workflow registers a role with its own GitHub token: curl -X PUT …/v1/self/repos/acme/web/roles/deploy-web",
  );
  const audience = local.services.config.selfAudience ?? local.url;
  for (const branch of ["main", "feature"]) {
    const token = await github.mint({ repository: "acme/web", ref: `refs/heads/${branch}`, audience });
    const { data: own, error: refusal } = await rolecall.PUT("/v1/self/repos/{owner}/{repo}/roles/{role}", {
      params: { path: { owner: "acme", repo: "web", role: "deploy-web" } },
      headers: { authorization: `Bearer ${token}` },
    });
    show(`a run of ${branch}: ${own === undefined ? refusal.detail : `registers ${own.roleArn}`}`);
  }
} finally {
  await local.close();
  await rm(folder, { recursive: true });
}
