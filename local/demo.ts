/** The whole main job on this machine: register, look at what AWS then holds, tamper, and be found out. */
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import createClient from "openapi-fetch";
import { rollCall, UNLIMITED } from "../src/drift/roll-call.ts";
import type { paths } from "../src/generated/contract.ts";
import { lineLog } from "./log.ts";
import { startLocal } from "./serve.ts";

const isTerminal = process.stdout.isTTY === true;
const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text);
const step = (title: string): void => console.log(`\n${bold(`# ${title}`)}`);
const show = (value: unknown): void =>
  console.log(typeof value === "string" ? value : JSON.stringify(value, null, 2));

const local = await startLocal({ log: lineLog("error") });
try {
  const rolecall = createClient<paths, `application/${string}`>({ baseUrl: local.url });
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

  step("The role that now is in IAM");
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

  step("Runs ask AWS for the role with the token that GitHub gives them");
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
      .then(({ AssumedRoleUser }) => `gets in as ${AssumedRoleUser?.Arn}`)
      .catch((refusal: Error) => `stays out: ${refusal.name}`);
    show(`${run}: ${assumed}`);
  }

  step("Why does the other branch stay out?");
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

  step("Somebody widens the trust policy behind Rolecall's back: every repository of acme, every ref");
  const tampered = structuredClone(role.trustPolicy);
  tampered.Statement[0].Condition = {
    StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" },
    StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" },
  };
  const PolicyDocument = JSON.stringify(tampered);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
  show(tampered.Statement[0].Condition);

  step("The next roll call finds it");
  show((await rollCall(local.services, UNLIMITED)).counts);
  const { data: checked } = await rolecall.GET(ROLE, publish);
  const found = checked?.drift.changes?.map(({ resource, path, effect }) => ({ resource, path, effect }));
  show({ drift: checked?.drift.status, found });

  step("The same PUT again puts it right, and the next roll call agrees");
  await rolecall.PUT(ROLE, publish);
  show((await rollCall(local.services, UNLIMITED)).counts);
} finally {
  await local.close();
}
