/** ECR refuses what AWS refuses, with the same error. */
import * as ecr from "@aws-sdk/client-ecr";
import { describe } from "vitest";
import { account, identity } from "./clients.ts";
import { type Case, long, startAccount, walk } from "./refusals.ts";

const aws = startAccount();

describe("ECR", () => {
  const create = (input: Partial<ecr.CreateRepositoryCommandInput>) => () =>
    aws.ecr.send(new ecr.CreateRepositoryCommand({ repositoryName: "acme/new", ...input }));
  const wildcard = (filter: string) => ({ filterType: "WILDCARD" as const, filter });
  const rule = (rulePriority: number, selection: object = {}, action: object = { type: "expire" }) => ({
    rulePriority,
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1, ...selection },
    action,
  });
  const days = { countType: "sinceImagePushed", countUnit: "days" };
  const pulled = { ...days, countType: "sinceImagePulled" };
  const archive = { type: "transition", targetStorageClass: "archive" };
  const archived = { ...days, countType: "sinceImageTransitioned", storageClass: "archive", countNumber: 90 };
  const untagged = (rulePriority: number, selection: object = {}, action?: object) =>
    rule(rulePriority, { tagStatus: "untagged", ...selection }, action);
  const patterns = (rulePriority: number, ...tagPatternList: string[]) =>
    rule(rulePriority, { tagStatus: "tagged", tagPatternList });
  const lifecycle = (policy: unknown) => () =>
    aws.ecr.send(
      new ecr.PutLifecyclePolicyCommand({
        repositoryName: "acme/api",
        lifecyclePolicyText: typeof policy === "string" ? policy : JSON.stringify(policy).padEnd(100),
      }),
    );
  const policy = (policyText: string) => () =>
    aws.ecr.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "acme/api", policyText }));
  const missing = { repositoryName: "acme/none" };
  const notFound = `The repository with name 'acme/none' does not exist in the registry with id '${account}'`;
  const resourceArn = `arn:aws:ecr:eu-central-1:${account}:repository/acme/api`;
  const wrong = "InvalidParameterException";
  walk([
    [
      "a name that is taken",
      create({ repositoryName: "acme/api" }),
      "RepositoryAlreadyExistsException",
      400,
      `The repository with name 'acme/api' already exists in the registry with id '${account}'`,
    ],
    [
      "a name in capitals",
      create({ repositoryName: "Acme/api" }),
      wrong,
      400,
      /^Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '/,
    ],
    ["a name that ends in a hyphen", create({ repositoryName: "acme/api-" }), wrong, 400, /repositoryName/],
    ["a name with three underscores", create({ repositoryName: "acme/a___b" }), wrong, 400, /repositoryName/],
    [
      "a name of one letter",
      create({ repositoryName: "a" }),
      wrong,
      400,
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must have length greater than or equal to 2'",
    ],
    ["a name that is too long", create({ repositoryName: long(257) }), wrong, 400, /256/],
    ["no name", create({ repositoryName: undefined }), wrong, 400, /'repositoryName'.*must not be null/],
    ["another registry", create({ registryId: "999999999999" }), wrong, 400, /registryId/],
    [
      "exclusion without filters",
      create({ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" }),
      wrong,
      400,
      "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'",
    ],
    [
      "filters without exclusion",
      create({ imageTagMutability: "IMMUTABLE", imageTagMutabilityExclusionFilters: [wildcard("latest")] }),
      wrong,
      400,
      /must be null when imageTagMutability is set as IMMUTABLE/,
    ],
    [
      "six filters",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: Array.from({ length: 6 }, (_, index) => wildcard(`v${index}`)),
      }),
      wrong,
      400,
      /less than or equal to 5/,
    ],
    [
      "no filters",
      create({ imageTagMutability: "MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters: [] }),
      wrong,
      400,
      /greater than or equal to 1/,
    ],
    [
      "a filter with other characters",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [wildcard("a/b")],
      }),
      wrong,
      400,
      /regular expression/,
    ],
    [
      "a filter of three wildcards",
      create({
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [wildcard("*a*b*")],
      }),
      wrong,
      400,
      /2 wildcards/,
    ],
    [
      "a key without KMS",
      create({ encryptionConfiguration: { encryptionType: "AES256", kmsKey: "k" } }),
      wrong,
      400,
      /encryptionConfiguration/,
    ],
    [
      "AWS's own tags",
      create({ tags: [{ Key: "aws:a", Value: "" }] }),
      "InvalidTagParameterException",
      400,
      /aws:a/,
    ],
    [
      "a tag more than 50",
      () => aws.ecr.send(new ecr.TagResourceCommand({ resourceArn, tags: [{ Key: "more", Value: "" }] })),
      "TooManyTagsException",
      400,
      /up to 50 tags/,
    ],
    [
      "tags of an ARN of another region",
      () =>
        aws.ecr.send(
          new ecr.ListTagsForResourceCommand({ resourceArn: resourceArn.replace("central", "west") }),
        ),
      wrong,
      400,
      /eu-central-1/,
    ],
    [
      "DescribeRepositories: one of two names is missing",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: ["acme/api", "acme/none"] })),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "DescribeRepositories: names with maxResults",
      () =>
        aws.ecr.send(new ecr.DescribeRepositoriesCommand({ repositoryNames: ["acme/api"], maxResults: 5 })),
      wrong,
      400,
      /repositoryNames/,
    ],
    [
      "a page that is too long",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ maxResults: 1001 })),
      wrong,
      400,
      /maxResults/,
    ],
    [
      "a bogus token",
      () => aws.ecr.send(new ecr.DescribeRepositoriesCommand({ nextToken: "bogus" })),
      wrong,
      400,
      /nextToken/,
    ],
    [
      "another registry's repository",
      () =>
        aws.ecr.send(
          new ecr.DeleteRepositoryCommand({ registryId: "999999999999", repositoryName: "acme/api" }),
        ),
      "RepositoryNotFoundException",
      400,
      /'999999999999'/,
    ],
    [
      "DeleteRepository: none",
      () => aws.ecr.send(new ecr.DeleteRepositoryCommand(missing)),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "PutImageTagMutability: none",
      () => aws.ecr.send(new ecr.PutImageTagMutabilityCommand({ ...missing, imageTagMutability: "MUTABLE" })),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "GetLifecyclePolicy: no repository",
      () => aws.ecr.send(new ecr.GetLifecyclePolicyCommand(missing)),
      "RepositoryNotFoundException",
      400,
      notFound,
    ],
    [
      "GetLifecyclePolicy: no policy",
      () => aws.ecr.send(new ecr.GetLifecyclePolicyCommand({ repositoryName: "acme/api" })),
      "LifecyclePolicyNotFoundException",
      400,
      /^Lifecycle policy does not exist/,
    ],
    [
      "DeleteLifecyclePolicy: no policy",
      () => aws.ecr.send(new ecr.DeleteLifecyclePolicyCommand({ repositoryName: "acme/api" })),
      "LifecyclePolicyNotFoundException",
      400,
      /^Lifecycle policy does not exist/,
    ],
    ["a lifecycle policy that is too short", lifecycle("{}"), wrong, 400, /100/],
    ["a lifecycle policy that is not JSON", lifecycle("{".padEnd(100)), wrong, 400, /not valid JSON/],
    [
      "two rules of one priority",
      lifecycle({ rules: [rule(1, { tagStatus: "untagged" }), rule(1)] }),
      wrong,
      400,
      /unique/,
    ],
    [
      "a rule for any image before another rule",
      lifecycle({ rules: [rule(1), rule(2, { tagStatus: "untagged" })] }),
      wrong,
      400,
      /Rule for tagStatus=ANY must have the lowest priority per storage class/,
    ],
    [
      "tagged without tags",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged" })] }),
      wrong,
      400,
      /tagPatternList/,
    ],
    [
      "days without a unit",
      lifecycle({ rules: [rule(1, { countType: "sinceImagePushed" })] }),
      wrong,
      400,
      /countUnit/,
    ],
    [
      "a unit of days without days",
      lifecycle({ rules: [rule(1, { countUnit: "days" })] }),
      wrong,
      400,
      /countUnit/,
    ],
    ["no rules", lifecycle({ rules: [] }), wrong, 400, /required properties/],
    [
      "patterns and prefixes in one rule",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged", tagPatternList: ["v*"], tagPrefixList: ["v"] })] }),
      wrong,
      400,
      /both/,
    ],
    [
      "tags of untagged images",
      lifecycle({ rules: [rule(1, { tagStatus: "untagged", tagPatternList: ["v*"] })] }),
      wrong,
      400,
      /must not name tags/,
    ],
    [
      "five wildcards",
      lifecycle({ rules: [rule(1, { tagStatus: "tagged", tagPatternList: ["*1*2*3*4*"] })] }),
      wrong,
      400,
      /4 wildcards/,
    ],
    [
      "null in a field that must be absent",
      lifecycle({ rules: [rule(1, { countUnit: null })] }),
      wrong,
      400,
      /exactly one schema/,
    ],
    [
      "a rule with more than ECR knows",
      lifecycle({ rules: [{ ...rule(1), name: "x" }] }),
      wrong,
      400,
      /exactly one schema/,
    ],
    [
      "another action",
      lifecycle({ rules: [{ ...rule(1), action: { type: "keep" } }] }),
      wrong,
      400,
      /expire/,
    ],
    ...[
      {
        name: "two rules for untagged images",
        rules: [untagged(1), untagged(2, days)],
        text: /Only one rule can select Untagged images per storage class/,
      },
      {
        name: "two rules for untagged images, one of them archives",
        rules: [untagged(1), untagged(2, {}, archive)],
        text: /Only one rule/,
      },
      {
        name: "two rules for untagged archived images",
        rules: [untagged(1, archived), untagged(2, archived)],
        text: /Only one rule/,
      },
      { name: "two rules for any image", rules: [rule(1), rule(2, days)], text: /lowest priority/ },
      {
        name: "two rules for any archived image",
        rules: [rule(1, archived), rule(2, archived)],
        text: /lowest priority/,
      },
      {
        name: "equal sets of patterns",
        rules: [patterns(1, "v*", "w*"), patterns(2, "w*", "v*")],
        text: /unique set/,
      },
      {
        name: "equal sets of prefixes",
        rules: [1, 2].map((priority) => rule(priority, { tagStatus: "tagged", tagPrefixList: ["v"] })),
        text: /unique set/,
      },
      {
        name: "expiry of images that nobody pulls",
        rules: [rule(1, pulled)],
        text: /sinceImagePulled must be transition/,
      },
      {
        name: "expiry of archived images within 90 days",
        rules: [rule(1, { ...archived, countNumber: 89 })],
        text: /90/,
      },
      {
        name: "archived images without the storage class",
        rules: [rule(1, { ...archived, storageClass: undefined })],
        text: /must be archive/,
      },
      {
        name: "archived images by their number",
        rules: [rule(1, { storageClass: "archive" })],
        text: /must be standard/,
      },
      { name: "archiving of archived images", rules: [rule(1, archived, archive)], text: /must be expire/ },
      {
        name: "archiving without a target",
        rules: [rule(1, pulled, { type: "transition" })],
        text: /targetStorageClass/,
      },
      {
        name: "expiry with a target",
        rules: [rule(1, {}, { ...archive, type: "expire" })],
        text: /targetStorageClass/,
      },
    ].map(({ name, rules, text }): Case => [name, lifecycle({ rules }), wrong, 400, text]),
    [
      "a repository policy with a resource",
      policy(
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:*", Resource: "*" }],
        }),
      ),
      wrong,
      400,
      /Resource/,
    ],
    [
      "a key of another region",
      create({
        encryptionConfiguration: {
          encryptionType: "KMS",
          kmsKey: `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
        },
      }),
      "KmsException",
      400,
      /does not exist in eu-central-1/,
    ],
    [
      "GetRepositoryPolicy: no policy",
      () => aws.ecr.send(new ecr.GetRepositoryPolicyCommand({ repositoryName: "acme/api" })),
      "RepositoryPolicyNotFoundException",
      400,
      /^Repository policy does not exist/,
    ],
    [
      "a repository policy without a principal",
      policy(identity("ecr:*")),
      wrong,
      400,
      /Missing required field Principal/,
    ],
    ["a repository policy that is not JSON", policy("{"), wrong, 400, /Invalid repository policy provided/],
  ]);
});
