/** Makes the tamperings of a table with the AWS SDK and the embedded GitHub, and without code of the service. */
import * as ecrSdk from "@aws-sdk/client-ecr";
import * as iamSdk from "@aws-sdk/client-iam";
import type { Repositories } from "../../local/github/server.ts";
import type { RegistrationItem } from "../../src/registry/items.ts";
import { type AwsClients, existingRole } from "../harness/aws.ts";
import type { RegistrationRequest } from "../harness/rolecall.ts";

/** An edit of a policy document: its operation, its place (RFC 6901) and its value. */
type Edit = readonly [how: string, pointer: string, value?: unknown];

export type Step = {
  /** A call such as `iam:AttachRolePolicy`, with its input. `{"json": …}` in the input is sent as text. */
  call?: string;
  input?: Readonly<Record<string, unknown>>;
  edit?: string;
  edits?: readonly Edit[];
  /** Writes the document with other white space and escapes. */
  indent?: number;
  escape?: boolean;
  /** Creates the role again as it is registered, with these differences. */
  remake?: { inline?: boolean; edits?: readonly Edit[] };
  copyInline?: string;
  github?: string;
  to?: string;
  settings?: Parameters<Repositories["set"]>[1];
};

export type Tampering = {
  name: string;
  /** The registered settings of the ECR repository. */
  settings?: Readonly<Record<string, unknown>>;
  /** More of the registered role. */
  request?: Pick<RegistrationRequest, "profiles" | "managedPolicyArns">;
  do: readonly Step[];
  /** True if the tampering changes something that all roles share. */
  shared?: boolean;
  changes: readonly {
    of: "provider" | "role" | "repository" | "github";
    path: string;
    effect: string;
    repairable: boolean;
  }[];
};

type Json = { [key: string]: unknown };

/** Applies the steps to one registration. It reads the item only for the names of the resources. */
export async function tamper(
  aws: AwsClients,
  repositories: Repositories,
  item: RegistrationItem,
  ecrId: string,
  steps: readonly Step[],
): Promise<void> {
  const { role, provider, subjects } = item.desired;
  const [repository] = item.desired.repositories;
  const subject = subjects[0] ?? "";
  const words: Record<string, string> = {
    role: role.name,
    provider: provider.arn,
    boundary: role.boundaryArn,
    repository: repository?.name ?? "",
    repositoryArn: repository?.arn ?? "",
    repositoryId: String(item.spec.github.repositoryId),
    ecrId,
    repo: item.repo,
    subjectAnyRef: subject.replace(/:ref:.*$/, ":*"),
    subjectOther: subject.replace(/[^/]*$/, "feature"),
    subjectUpper: subject.toUpperCase(),
  };
  const filled = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value).replace(/\$([a-zA-Z]+)/g, (_, word: string) => words[word] ?? `?${word}`),
    );
  const send = (service: string, command: string, input: unknown) => {
    const sdk: Json = service === "iam" ? iamSdk : ecrSdk;
    const Command = sdk[`${command}Command`] as new (input: unknown) => iamSdk.GetRoleCommand;
    const client = (service === "iam" ? aws.iam : aws.ecr) as iamSdk.IAMClient;
    return client.send(new Command(input));
  };
  const RoleName = role.name;

  for (const step of steps) {
    if (step.call !== undefined) {
      const [service = "", command = ""] = step.call.split(":");
      const input = Object.entries(filled(step.input ?? {})).map(([name, value]) => [name, asText(value)]);
      await send(service, command, Object.fromEntries(input));
    }
    if (step.edit !== undefined) {
      const { trustPolicy, inlinePolicies } = await existingRole(aws, RoleName);
      const [PolicyName, policy] = Object.entries(inlinePolicies)[0] ?? [];
      const edited = apply(step.edit === "trust" ? trustPolicy : policy, filled(step.edits ?? []));
      const plain = JSON.stringify(edited, undefined, step.indent);
      const PolicyDocument = step.escape ? plain.replaceAll("sts", "\\u0073ts") : plain;
      if (step.edit === "trust") await send("iam", "UpdateAssumeRolePolicy", { RoleName, PolicyDocument });
      else await send("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument });
    }
    if (step.remake !== undefined) {
      const { inline = true, edits = [] } = step.remake;
      await send("iam", "CreateRole", {
        RoleName,
        Path: role.path,
        Description: role.description,
        MaxSessionDuration: role.maxSessionSeconds,
        PermissionsBoundary: role.boundaryArn,
        AssumeRolePolicyDocument: JSON.stringify(apply(role.trustPolicy, filled(edits))),
        Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
      });
      for (const [PolicyName, policy] of inline ? Object.entries(role.inlinePolicies) : [])
        await send("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) });
    }
    if (step.copyInline !== undefined) {
      const [policy] = Object.values((await existingRole(aws, RoleName)).inlinePolicies);
      const PolicyDocument = JSON.stringify(policy);
      await send("iam", "PutRolePolicy", { RoleName, PolicyName: step.copyInline, PolicyDocument });
    }
    const fullName = `${item.owner}/${item.repo}`;
    if (step.github === "rename") repositories.rename(fullName, filled(step.to ?? ""));
    if (step.github === "set") repositories.set(fullName, step.settings);
    if (step.github === "remove") repositories.remove(fullName);
  }
}

const asText = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "json" in value ? JSON.stringify(value.json) : value;

/** Returns a document with the edits. */
function apply(document: unknown, edits: readonly Edit[]): unknown {
  const root: Json = { document: structuredClone(document) };
  for (const [how, pointer, value] of edits) {
    const [holder, key] = at(root, pointer);
    const target = holder[key];
    const items = Array.isArray(target) ? target : [target];
    if (how === "set") holder[key] = value;
    else if (target === undefined) throw new Error(`${how}: nothing at ${pointer}`);
    else if (how === "remove" && Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (how === "remove") delete holder[key];
    else if (how === "add") holder[key] = [...items, value];
    else if (how === "list") holder[key] = [target];
    else if (how === "single") holder[key] = items[0];
    else if (how === "duplicate") holder[key] = [...items, items[0]];
    else if (how === "lower") holder[key] = items.map((each) => String(each).toLowerCase());
    else if (how === "copyStatement")
      (holder as unknown as unknown[]).push({ ...Object(target), Sid: "Copy" });
    else if (how === "reverse")
      holder[key] = Array.isArray(target)
        ? target.toReversed()
        : Object.fromEntries(Object.entries(Object(target)).toReversed());
    else if (how === "move") {
      delete holder[key];
      const [other, name] = at(root, String(value));
      other[name] = target;
    } else throw new Error(`unknown edit ${how}`);
  }
  return root["document"];
}

/** Returns the object that contains the value at a pointer, and the value's key. */
function at(root: Json, pointer: string): [Json, string] {
  const keys = ["document", ...pointer.split("/").slice(1)];
  const key = keys.pop() ?? "";
  return [keys.reduce<Json>((holder, each) => Object(holder[each]), root), key];
}
