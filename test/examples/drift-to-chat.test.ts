/** examples/drift-to-chat: drift becomes a message that the webhook accepts, whatever text AWS holds. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UpdateAssumeRolePolicyCommand, UpdateRoleCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { eventBridge } from "../../src/aws/events.ts";
import { rollCall, UNLIMITED } from "../../src/roll-call/roll-call.ts";
import { awsClients, existingRole } from "../harness/aws.ts";
import { contract } from "../harness/contract.ts";
import { startEmbedded } from "../harness/embedded.ts";
import { type RegistrationRequest, rolePath, uniqueName } from "../harness/rolecall.ts";
import { examples } from "../harness/run.ts";
import { type Event, type InputTransformer, matches, render, variables } from "./event-rule.ts";

/** The tags `!Ref`, `!Sub` and `!GetAtt`, read as objects. */
const tags = ["Ref", "Sub", "GetAtt"].map((name) => ({
  tag: `!${name}`,
  resolve: (value: string) => ({ [name]: value }),
}));
const { Resources } = parse(readFileSync(join(examples, "drift-to-chat/template.yml"), "utf8"), {
  customTags: tags,
});
const { EventPattern, Targets } = Resources.Rule.Properties;
const [target] = Targets;
const transformer: InputTransformer = target.InputTransformer;

const { api, aws, log, services } = await startEmbedded();
const { iam } = awsClients();

/** Registers a role, changes it in AWS and checks it. Returns the event as EventBridge has it. */
async function drifted(
  description: string,
  body: RegistrationRequest = {},
): Promise<{ event: Event; repo: string; roleArn: string }> {
  const repo = uniqueName();
  const { roleArn } = (await api("PUT", rolePath(repo), { body })).registration();
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  const { trustPolicy } = await existingRole({ iam, ecr: awsClients().ecr }, roleArn);
  const opened = JSON.stringify(trustPolicy)
    .replaceAll("StringEquals", "StringLike")
    .replaceAll("refs/heads/main", "*");
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: opened }));
  await iam.send(new UpdateRoleCommand({ RoleName, Description: description }));
  await api("POST", `${rolePath(repo)}/drift-checks`);
  return { event: await taken(repo), repo, roleArn };
}

/** Returns the last event about a repository. It is put on the embedded bus as the functions put it on AWS's. */
async function taken(repo: string): Promise<Event> {
  const logged = log.findLast(({ details }) => details["repo"] === repo && details["to"] !== undefined);
  if (logged === undefined) throw new Error(`nothing was published about ${repo}`);
  await eventBridge(services.clients).put(logged.message, logged.details);
  const { id, source, detailType, detail, time } = aws.events.at(-1) ?? {};
  const envelope = { version: "0", account: "123456789012", region: "eu-central-1", resources: [] };
  return { ...envelope, id, source, "detail-type": detailType, time, detail };
}

const HOSTILE = '"}],"text":"all is well"\\ \n\r\t <!channel> *b* <https://evil.example|x> & \u2028 😀';

