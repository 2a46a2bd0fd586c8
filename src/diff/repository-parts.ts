/** The parts of a managed ECR repository. `src/aws/repository-settings.ts` has the reader and the writer of each. */
import { placeOf, type repositoryDetails } from "../desired/desired.ts";
import { inOurVersion, lambdaStatements } from "../desired/lambda.ts";
import { sameLifecycle } from "../desired/lifecycle.ts";
import { pullingFunctions } from "../desired/permissions.ts";
import { sameEncryption } from "../desired/settings.ts";
import type {
  ObservedRepository,
  RepositoryDetails,
  RepositoryProperties,
  RepositorySettings,
} from "../desired/state.ts";
import { isNarrower, samePolicy } from "../policy/compare.ts";
import { ALLOWS_NOTHING, type Effect, tagEffect } from "./effect.ts";
import { type Part, type PathOf, partsOf, type Sense } from "./part.ts";

/** The desired and the observed side of an ECR repository. The details are missing if ECR was not asked for them. */
export type RepositorySides = ObservedRepository & {
  readonly arn: string;
  readonly settings: RepositorySettings;
  readonly wantedDetails: ReturnType<typeof repositoryDetails> | undefined;
};

const { part, namedParts } = partsOf<RepositorySides>();

/** The part that compares each setting. */
type PartOfSetting = {
  tagMutability: "/tagMutability";
  exclusions: "/tagMutability";
  scanOnPush: "/scanOnPush";
  encryption: "/encryption";
  lifecycle: "/lifecyclePolicy";
  pull: "/repositoryPolicy" | "/repositoryPolicy/lambda";
  tags: "/tags/";
};

export const REPOSITORY_PARTS = {
  "/tagMutability": part({
    label: "Tag mutability",
    wanted: ({ settings }) => mutabilityOf(settings),
    found: ({ properties }) => mutabilityOf(properties),
    same: (wanted, found) => mutabilityText(wanted) === mutabilityText(found),
    effect: mutabilityEffect,
  }),
  "/scanOnPush": part({
    label: "Scan on push",
    wanted: ({ settings }) => settings.scanOnPush,
    found: ({ properties }) => properties.scanOnPush,
    effect: "none",
  }),
  "/encryption": part({
    label: "Encryption",
    wanted: ({ settings }) => settings.encryption,
    found: ({ properties }) => properties.encryption,
    same: sameEncryption,
    effect: "none",
    remedy:
      "ECR fixes the encryption when a repository is made: PUT settings with the encryption that it has, or delete the repository with its images and repair.",
  }),
  // A lifecycle policy deletes images, but gives nobody more or less access.
  "/lifecyclePolicy": part<unknown>({
    label: "Lifecycle policy: which images expire",
    wanted: ({ wantedDetails }) => wantedDetails?.lifecyclePolicy,
    found: ({ details }) => details?.lifecyclePolicy,
    same: sameLifecycle,
    effect: "none",
  }),
  "/repositoryPolicy": part<unknown>({
    label: "Repository policy: who else may pull",
    wanted: ({ wantedDetails }) => wantedDetails?.repositoryPolicy,
    found: ({ details }) => details?.repositoryPolicy,
    same: sameRepositoryPolicy,
    effect: (before, after) =>
      isNarrower(before ?? ALLOWS_NOTHING, after ?? ALLOWS_NOTHING) ? "narrows" : "widens",
  }),
  "/repositoryPolicy/lambda": part({
    label: "Repository policy: the statement by which Lambda fetches images",
    wanted: () => null,
    found: ({ arn, settings, details }, sense) => unaskedStatements(arn, settings, details, sense),
    effect: "widens",
    remedy:
      "By this statement Lambda fetches the images of the account's functions, so no repair removes it. PUT settings with `pull.lambda: true` to keep it; or take it out of the repository's policy (aws ecr set-repository-policy) when no function has an image from here.",
  }),
  "/tags/": namedParts({
    label: "Tag",
    wanted: ({ wantedDetails }) => wantedDetails?.tags,
    found: ({ details }) => details?.tags,
    effect: tagEffect,
  }),
} satisfies { readonly [path in PartOfSetting[keyof RepositorySettings]]: Part<RepositorySides> };

export type RepositoryPart = keyof typeof REPOSITORY_PARTS;
export type RepositoryPath = PathOf<RepositoryPart>;

/**
 * Tells whether a repository policy is the desired one; null means no policy. Exported for repositories that are taken
 * back.
 */
export function sameRepositoryPolicy(wanted: unknown, found: unknown): boolean {
  return wanted === null || found === null ? wanted === found : samePolicy(wanted, inOurVersion(found));
}

/**
 * Returns Lambda's statements that the settings do not ask for; null if there are none. A plan leaves these statements
 * alone, so it gets null.
 */
function unaskedStatements(
  arn: string,
  { pull }: RepositorySettings,
  details: RepositoryDetails | undefined,
  sense: Sense,
) {
  if (details === undefined || sense === "plan" || pull.lambda === true) return null;
  const place = placeOf(arn);
  const statements = lambdaStatements(
    details.repositoryPolicy,
    place.partition,
    pullingFunctions(place, pull),
  );
  return statements.length > 0 ? statements : null;
}

type Mutability = Pick<RepositoryProperties, "tagMutability" | "exclusions">;

const mutabilityOf = ({ tagMutability, exclusions }: Mutability): Mutability => ({
  tagMutability,
  exclusions,
});

const mutabilityText = ({ tagMutability, exclusions }: Mutability): string =>
  [tagMutability, ...[...exclusions].sort()].join("\n");

/**
 * Returns `narrows` if the exclusions show that no more tags can be moved afterwards than before; otherwise `widens`.
 */
function mutabilityEffect(before: Mutability, after: Mutability): Effect {
  const [fixesAll, movesAll] = [
    after.tagMutability === "IMMUTABLE" && after.exclusions.length === 0,
    before.tagMutability === "MUTABLE" && before.exclusions.length === 0,
  ];
  const isWithin = (a: Mutability, b: Mutability) => a.exclusions.every((tag) => b.exclusions.includes(tag));
  const isStricter =
    after.tagMutability === before.tagMutability &&
    (after.tagMutability === "IMMUTABLE" ? isWithin(after, before) : isWithin(before, after));
  return fixesAll || movesAll || isStricter ? "narrows" : "widens";
}
