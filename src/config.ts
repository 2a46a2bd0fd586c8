/** The configuration: read from the environment once, refused at start if it is wrong. */
export type Config = {
  /** Owners whose repositories may be registered, as GitHub spells them. */
  owners: readonly string[];
  /** The DynamoDB table. */
  table: string;
  /** The ARN of the policy that bounds every role. */
  boundaryArn: string;
  /** Keys of the tags that a registration may put on its role. */
  tagKeys: readonly string[];
  /** GitHub's REST API, without a slash at the end. */
  githubApiUrl: string;
};

/** The configuration is wrong; each line of the message names a variable, what it was and what is right. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const list = (value: string | undefined): string[] =>
  (value ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** Reads the configuration. @throws ConfigError if a variable is missing or wrong, naming all that are. */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  const required = (name: string, pattern: RegExp, right: string): string => {
    const value = env[name] ?? "";
    if (!pattern.test(value)) faults.push(`${name} is ${value === "" ? "missing" : `"${value}"`}; ${right}`);
    return value;
  };

  const owners = list(env["ROLECALL_OWNERS"]);
  if (owners.length === 0) {
    faults.push("ROLECALL_OWNERS is missing; it lists the GitHub owners to serve, such as acme,acme-labs");
  }
  for (const owner of owners.filter((name) => !/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/.test(name))) {
    faults.push(`ROLECALL_OWNERS has "${owner}"; a GitHub owner has letters, digits and hyphens only`);
  }
  const tagKeys = list(env["ROLECALL_TAG_KEYS"]);
  for (const key of tagKeys.filter((name) => /^(rolecall|aws):/i.test(name))) {
    faults.push(`ROLECALL_TAG_KEYS has "${key}"; keys that begin with rolecall: or aws: are reserved`);
  }
  const config: Config = {
    owners,
    tagKeys,
    table: required("ROLECALL_TABLE", /^[\w.-]{3,255}$/, "it is the DynamoDB table's name, such as rolecall"),
    boundaryArn: required(
      "ROLECALL_BOUNDARY_ARN",
      /^arn:[a-z-]+:iam::\d{12}:policy\/[\w+=,.@/-]+$/,
      "it is the permissions boundary's ARN, such as arn:aws:iam::123456789012:policy/rolecall/boundary",
    ),
    githubApiUrl: (env["GITHUB_API_URL"] ?? "https://api.github.com").replace(/\/+$/, ""),
  };
  if (!URL.canParse(config.githubApiUrl) || !/^https?:/.test(config.githubApiUrl)) {
    faults.push(`GITHUB_API_URL is "${config.githubApiUrl}"; it is a URL, such as https://api.github.com`);
  }
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return config;
}