test("drift becomes a message with every difference in words, who wrote last, since when, and the repair", async () => {
  const { event: sent, repo, roleArn } = await drifted(HOSTILE.replace(/[^\x20-\x7e\n\r\t]/gu, ""));
  const { detail: before } = sent as { detail: Event };
  const event = { ...sent, detail: { ...before, lastWritten: "Last written by bob with UpdateRole." } };
  expect(event).toMatchObject({ detail: { changes: [{ path: "/trustPolicy" }, { path: "/description" }] } });
  expect(matches(EventPattern, event)).toBe(true);
  expect(JSON.parse(render(transformer, event))).toEqual({
    text: `acme/${repo}, role publish: in-sync → drifted`,
    mrkdwn: false,
    attachments: [
      {
        fields: [
          {
            title: "What differs",
            value: expect.stringMatching(
              /^Trust policy: who may assume the role \(widens access: gains subject repo:acme@\S+:ref:\*\), Description \(does not affect access\)$/,
            ),
          },
          { title: "Altogether the difference", value: "widens access" },
          { title: "Who wrote last", value: "Last written by bob with UpdateRole." },
          { title: "In this state since", value: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
          { title: "Role", value: roleArn },
          { title: "To repair it, send a signed POST to", value: `${rolePath(repo)}/repairs` },
        ],
      },
    ],
  });
});

test("a repair by a roll call or a person is sent too; a later check that finds no drift is not", async () => {
  const [byRollCall, byPerson] = [await drifted("x", { onDrift: "repair" }), await drifted("x")];
  await rollCall(services, UNLIMITED);
  await api("POST", `${rolePath(byPerson.repo)}/repairs`);
  for (const { repo } of [byRollCall, byPerson]) {
    const repaired = await taken(repo);
    expect(matches(EventPattern, repaired)).toBe(true);
    expect(JSON.parse(render(transformer, repaired)).text).toBe(
      `acme/${repo}, role publish: drifted → repaired`,
    );
    await api("POST", `${rolePath(repo)}/drift-checks`);
    const later = await taken(repo);
    expect(later).toMatchObject({ detail: { from: "repaired", to: "in-sync" } });
    expect(matches(EventPattern, later)).toBe(false);
  }
});

describe("whatever an event holds", async () => {
  const { event } = await drifted("x");
  const { detail } = event as { detail: Event };

  test.each(["differences", "effectInWords", "lastWritten", "at", "roleArn", "repairPath"])(
    "%s is sent as a JSON string, whatever it holds",
    (field) => {
      const changed = { ...event, detail: { ...detail, [field]: HOSTILE } };
      expect(matches(EventPattern, changed)).toBe(true);
      const { text, attachments } = JSON.parse(render(transformer, changed));
      expect(text).toMatch(/^acme\/[\w-]+, role publish: in-sync → drifted$/);
      expect(attachments[0].fields.map(({ value }: { value: string }) => value)).toContain(HOSTILE);
    },
  );

  test.each<[string, Event]>([
    ["nothing differs", { detail: { ...detail, changes: [] } }],
    ["it is in sync again", { detail: { ...detail, to: "in-sync" } }],
    ["it is another event of Rolecall", { "detail-type": "Rolecall Roll Call Requested" }],
    ["it is an event of another service", { source: "aws.iam" }],
  ])("no message is sent if %s", (_, part) => {
    expect(matches(EventPattern, { ...event, ...part })).toBe(false);
  });
});

test("the contract keeps values that stand inside quotes free of quotes, backslashes, line ends and markup", () => {
  const { schemas } = contract.components as {
    schemas: Record<string, { pattern?: string; enum?: string[] }>;
  };
  const of: Record<string, string> = {
    ...{ owner: "OwnerName", repo: "RepoName", role: "RoleName" },
    ...{ from: "DriftStatus", to: "DriftStatus" },
  };
  const quoted = variables(transformer).filter(({ isQuoted }) => isQuoted);
  expect(quoted.map(({ name }) => name)).toEqual(["owner", "repo", "role", "from", "to"]);
  for (const { name } of quoted) {
    const { pattern, enum: values } = schemas[of[name] ?? ""] ?? {};
    for (const character of ['"', "\\", "\n", "<", ">", "&", "\u2028"]) {
      if (values !== undefined) expect(values.join("")).not.toContain(character);
      else expect(`a${character}a`).not.toMatch(new RegExp(pattern ?? ""));
    }
  }
});

test("the role may only call the webhook, and only the rule may fill the queue", () => {
  const { InvokeRole, DeadLettersPolicy } = Resources;
  expect(InvokeRole.Properties.Policies).toEqual([
    {
      PolicyName: "invoke",
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "events:InvokeApiDestination", Resource: { GetAtt: "Destination.Arn" } },
        ],
      },
    },
  ]);
  const [trust] = InvokeRole.Properties.AssumeRolePolicyDocument.Statement;
  expect(trust.Principal).toEqual({ Service: "events.amazonaws.com" });
  expect(Object.keys(trust.Condition)).toEqual(["StringEquals", "ArnLike"]);
  const [fill] = DeadLettersPolicy.Properties.PolicyDocument.Statement;
  expect([fill.Action, fill.Condition]).toEqual([
    "sqs:SendMessage",
    { ArnEquals: { "aws:SourceArn": { GetAtt: "Rule.Arn" } } },
  ]);
  expect(target).toMatchObject({
    Arn: { GetAtt: "Destination.Arn" },
    RoleArn: { GetAtt: "InvokeRole.Arn" },
    DeadLetterConfig: { Arn: { GetAtt: "DeadLetters.Arn" } },
  });
});

test("the template refers only to resources that it has", () => {
  const text = JSON.stringify(Resources);
  const referred = [...text.matchAll(/"(?:GetAtt|Ref)":"([A-Za-z]+)/g)].map(([, name = ""]) => name);
  expect(referred.length).toBeGreaterThan(8);
  const known = [...Object.keys(Resources), "WebhookUrl", "AWS"];
  expect(referred.filter((name) => !known.includes(name))).toEqual([]);
});
