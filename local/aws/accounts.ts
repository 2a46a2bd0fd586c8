/**
 * The accounts of the embedded AWS. Each has an IAM, an ECR and an SQS of its own; DynamoDB and EventBridge
 * are the first one's.
 */
import { join } from "node:path";
import type { Account } from "./account.ts";
import { type Ecr, openEcr } from "./ecr/state.ts";
import type { HttpRequest } from "./endpoint.ts";
import { AwsError } from "./errors.ts";
import { type Iam, openIam } from "./iam/state.ts";
import { openSqs, type Sqs } from "./sqs/state.ts";
import type { Collection } from "./store.ts";
import type { Session } from "./sts/state.ts";

type Setting = Omit<Parameters<typeof openIam>[1], "account"> & Pick<Sqs, "delivery">;

export type AccountState = {
  readonly account: Account;
  readonly iam: Iam;
  readonly ecr: Ecr;
  readonly sqs: Sqs;
};

export type Accounts = {
  /** Returns the state of an account. The first call for an account creates it. */
  of(id: string): AccountState;
  /** Returns the state of the account that the caller of a request belongs to. */
  ofCaller(http: Pick<HttpRequest, "scope" | "headers">): AccountState;
  /** Gives an account the IAM and ECR of another one, with its own id in place of the other's. */
  copy(from: string, to: string): void;
};

/**
 * Opens the accounts.
 * @param home the account of every access key that names no other account
 * @param directory the folder of the home account's state. Other accounts have folders below it
 */
export function openAccounts(
  home: Account,
  directory: string | undefined,
  setting: Setting,
  sessions: ReadonlyMap<string, Session>,
): Accounts {
  const open = new Map<string, AccountState>();
  const of = (id: string): AccountState => {
    const known = open.get(id);
    if (known !== undefined) return known;
    const below = directory === undefined || id === home.id ? directory : join(directory, "accounts", id);
    const account = { ...home, id };
    const state = {
      account,
      iam: openIam(below, { ...setting, account }),
      ecr: openEcr(below, { ...setting, account }),
      sqs: openSqs(below, { ...setting, account }),
    };
    open.set(id, state);
    return state;
  };
  return {
    of,
    ofCaller({ scope, headers }) {
      const accessKeyId = scope?.accessKeyId ?? "";
      const session = sessions.get(accessKeyId);
      if (session !== undefined) checkSession(session, headers, setting.now());
      return of(session?.account ?? accountIn(accessKeyId) ?? home.id);
    },
    copy(from, to) {
      const [source, target] = [of(from), of(to)];
      const all = <T>(some: Collection<T>, others: Collection<T>): void => {
        for (const entry of some.entries()) {
          const [key, value]: [string, T] = JSON.parse(JSON.stringify(entry).replaceAll(from, to));
          others.put(key, value);
        }
      };
      all(source.iam.roles, target.iam.roles);
      all(source.iam.providers, target.iam.providers);
      all(source.iam.policies, target.iam.policies);
      all(source.ecr.repositories, target.ecr.repositories);
    },
  };
}

/** Refuses a session whose token is another one, or whose time is over. */
function checkSession(session: Session, headers: HttpRequest["headers"], now: Date): void {
  if (headers["x-amz-security-token"]?.toString() !== session.token)
    throw new AwsError("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
  if (now >= session.expiresAt)
    throw new AwsError("ExpiredToken", 403, "The security token included in the request is expired");
}

/**
 * Returns the account that an access key belongs to: `210987654321`, or `210987654321-alice` for the user `alice` there;
 * undefined for any other key.
 */
export const accountIn = (accessKeyId: string): string | undefined =>
  /^(\d{12})(?:-|$)/.exec(accessKeyId)?.[1];
