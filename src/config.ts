import { foldOwner, rolePathOf } from "./desired/names.ts";
import type { Profiles } from "./desired/profiles.ts";
import { readProfiles, sharedNameFaults } from "./desired/read-profiles.ts";
import { type AllowedTag, TAG_TEXT } from "./desired/settings.ts";
import type { Ceiling } from "./self/ceiling.ts";
import { readCeiling } from "./self/read-ceiling.ts";
import { GITHUB_COM, type Issuer, parseIssuer } from "./trust/issuer.ts";

/** The configuration, which is read once from the environment. A wrong configuration is refused at start. */
export type Config = {
  /** Owners whose repositories may be registered, as GitHub spells them. */
  owners: readonly string[];
  /** The issuer of an owner's tokens, by the owner in lower case; `*` for all others. */
  issuers: ReadonlyMap<string, Issuer>;
  /** The DynamoDB table. */
  table: string;
  /** The ARN of the permissions boundary, which every role has. */
  boundaryArn: string;
  /**
   * The path of every role and of the boundary: `/rolecall/`, or `/rolecall-STAGE/` in another stage than `prod`.
   */
  rolePath: string;
  /** The AWS account, which is the boundary's. */
  account: string;
  /** The AWS partition, such as `aws` or `aws-cn`. */
  partition: string;
  /** Set while the configuration is that of a member account: the parts of it that the account's record decides. */
  member?: {
    /** Says why the boundary of the account cannot serve profiles; undefined if it has the operator's current profiles. */
    readonly outdatedProfiles: string | undefined;
    /** True if the account's record lets Rolecall write there. */
    readonly writes: boolean;
  };
  /** The tags that a registration may set on its role and its ECR repositories. */
  tagKeys: readonly AllowedTag[];
  /** Accounts (12 digits) and organisations (`o-…`) that a registration may let pull from its ECR repositories. */
  pullFrom: readonly string[];
  /** The operator's permissions for options that a registration may not use by default. */
  allow: { anyRef: boolean; ownerWide: boolean; nameOnly: boolean };
  /**
   * True if roles also require the owner's id. A repository that is transferred to another owner then loses its access.
   */
  pinOwnerId: boolean;
  /** ECR repositories outside of a repository's own namespace that it may use. */
  ecrGrants: readonly EcrGrant[];
  /** ARNs of the managed policies that a registration may have. */
  managedPolicies: readonly string[];
  /** ARNs of the KMS keys with which a registration may have its ECR repositories encrypted. */
  kmsKeys: readonly string[];
  /** The profiles that a registration may have, by name. */
  profiles: Profiles["profiles"];
  /** The longest session that a registration may ask for, in seconds: from 3,600 to 43,200, which are IAM's limits. */
  maxSessionSeconds: number;
  /** The largest number of roles of one repository. */
  rolesPerRepository: number;
  /** The largest number of ECR repositories that one repository may have created. */
  ecrPerRepository: number;
  /** The number of roles that registrations leave free in the account's quota. */
  reservedRoles: number;
  /**
   * Additional regions in which a registration's ECR repositories may be. The service's own region is always allowed.
   */
  regions: readonly string[];
  /** The URL of the REST API of one GitHub host; undefined unless the operator sets it. */
  githubApi: { host: string; url: string } | undefined;
  /** The names of the roles of the functions that serve requests. They tell these writes from those of others. */
  apiRoles: readonly string[];
  /** The URL of the queue of a roll call's jobs; undefined in a process that has no queue. */
  jobsQueueUrl: string | undefined;
  /** The audience that a workflow's own token must be for; undefined for the API's own URL. */
  selfAudience: string | undefined;
  /** The secret in Secrets Manager that holds GitHub's credentials. */
  githubSecret: string | undefined;
};

/** `repo` is `*` for a registration of the whole owner; `*` at the end of `pattern` stands for any characters. */
export type EcrGrant = { owner: string; repo: string; pattern: string; pullOnly: boolean };

/** The configuration is wrong. Each line of the message names a variable, its value and the right form. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const OWNER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$/;
const ALLOWANCES = ["any-ref", "owner-wide", "name-only"];

/** The form of a managed policy's ARN, without commas. IAM allows a comma in the name, but commas separate the list. */
const MANAGED_POLICY = /^arn:[a-z-]+:iam::(?:\d{12}|aws):policy\/[\w+=.@/-]+$/;

/** The form of a KMS key, as in the contract: an ARN, because an alias can be moved to another key. */
const KMS_KEY = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;

