import { randomBytes } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import { type Iam, type Role, randomId, roleArn } from "../iam/state.ts";

export type Sts = {
  /** IAM, which holds the roles and the identity providers. */
  iam: Iam;
  /** The sessions by access key id. They are lost when the server ends. */
  sessions: Map<string, Session>;
  /** Returns the keys that an issuer publishes. */
  keysOf: (issuer: string) => Promise<JSONWebKeySet>;
};

/** STS with the caller of one request. */
export type StsCall = Sts & {
  region: string;
  accessKeyId: string | undefined;
  sessionToken: string | undefined;
  /** The caller, as the conditions of a trust policy see it. */
  principal: { arn: string; account: string; organization: string | undefined; isSession: boolean };
  /** Returns the IAM of an account. */
  iamOf: (account: string) => Iam;
};

export type Session = {
  accessKeyId: string;
  secretAccessKey: string;
  token: string;
  expiresAt: Date;
  /** `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`, without the role's path. */
  arn: string;
  /** `AROA…:SESSION` */
  id: string;
  account: string;
  /** The ARN of the role, with its path. */
  roleArn: string;
  /** The session policy of AssumeRole, which narrows what the role's policies allow. */
  policy: string | undefined;
  sourceIdentity: string | undefined;
  /** `enforced` if calls must be allowed by the role's policies and the session policy: for a session of AssumeRole. */
  policies: "enforced" | "ignored";
};

export function openSession(
  { iam, sessions }: Pick<Sts, "iam" | "sessions">,
  role: Role,
  name: string,
  seconds: number,
  {
    policy,
    sourceIdentity,
    policies = "ignored",
  }: Partial<Pick<Session, "policy" | "sourceIdentity" | "policies">> = {},
): Session {
  const { partition, id } = iam.account;
  const session: Session = {
    accessKeyId: randomId("ASIA", 16),
    secretAccessKey: randomBytes(30).toString("base64"),
    token: randomBytes(300).toString("base64"),
    expiresAt: new Date(iam.now().getTime() + seconds * 1000),
    arn: `arn:${partition}:sts::${id}:assumed-role/${role.name}/${name}`,
    id: `${role.id}:${name}`,
    account: id,
    roleArn: roleArn(iam, role),
    policy,
    sourceIdentity,
    policies,
  };
  sessions.set(session.accessKeyId, session);
  return session;
}
