/**
 * The settings of ECR repositories in ECR's API: the reader and the writer of each. `src/diff/repository-parts.ts`
 * compares the parts.
 */
import {
  type CreateRepositoryCommandInput,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryPolicyCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  type Repository,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
} from "@aws-sdk/client-ecr";
import { regionOf, repositoryDetails } from "../desired/desired.ts";
import { ecrMutability } from "../desired/settings.ts";
import type {
  DesiredRepository,
  RepositoryDetails,
  RepositoryProperties,
  RepositorySettings,
} from "../desired/state.ts";
import { tagList } from "../desired/tags.ts";
import type { RepositoryPart } from "../diff/repository-parts.ts";
import type { Clients } from "./clients.ts";
import { unlessAbsent } from "./fault.ts";

type Ecr = ReturnType<Clients["ecr"]>;

/** Returns the settings in DescribeRepositories' answer. */
export function repositoryProperties(repository: Repository): RepositoryProperties {
  const { encryptionType: type = "AES256", kmsKey } = repository.encryptionConfiguration ?? {};
  return {
    tagMutability: repository.imageTagMutability?.startsWith("IMMUTABLE") ? "IMMUTABLE" : "MUTABLE",
    exclusions: (repository.imageTagMutabilityExclusionFilters ?? []).map(({ filter = "" }) => filter),
    scanOnPush: repository.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: kmsKey === undefined ? { type } : { type, kmsKey },
  };
}

/** Reads the details that ECR returns only for one repository at a time: its policies and tags. */
export async function observeDetails(
  clients: Clients,
  { name, arn }: Pick<DesiredRepository, "name" | "arn">,
): Promise<RepositoryDetails> {
  const ecr = clients.ecr(regionOf(arn));
  const [lifecycle, policy, tags] = await Promise.all([
    unlessAbsent(
      ecr.send(new GetLifecyclePolicyCommand({ repositoryName: name })),
      "LifecyclePolicyNotFoundException",
      "RepositoryNotFoundException",
    ),
    repositoryPolicy(ecr, name),
    unlessAbsent(
      ecr.send(new ListTagsForResourceCommand({ resourceArn: arn })),
      "RepositoryNotFoundException",
    ),
  ]);
  return {
    lifecyclePolicy: parsed(lifecycle?.lifecyclePolicyText),
    repositoryPolicy: policy,
    tags: Object.fromEntries((tags?.tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
  };
}

/** Reads the policy of an ECR repository and parses it. Returns null if there is none. */
async function repositoryPolicy(ecr: Ecr, repositoryName: string): Promise<unknown> {
  const found = await unlessAbsent(
    ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
    "RepositoryPolicyNotFoundException",
    "RepositoryNotFoundException",
  );
  return parsed(found?.policyText);
}

const parsed = (text: string | undefined): unknown => (text === undefined ? null : JSON.parse(text));

/** A managed ECR repository and the settings to write to it. */
export type Written = Pick<DesiredRepository, "name" | "arn"> & {
  settings: RepositorySettings;
  /** The id of the repository's item. */
  id: string;
  /** True if the repository was created just now, so that it has no policy. */
  isNew: boolean;
};

type Writer = {
  /** Returns the part as CreateRepository accepts it. Missing if the part is written after the repository is created. */
  readonly create?: (repository: Pick<Written, "settings" | "id">) => Partial<CreateRepositoryCommandInput>;
  /** Writes the part to an existing repository. Missing if no call can change the part, or if none may. */
  readonly write?: (ecr: Ecr, repository: Written) => Promise<unknown>;
};

/**
 * The writer of each part of an ECR repository, in the order in which they are called. The tags come first: the service
 * may change only repositories with its tag.
 */
export const REPOSITORY_WRITERS: { readonly [part in RepositoryPart]: Writer } = {
  "/tags/": {
    create: ({ settings, id }) => ({ tags: tagList({ "rolecall:id": id, ...settings.tags }) }),
    write(ecr, { arn, settings, id }) {
      const { tags } = repositoryDetails({ arn, id }, settings);
      return ecr.send(new TagResourceCommand({ resourceArn: arn, tags: tagList(tags) }));
    },
  },
  "/tagMutability": {
    create: ({ settings }) => mutability(settings),
    write: (ecr, { name: repositoryName, settings }) =>
      ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...mutability(settings) })),
  },
  "/scanOnPush": {
    create: ({ settings: { scanOnPush } }) => ({ imageScanningConfiguration: { scanOnPush } }),
    write: (ecr, { name: repositoryName, settings: { scanOnPush } }) =>
      ecr.send(
        new PutImageScanningConfigurationCommand({
          repositoryName,
          imageScanningConfiguration: { scanOnPush },
        }),
      ),
  },
  // ECR cannot change the encryption of an existing repository.
  "/encryption": {
    create({ settings }) {
      const { type: encryptionType, kmsKey } = settings.encryption;
      return { encryptionConfiguration: { encryptionType, ...(kmsKey !== undefined && { kmsKey }) } };
    },
  },
  "/lifecyclePolicy": {
    write(ecr, { arn, name: repositoryName, settings, id }) {
      const { lifecyclePolicy } = repositoryDetails({ arn, id }, settings);
      if (lifecyclePolicy === null) {
        const deletion = ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
        return unlessAbsent(deletion, "LifecyclePolicyNotFoundException");
      }
      const lifecyclePolicyText = JSON.stringify(lifecyclePolicy);
      return ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    },
  },
  "/repositoryPolicy": {
    async write(ecr, { arn, name: repositoryName, settings, id, isNew }) {
      // ECR replaces a policy as a whole. So read Lambda's own statements first, and write them again with the policy.
      const held = isNew ? null : await repositoryPolicy(ecr, repositoryName);
      const wanted = repositoryDetails({ arn, id }, settings, held).repositoryPolicy;
      if (wanted === null) {
        // Most repositories have no policy, and not every function may delete one.
        if (held === null) return undefined;
        const deletion = ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
        return unlessAbsent(deletion, "RepositoryPolicyNotFoundException");
      }
      const policyText = JSON.stringify(wanted);
      return ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
    },
  },
  // No repair removes a statement by which Lambda fetches images.
  "/repositoryPolicy/lambda": {},
};

/** The parts that can be written to an existing repository, in the order of their writers. */
export const WRITABLE_PARTS = (Object.keys(REPOSITORY_WRITERS) as RepositoryPart[]).filter(
  (part) => REPOSITORY_WRITERS[part].write !== undefined,
);

const mutability = (settings: RepositorySettings) => ({
  imageTagMutability: ecrMutability(settings),
  ...(settings.exclusions.length > 0 && {
    imageTagMutabilityExclusionFilters: settings.exclusions.map((filter) => ({
      filterType: "WILDCARD" as const,
      filter,
    })),
  }),
});