/**
 * AWS managed policies for people who run an account, or for every ECR repository of the account. The boundary does
 * not block them. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const TOO_MUCH =
  /:iam::aws:policy\/(?:job-function\/|AdministratorAccess|PowerUserAccess|ReadOnlyAccess$|IAM|AWSOrganizations|AWSAccountManagement|AWSSSO|AmazonEC2ContainerRegistry)/;

/** Returns why no registration in an account may have a managed policy; undefined if it may. */
export function managedPolicyFault(arn: string, account: string): string | undefined {
  const [, , , , of] = arn.split(":");
  if (!MANAGED_POLICY.test(arn) || ![account, "aws"].includes(of ?? ""))
    return `List managed policies of the account or of AWS, such as arn:aws:iam::${account}:policy/acme-deploy.`;
  return TOO_MUCH.test(arn)
    ? "No registration may have this policy. List one that allows only what the workflows need."
    : undefined;
}

const list = (value: string | undefined): string[] =>
  (value ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/**
 * Reads the configuration.
 * @param json the content of profiles.json
 * @throws ConfigError that names every missing or wrong variable
 */
export function readConfig(env: Environment, json: unknown = {}): Config {
  const faults: string[] = [];
  const fault = (name: string, was: string, right: string) => faults.push(`${name} has "${was}". ${right}`);
  const required = (name: string, pattern: RegExp, right: string): string => {
    const value = env[name] ?? "";
    if (value === "") faults.push(`${name} is missing. ${right}`);
    else if (!pattern.test(value)) fault(name, value, right);
    return value;
  };
  const checked = (name: string, isRight: (value: string) => boolean, right: string): string[] => {
    const values = list(env[name]);
    for (const value of values) if (!isRight(value)) fault(name, value, right);
    return values;
  };
  /** Reads a number. If the variable is empty, returns `usual`, which is the least number by default. */
  const wholeNumber = (name: string, unit: string, least: number, most: number, usual = least): number => {
    const text = env[name] || String(usual);
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    fault(name, text, `It must be a number of ${unit} from ${least} to ${most}.`);
    return least;
  };

  const owners = checked(
    "ROLECALL_OWNERS",
    (name) => OWNER.test(name),
    "An owner has only letters, digits, hyphens and underscores.",
  );
  for (const [index, owner] of owners.entries()) {
    const first = owners.slice(0, index).find((other) => foldOwner(other) === foldOwner(owner));
    // Refuse two owners that fold to one name. Their repositories would share ECR namespaces, but a namespace belongs
    // to one repository.
    if (first !== undefined && first !== owner)
      fault(
        "ROLECALL_OWNERS",
        `${first},${owner}`,
        `Both owners are ${foldOwner(owner)} in ECR. List only one of them.`,
      );
  }
  if (owners.length === 0) {
    faults.push("ROLECALL_OWNERS is missing. List the GitHub owners to serve, such as acme,acme-labs.");
  }
  const allowances = checked(
    "ROLECALL_ALLOW",
    (name) => ALLOWANCES.includes(name),
    `It may list only ${ALLOWANCES.join(", ")}.`,
  );
  const pullFrom = checked(
    "ROLECALL_PULL_FROM",
    (one) => /^(\d{12}|o-[a-z0-9]{10,32})$/.test(one),
    "List accounts and organisations, such as 210987654321,o-a1b2c3d4e5.",
  );
  const tagKeys = readTagKeys(list(env["ROLECALL_TAG_KEYS"]), (was, right) =>
    fault("ROLECALL_TAG_KEYS", was, right),
  );

  // Accept one issuer for each owner. With two, acme/api would name two repositories.
  const issuersOf = new Map<string, Issuer>();
  for (const entry of list(env["ROLECALL_ISSUERS"])) {
    const [, owner = "*", url = ""] = /^(?:([^=]+)=)?(https:.*)$/.exec(entry) ?? [];
    const issuer = parseIssuer(url);
    if (issuer === undefined || (owner !== "*" && !OWNER.test(owner))) {
      fault("ROLECALL_ISSUERS", entry, "List issuers, such as acme=https://token.actions.acme.ghe.com.");
    } else if (issuersOf.has(owner.toLowerCase())) {
      fault(
        "ROLECALL_ISSUERS",
        entry,
        "List one issuer for each owner, and at most one for all other owners.",
      );
    } else issuersOf.set(owner.toLowerCase(), issuer);
  }
  const issuers = new Map<string, Issuer>([["*", GITHUB_COM], ...issuersOf]);

  const ecrGrants: EcrGrant[] = [];
  for (const entry of list(env["ROLECALL_ECR_GRANTS"])) {
    const [, owner, repo, pattern, access] =
      /^([\w-]+)\/([\w.-]+|\*)=([a-z0-9._/-]+\*?)(:pull)?$/.exec(entry) ?? [];
    if (owner === undefined || repo === undefined || pattern === undefined) {
      fault(
        "ROLECALL_ECR_GRANTS",
        entry,
        "List grants, such as acme/api=shared/base or acme/*=mirror/*:pull.",
      );
    } else ecrGrants.push({ owner, repo, pattern, pullOnly: access !== undefined });
  }

  const managedPolicies = checked(
    "ROLECALL_MANAGED_POLICIES",
    (arn) => MANAGED_POLICY.test(arn),
    "List managed policies, such as arn:aws:iam::123456789012:policy/acme-deploy.",
  );
  for (const arn of managedPolicies.filter((one) => TOO_MUCH.test(one))) {
    fault(
      "ROLECALL_MANAGED_POLICIES",
      arn,
      "No registration may have this policy. List one that allows only what the workflows need.",
    );
  }
  const kmsKeys = checked(
    "ROLECALL_KMS_KEYS",
    (arn) => KMS_KEY.test(arn),
    "List KMS keys, such as arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab.",
  );
  const profiles = readProfiles(json);
  if (Array.isArray(profiles)) faults.push(...profiles);
  else faults.push(...sharedNameFaults(profiles.profiles, owners));

  const regions = checked(
    "ROLECALL_REGIONS",
    (region) => REGION.test(region),
    "List AWS regions, such as eu-west-1,us-east-1.",
  );
  const [pinOwnerId = "false"] = checked(
    "ROLECALL_PIN_OWNER_ID",
    (value) => ["true", "false"].includes(value),
    "It must be true or false.",
  );
  const maxSessionSeconds = wholeNumber("ROLECALL_MAX_SESSION_SECONDS", "seconds", 3600, 43_200);
  const rolesPerRepository = wholeNumber("ROLECALL_ROLES_PER_REPOSITORY", "roles", 1, 1000, 20);
  const ecrPerRepository = wholeNumber("ROLECALL_ECR_PER_REPOSITORY", "ECR repositories", 1, 1000, 50);
  const reservedRoles = wholeNumber("ROLECALL_RESERVED_ROLES", "roles", 0, 5000, 50);
  const githubApiUrl = env["GITHUB_API_URL"]?.replace(/\/+$/, "") || undefined;
  if (githubApiUrl !== undefined && !(URL.canParse(githubApiUrl) && /^https?:/.test(githubApiUrl))) {
    fault("GITHUB_API_URL", githubApiUrl, "It must be a URL, such as https://api.github.com.");
  }
  const asked = [...issuersOf.values(), ...owners.map((owner) => issuerOf({ issuers }, owner))];
  const hosts = [...new Set(asked.map(({ gitHubHost }) => gitHubHost))];
  if (githubApiUrl !== undefined && hosts.length > 1) {
    fault(
      "GITHUB_API_URL",
      githubApiUrl,
      `It is the API of one host, but the issuers belong to ${hosts.sort().join(" and ")}. Leave it empty, so that Rolecall asks each host at its own API.`,
    );
  }
  const selfAudience = env["ROLECALL_SELF_AUDIENCE"] || undefined;
  // Every job that assumes a role sends such a token to AWS, so AWS or a log of it could act for the job here.
  if (selfAudience !== undefined && /^sts\.amazonaws\.com/i.test(selfAudience)) {
    fault(
      "ROLECALL_SELF_AUDIENCE",
      selfAudience,
      "It must not be the audience of STS. Name the API's URL, such as https://rolecall.example.com.",
    );
  }
  const jobsQueueUrl = env["ROLECALL_JOBS_QUEUE_URL"] || undefined;
  if (jobsQueueUrl !== undefined && !(URL.canParse(jobsQueueUrl) && /^https?:/.test(jobsQueueUrl))) {
    fault(
      "ROLECALL_JOBS_QUEUE_URL",
      jobsQueueUrl,
      "It must be the URL of an SQS queue, such as https://sqs.eu-central-1.amazonaws.com/123456789012/rolecall.",
    );
  }
  const boundaryArn = required(
    "ROLECALL_BOUNDARY_ARN",
    /^arn:[a-z-]+:iam::\d{12}:policy\/rolecall(?:-[A-Za-z0-9-]+)?\/[\w+=,.@-]+$/,
    "It must be the ARN of the permissions boundary, such as arn:aws:iam::123456789012:policy/rolecall/boundary. Its path, /rolecall/ or /rolecall-STAGE/, is also the path of the roles.",
  );
  const config: Config = {
    owners,
    issuers,
    tagKeys,
    pullFrom,
    ecrGrants,
    managedPolicies,
    kmsKeys,
    profiles: Array.isArray(profiles) ? new Map() : profiles.profiles,
    regions: [...new Set(regions)],
    githubApi: githubApiUrl === undefined ? undefined : { host: hosts[0] ?? "", url: githubApiUrl },
    githubSecret: env["ROLECALL_GITHUB_SECRET"] || undefined,
    apiRoles: list(env["ROLECALL_API_ROLES"]),
    jobsQueueUrl,
    selfAudience,
    allow: {
      anyRef: allowances.includes("any-ref"),
      ownerWide: allowances.includes("owner-wide"),
      nameOnly: allowances.includes("name-only"),
    },
    pinOwnerId: pinOwnerId === "true",
    maxSessionSeconds: Number(maxSessionSeconds),
    rolesPerRepository,
    ecrPerRepository,
    reservedRoles,
    table: required(
      "ROLECALL_TABLE",
      /^[\w.-]{3,255}$/,
      "It must be the name of the DynamoDB table, such as rolecall.",
    ),
    boundaryArn,
    rolePath: rolePathOf(boundaryArn),
    account: boundaryArn.split(":")[4] ?? "",
    partition: boundaryArn.split(":")[1] ?? "",
  };
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return config;
}

/**
 * Reads the rules for workflows of a deployment.
 * @param json the content of self.json
 * @throws ConfigError that names every fault
 */
export function readSelfRules(
  { selfAudience }: Pick<Config, "selfAudience">,
  json: unknown,
): { ceiling: Ceiling; audience: string } {
  const ceiling = readCeiling(json);
  const faults = Array.isArray(ceiling) ? [...ceiling] : [];
  if (selfAudience === undefined)
    faults.push(
      "ROLECALL_SELF_AUDIENCE is missing. Name the API's URL, such as https://rolecall.example.com.",
    );
  if (Array.isArray(ceiling) || selfAudience === undefined) throw new ConfigError(faults.join("\n"));
  return { ceiling, audience: selfAudience };
}

/** Returns the issuer of an owner's tokens. */
export const issuerOf = ({ issuers }: Pick<Config, "issuers">, owner: string): Issuer =>
  issuers.get(owner.toLowerCase()) ?? issuers.get("*") ?? GITHUB_COM;

/** Returns the URLs of all issuers, each once. */
export const issuerUrls = ({ issuers }: Pick<Config, "issuers">): string[] => [
  ...new Set([...issuers.values()].map(({ url }) => url)),
];

/**
 * Reads entries such as `team=web|mobile` and `cost`.
 * @param fault is called with each wrong entry and a sentence about the right form
 */
function readTagKeys(entries: readonly string[], fault: (was: string, right: string) => void): AllowedTag[] {
  const read = entries.map((entry): AllowedTag => {
    const [name = "", listed] = entry.split(/=(.*)/s);
    const key = name.trim();
    const values = listed === undefined ? ("any" as const) : listed.split("|").map((value) => value.trim());
    const texts = [key, ...(values === "any" ? [] : values)];
    if (/^(rolecall|aws):/i.test(key)) fault(entry, "Keys that begin with rolecall: or aws: are reserved.");
    // The functions may not remove tags with such keys. Their policy withholds every key with a colon after exactly
    // eight characters, to protect `rolecall:id` in every letter case.
    else if (/^.{8}:/su.test(key))
      fault(entry, "A key must not have a colon after exactly eight characters.");
    else if (
      texts.includes("") ||
      key.length > 128 ||
      !texts.every((text) => TAG_TEXT.test(text) && text.length <= 256)
    )
      fault(entry, "List keys, each with its values if only some are allowed, such as team=web|mobile,cost.");
    return { key, values };
  });
  // IAM compares the keys of a role's tags without letter case.
  const isRepeated = ({ key }: AllowedTag, index: number) =>
    read.findIndex((one) => one.key.toLowerCase() === key.toLowerCase()) < index;
  for (const { key } of read.filter(isRepeated)) fault(key, "List each key once, with all of its values.");
  return read;
}
