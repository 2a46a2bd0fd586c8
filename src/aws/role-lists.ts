/**
 * Reads the answers of IAM that list all roles of an account, in place of the SDK. The SDK's reader would take a third of
 * a roll call's processor time. It still reads every error, and every answer that `xml.ts` cannot read.
 */
import type { IAMClient, ManagedPolicyDetail, Role, RoleDetail } from "@aws-sdk/client-iam";
import { collectBody, HttpResponse } from "@smithy/core/protocols";
import type { Pluggable, StreamCollector } from "@smithy/types";
import { type Content, type Fields, readXml, Unread } from "./xml.ts";

/** Reads the result of a command. It has the fields that Rolecall uses, in the SDK's form. */
const READERS: { readonly [commandName: string]: (result: Fields) => object } = {
  GetAccountAuthorizationDetailsCommand: (result) => ({
    RoleDetailList: listOf(result["RoleDetailList"], roleDetail),
    Policies: listOf(result["Policies"], managedPolicy),
    ...pageOf(result),
  }),
  ListRolesCommand: (result) => ({ Roles: listOf(result["Roles"], described), ...pageOf(result) }),
};

/** The clients that read the two lists here. */
const readers = new WeakSet<IAMClient>();

/** Makes a client read the two lists here, from its first call of the two commands on. */
export function readRoleListsOf(client: IAMClient): void {
  if (readers.has(client)) return;
  readers.add(client);
  client.middlewareStack.use(roleLists(client.config));
}

function roleLists<I extends object, O extends object>(config: {
  streamCollector: StreamCollector;
}): Pluggable<I, O> {
  const results = new WeakMap<HttpResponse, object>();
  return {
    applyToStack: (stack) => {
      // Inside of the SDK's reader: takes the body away from it.
      stack.add(
        (next, { commandName = "" }) => {
          const read = READERS[commandName];
          if (read === undefined) return next;
          return async (args) => {
            const answer = await next(args);
            const { response } = answer;
            if (!HttpResponse.isInstance(response) || response.statusCode !== 200) return answer;
            const body = await collectBody(response.body, config);
            const result = resultIn(body);
            response.body = result === undefined ? body : new Uint8Array();
            if (result !== undefined) results.set(response, read(result));
            return answer;
          };
        },
        { step: "deserialize", priority: "low", name: "readRoleLists" },
      );
      // Outside of it: adds the result to its output.
      stack.add(
        (next) => async (args) => {
          const answer = await next(args);
          const { response, output } = answer;
          const result = HttpResponse.isInstance(response) ? results.get(response) : undefined;
          if (output !== undefined && result !== undefined) Object.assign(output, result);
          return answer;
        },
        { step: "deserialize", priority: "high", name: "addRoleLists" },
      );
    },
  };
}

/** Returns the result in a body: the first element in the root. Returns undefined if the SDK shall read the body. */
function resultIn({ buffer, byteOffset, byteLength }: Uint8Array): Fields | undefined {
  try {
    const [result] = Object.values(readXml(Buffer.from(buffer, byteOffset, byteLength)));
    return result === undefined ? undefined : fieldsOf(result);
  } catch (error) {
    if (error instanceof Unread) return undefined;
    throw error;
  }
}

const pageOf = ({ IsTruncated, Marker }: Fields) => ({
  IsTruncated: IsTruncated === "true",
  Marker: textOf(Marker),
});

const roleDetail = (role: Fields): RoleDetail => ({
  Path: textOf(role["Path"]),
  RoleName: textOf(role["RoleName"]),
  RoleId: textOf(role["RoleId"]),
  Arn: textOf(role["Arn"]),
  CreateDate: timeOf(role["CreateDate"]),
  AssumeRolePolicyDocument: textOf(role["AssumeRolePolicyDocument"]),
  RolePolicyList: listOf(role["RolePolicyList"], ({ PolicyName, PolicyDocument }) => ({
    PolicyName: textOf(PolicyName),
    PolicyDocument: textOf(PolicyDocument),
  })),
  AttachedManagedPolicies: listOf(role["AttachedManagedPolicies"], ({ PolicyArn }) => ({
    PolicyArn: textOf(PolicyArn),
  })),
  PermissionsBoundary: {
    PermissionsBoundaryArn: textOf(fieldsOf(role["PermissionsBoundary"])["PermissionsBoundaryArn"]),
  },
  Tags: listOf(role["Tags"], ({ Key, Value }) => ({ Key: textOf(Key), Value: textOf(Value) })),
  RoleLastUsed: { LastUsedDate: timeOf(fieldsOf(role["RoleLastUsed"])["LastUsedDate"]) },
});

const managedPolicy = (policy: Fields): ManagedPolicyDetail => ({
  Arn: textOf(policy["Arn"]),
  PolicyVersionList: listOf(policy["PolicyVersionList"], ({ Document, IsDefaultVersion }) => ({
    Document: textOf(Document),
    IsDefaultVersion: IsDefaultVersion === "true",
  })),
});

const described = ({ RoleId, Description, MaxSessionDuration }: Fields): Partial<Role> => ({
  RoleId: textOf(RoleId),
  Description: textOf(Description),
  MaxSessionDuration: MaxSessionDuration === undefined ? undefined : Number(MaxSessionDuration),
});

const textOf = (content: Content | undefined): string | undefined =>
  typeof content === "string" ? content : undefined;

const timeOf = (content: Content | undefined): Date | undefined =>
  typeof content === "string" ? new Date(content) : undefined;

const listOf = <T>(content: Content | undefined, read: (member: Fields) => T): T[] =>
  isList(content) ? content.map((member) => read(fieldsOf(member))) : [];

const isList = (content: Content | undefined): content is readonly Content[] => Array.isArray(content);

const fieldsOf = (content: Content | undefined): Fields =>
  typeof content === "object" && !isList(content) ? content : {};
