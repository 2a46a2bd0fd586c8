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

/**
 * The age from which a refusal can mean that the account's owner has revoked the session (milliseconds). A newer session
 * lacks the permission, and another one would not help.
 */
const REVOCABLE_MS = 60_000;

export type Session = {
  readonly identity: AwsCredentialIdentity;
  readonly openedAt: number;
  readonly endsAt: number;
};

/** A session that is open or being opened. `session` is undefined until STS has answered. */
type Slot = { readonly opening: Promise<Session>; session?: Session };

/** A change whose writes need a session in a member account. */
type Change = { readonly name: string; readonly scope: Scope; writer?: Slot };

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
  let reader: Slot | undefined;

  async function assume(
    role: MemberRole,
    input: Pick<AssumeRoleCommandInput, "RoleSessionName" | "DurationSeconds" | "Policy" | "SourceIdentity">,
  ): Promise<Session> {
    const roleArn = memberRoleArn(hub, account, role);
    const openedAt = now();
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
        openedAt,
        endsAt: given?.Expiration?.getTime() ?? 0,
      };
    } catch (error) {
      if (!(error instanceof AwsFault) || error.code !== "AccessDenied") throw error;
      const internal = error.failure.failure === "aws-refused" ? error.failure.internal : error.code;
      throw new AwsFault({ failure: "account-unreachable", account, roleArn, internal }, error.code, error);
    }
  }

  /** Opens a session. Calls that need it meanwhile wait for the same one. */
  function open(...input: Parameters<typeof assume>): Slot {
    const slot: Slot = { opening: assume(...input) };
    slot.opening.then(
      (session) => {
        slot.session = session;
      },
      () => {
        if (reader === slot) reader = undefined; // Try again at the next read.
      },
    );
    return slot;
  }

  function read(): Promise<Session> {
    const isEnding = reader?.session !== undefined && reader.session.endsAt - now() <= RENEW_MS;
    if (reader === undefined || isEnding)
      reader = open("reader", { RoleSessionName: "rolecall", DurationSeconds: READER_SECONDS });
    return reader.opening;
  }

  function write(): Promise<Session> {
    const change = changes.getStore();
    if (change === undefined) throw new Error("a write in a member account belongs to no change");
    change.writer ??= open("writer", {
      RoleSessionName: change.name,
      DurationSeconds: WRITER_SECONDS,
      Policy: JSON.stringify(sessionPolicy(change.scope)),
      SourceIdentity: sourceIdentityOf(callers.getStore()),
    });
    return change.writer.opening;
  }

  return {
    /** The ARN of the role by which Rolecall writes in the account. */
    writerArn: memberRoleArn(hub, account, "writer"),

    /** Returns the session with which a call is signed. */
    of: (isRead: boolean): Promise<Session> => (isRead ? read() : write()),

    /** Forgets a session that AWS no longer accepts. A session that has replaced it already stays. */
    forget(session: Session): void {
      if (reader?.session === session) reader = undefined;
      const change = changes.getStore();
      if (change?.writer?.session === session) delete change.writer;
    },

    /** Tells whether AWS may accept a call with another session, after it has refused the call with this one. */
    hasEnded: (session: Session, error: unknown): boolean =>
      error instanceof Error &&
      (ENDED.test(error.name) || (REFUSED.test(error.name) && now() - session.openedAt > REVOCABLE_MS)),

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
 * The credentials of a member account's clients: those of the call that is being signed. The SDK asks once more
 * before the attempt, when there are none yet. `memoized` keeps the SDK from keeping an answer for other calls.
 */
export const sessionCredentials = Object.assign(
  async (): Promise<AwsCredentialIdentity> =>
    identities.getStore() ?? { accessKeyId: "none", secretAccessKey: "none" },
  { memoized: true },
);

const ENDED = /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException)$/;
const REFUSED = /^AccessDenied(Exception)?$/;

/**
 * Signs a client's calls with the session that each needs. If the session has ended, opens another one and repeats the
 * call once. This is done outside of the SDK's retries, because STS has retries of its own: inside, the two would multiply.
 */
export function signedBy<I extends object, O extends object>(
  sessions: Sessions,
  isRead: (commandName: string) => boolean,
): Pluggable<I, O> {
  const signed: FinalizeRequestMiddleware<I, O> = (next, context) => async (args) => {
    const reads = isRead(context.commandName ?? "");
    const session = await sessions.of(reads);
    try {
      return await identities.run(session.identity, () => next(args));
    } catch (error) {
      if (!sessions.hasEnded(session, error)) throw error;
      sessions.forget(session);
      const { identity } = await sessions.of(reads);
      return identities.run(identity, () => next(args));
    }
  };
  const place = { name: "signedBySession", relation: "before", toMiddleware: "retryMiddleware" } as const;
  return { applyToStack: (stack) => stack.addRelativeTo(signed, place) };
}
