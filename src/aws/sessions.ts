/**
 * The sessions in a member account. One reader session serves every read until shortly before its end. Each change has
 * a writer session of its own, which is narrowed to the resources of that change and used for its writes alone.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AssumeRoleCommand, type AssumeRoleCommandInput, type STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentialIdentity, FinalizeRequestMiddleware, Pluggable } from "@smithy/types";
import {
  externalIdOf,
  type Hub,
  type MemberRole,
  memberRoleArn,
  sourceIdentityOf,
} from "../desired/member.ts";
import type { Scope } from "../desired/session-policy.ts";
import { sessionPolicy } from "../desired/session-policy.ts";
import { AwsFault } from "./fault.ts";

/** The duration of a reader session, and the remaining time below which a new one is opened (seconds, milliseconds). */
const READER_SECONDS = 3600;
const RENEW_MS = 5 * 60_000;
/** The duration of a writer session, which is the shortest that STS allows (seconds). A change takes a minute. */
const WRITER_SECONDS = 900;

type Session = { readonly identity: AwsCredentialIdentity; readonly endsAt: number };

/** A change whose writes need a session in a member account. */
type Change = { readonly name: string; readonly scope: Scope; session?: Promise<Session> };

const changes = new AsyncLocalStorage<Change>();
const callers = new AsyncLocalStorage<string>();

/**
 * Runs the writes of one change. In a member account they get one session, which is opened at the first write.
 * @param name the session's name, which is the id of the change's lease
 */
export const asOneChange = <T>(name: string, scope: Scope, work: () => Promise<T>): Promise<T> =>
  changes.run({ name, scope }, work);

/** Runs work at a caller's request. CloudTrail in the member account then names the caller. */
export const onBehalfOf = <T>(caller: string, work: () => Promise<T>): Promise<T> =>
  callers.run(caller, work);

export type Sessions = ReturnType<typeof openSessions>;

/** Opens the sessions of a member account. `sts` is a client with the hub's own credentials. */
export function openSessions(sts: STSClient, hub: Hub, account: string, now: () => number) {
  let reader: Promise<Session> | undefined;

  async function assume(
    role: MemberRole,
    input: Pick<AssumeRoleCommandInput, "RoleSessionName" | "DurationSeconds" | "Policy" | "SourceIdentity">,
  ): Promise<Session> {
    const roleArn = memberRoleArn(hub, account, role);
    try {
      const { Credentials: given } = await sts.send(
        new AssumeRoleCommand({ RoleArn: roleArn, ExternalId: externalIdOf(hub, account), ...input }),
      );
      return {
        identity: {
          accessKeyId: given?.AccessKeyId ?? "",
          secretAccessKey: given?.SecretAccessKey ?? "",
          sessionToken: given?.SessionToken ?? "",
        },
        endsAt: given?.Expiration?.getTime() ?? 0,
      };
    } catch (error) {
      if (!(error instanceof AwsFault) || error.code !== "AccessDenied") throw error;
      const internal = error.failure.failure === "aws-refused" ? error.failure.internal : error.code;
      throw new AwsFault({ failure: "account-unreachable", account, roleArn, internal }, error.code, error);
    }
  }

  async function read(): Promise<Session> {
    const known = await reader?.catch(() => undefined);
    if (known !== undefined && known.endsAt - now() > RENEW_MS) return known;
    const opening = assume("reader", { RoleSessionName: "rolecall", DurationSeconds: READER_SECONDS });
    reader = opening;
    return opening;
  }

  function write(): Promise<Session> {
    const change = changes.getStore();
    if (change === undefined) throw new Error("a write in a member account belongs to no change");
    change.session ??= assume("writer", {
      RoleSessionName: change.name,
      DurationSeconds: WRITER_SECONDS,
      Policy: JSON.stringify(sessionPolicy(change.scope)),
      SourceIdentity: sourceIdentityOf(callers.getStore()),
    });
    return change.session;
  }

  return {
    /** Returns the session with which a call is signed. */
    of: (isRead: boolean): Promise<Session> => (isRead ? read() : write()),

    /** Forgets the session with which a call was signed, because AWS says that the session has ended. */
    forget(isRead: boolean): void {
      const change = changes.getStore();
      if (isRead) reader = undefined;
      else if (change !== undefined) delete change.session;
    },

    /** Opens a writer session that may do nothing, to see whether the member lets the hub write. */
    async tryWriter(): Promise<undefined> {
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
      });
      await assume("writer", {
        RoleSessionName: "rolecall-look",
        DurationSeconds: WRITER_SECONDS,
        Policy,
        SourceIdentity: sourceIdentityOf(callers.getStore()),
      });
      return undefined;
    },
  };
}

const identities = new AsyncLocalStorage<AwsCredentialIdentity>();

/**
 * The credentials of a member account's clients: those of the attempt that is being signed. The SDK asks once more
 * before the attempt, when there are none yet. `memoized` keeps the SDK from keeping an answer for other calls.
 */
export const sessionCredentials = Object.assign(
  async (): Promise<AwsCredentialIdentity> =>
    identities.getStore() ?? { accessKeyId: "none", secretAccessKey: "none" },
  { memoized: true },
);

const ENDED = /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException)$/;

/**
 * Signs each attempt of a client's calls with the session that the call needs. If AWS says that the session has ended,
 * opens another one and repeats the attempt once.
 */
export function signedBy<I extends object, O extends object>(
  sessions: Sessions,
  isRead: (commandName: string) => boolean,
): Pluggable<I, O> {
  const signed: FinalizeRequestMiddleware<I, O> = (next, context) => async (args) => {
    const reads = isRead(context.commandName ?? "");
    const attempt = async () => {
      const { identity } = await sessions.of(reads);
      return identities.run(identity, () => next(args));
    };
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Error) || !ENDED.test(error.name)) throw error;
      sessions.forget(reads);
      return attempt();
    }
  };
  const place = {
    name: "signedBySession",
    relation: "before",
    toMiddleware: "httpSigningMiddleware",
  } as const;
  return { applyToStack: (stack) => stack.addRelativeTo(signed, place) };
}
