/** What an export is made of, whatever its format. */
import { repositoryDetails } from "../desired/desired.ts";
import type { DesiredState, RegistrationKey, RepositorySettings } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";

/** A registration as it is exported. */
export type Exported = RegistrationKey & {
  account: string;
  region: string;
  /** What AWS is expected to hold; a repository that is used as it is has no settings. */
  desired: DesiredState;
  /** The result of the last check. */
  drift?: components["schemas"]["Drift"];
};

/** A value of a policy document, or of anything else that has JSON's shape. */
export type Value =
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** The ECR repositories that are the registration's to make, with all that they are to have. */
export const ownRepositories = ({ desired, drift }: Exported) =>
  desired.repositories.flatMap(({ settings, ...repository }) =>
    settings === undefined
      ? []
      : [
          {
            ...repository,
            settings,
            ...repositoryDetails(repository, settings, checkedPolicy(repository.arn, drift)),
          },
        ],
  );

/**
 * A repository policy of the statements of Lambda's that the last check found, though nobody asked for them. An export
 * has them too: a template without them would take them away from the functions that need them.
 */
const checkedPolicy = (
  arn: string,
  { changes = [] }: NonNullable<Exported["drift"]> = { status: "unknown" },
) => ({
  Version: "2012-10-17",
  Statement: changes
    .filter(({ resource, path }) => resource === arn && path === "/repositoryPolicy/lambda")
    .flatMap(({ actual }) => actual),
});

export type OwnRepository = ReturnType<typeof ownRepositories>[number];

/** The ECR repositories that were there before and are used as they are. */
const othersRepositories = ({ desired }: Exported): string[] =>
  desired.repositories.flatMap(({ name, settings }) => (settings === undefined ? [name] : []));

/** Exclusions as ECR's API has them. */
export const exclusionFilters = ({ exclusions }: RepositorySettings) =>
  exclusions.map((filter) => ({ filterType: "WILDCARD", filter }));

/**
 * A lifecycle policy as text, a rule a line: ECR takes 30,720 characters, white space among them, so there is little.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 */
export const lifecycleText = ({ rules }: NonNullable<OwnRepository["lifecyclePolicy"]>): string =>
  `{"rules": [\n${rules.map((rule) => `  ${JSON.stringify(rule)}`).join(",\n")}\n]}`;

/** The first line of an export. */
export const madeFor = ({ owner, repo, role }: Exported): string =>
  `# made by Rolecall for ${owner}/${repo}, role ${role}\n`;

/**
 * Comments on what is not in an export and has to be there.
 * @param makes what is in it although it is the account's
 */
export function needed(exported: Exported, makes?: "provider"): string {
  const { role, provider } = exported.desired;
  return comment(
    "What is not in here, and has to be there:",
    ...(makes === "provider"
      ? []
      : [
          `- the OIDC provider ${provider.arn}:`,
          "  an account has one of an issuer, and every role that trusts it needs it",
        ]),
    `- the permissions boundary ${role.boundaryArn}`,
    ...role.attachedPolicyArns.map((arn) => `- the managed policy ${arn}`),
    ...othersRepositories(exported).map(
      (name) => `- the ECR repository ${name}, which was there before Rolecall and is used as it is`,
    ),
    ...(ownRepositories(exported).length === 0
      ? []
      : ["", "An ECR repository that several roles use stands in the export of each: keep it in one."]),
  );
}

/** Lines of a comment, in each of the formats. */
export const comment = (...lines: string[]): string =>
  lines.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");

/** Every line of a text that has some, moved to the right. */
export const indented = (spaces: number, text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(spaces) + line))
    .join("\n");

/** An element's name within its kind: the first needs no number. */
export const numbered = (name: string, index: number, between = ""): string =>
  index === 0 ? name : `${name}${between}${index + 1}`;
