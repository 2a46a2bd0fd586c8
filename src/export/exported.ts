/** The parts that every export format uses. */
import { repositoryDetails } from "../desired/desired.ts";
import type { ExpectedState, RegistrationKey } from "../desired/state.ts";
import type { components } from "../generated/contract.ts";

/** The data of a registration that an export needs. */
export type Exported = RegistrationKey & {
  account: string;
  region: string;
  /** The expected state. An unmanaged repository has no settings. */
  desired: ExpectedState;
  /** The result of the last check. */
  drift?: components["schemas"]["Drift"];
};

/** A JSON value, for example of a policy document. */
export type Value =
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Returns the managed ECR repositories, with all of their settings, tags and policies. */
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
 * Returns the repository policy statements for Lambda that the last check found, although no registration asks for
 * them. The export includes them: a template without them would remove them from functions that need them.
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

/** Returns the names of the unmanaged ECR repositories, which existed before. */
const othersRepositories = ({ desired }: Exported): string[] =>
  desired.repositories.flatMap(({ name, settings }) => (settings === undefined ? [name] : []));

/**
 * Writes a lifecycle policy with one rule in each line. White space counts for ECR's limit of 30,720 characters, so
 * there is little of it.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html
 */
export const lifecycleText = ({ rules }: NonNullable<OwnRepository["lifecyclePolicy"]>): string =>
  `{"rules": [\n${rules.map((rule) => `  ${JSON.stringify(rule)}`).join(",\n")}\n]}`;

/** Returns the first line of an export. */
export const madeFor = ({ owner, repo, role }: Exported): string =>
  `# Made by Rolecall for ${owner}/${repo}, role ${role}\n`;

/**
 * Returns a comment that lists the resources which the export does not contain but needs.
 * @param makes "provider" if the export creates the provider
 */
export function needed(exported: Exported, makes?: "provider"): string {
  const { role, provider } = exported.desired;
  return comment(
    "This file does not contain these resources, but needs them:",
    ...(makes === "provider"
      ? []
      : [
          `- the OIDC provider ${provider.arn}:`,
          "  an account has one for each issuer, and every role that trusts the issuer needs it",
        ]),
    `- the permissions boundary ${role.boundaryArn}`,
    ...role.attachedPolicyArns.map((arn) => `- the managed policy ${arn}`),
    ...othersRepositories(exported).map(
      (name) => `- the ECR repository ${name}, which existed before Rolecall used it`,
    ),
    ...(ownRepositories(exported).length === 0
      ? []
      : ["", "If several roles use an ECR repository, the export of each contains it. Keep it in only one."]),
  );
}

/** Writes the lines of a comment. All formats have the same comment character. */
export const comment = (...lines: string[]): string =>
  lines.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");

/** Indents every line of a text that is not empty. */
export const indented = (spaces: number, text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? line : " ".repeat(spaces) + line))
    .join("\n");

/** Numbers a name within its kind. The first one gets no number. */
export const numbered = (name: string, index: number, between = ""): string =>
  index === 0 ? name : `${name}${between}${index + 1}`;
