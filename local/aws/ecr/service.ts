import type { Accounts } from "../accounts.ts";
import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import { type Json, jsonEndpoint } from "../wire/json.ts";
import { GetAuthorizationToken } from "./authorization.ts";
import { DeleteLifecyclePolicy, GetLifecyclePolicy, PutLifecyclePolicy } from "./lifecycle.ts";
import * as repositories from "./repositories.ts";
import { DeleteRepositoryPolicy, GetRepositoryPolicy, SetRepositoryPolicy } from "./repository-policies.ts";
import { refuse } from "./rules.ts";
import type { Registry } from "./state.ts";
import { ListTagsForResource, TagResource, UntagResource } from "./tags.ts";

export const ecrActions: Actions<Registry, Json> = {
  CreateRepository: repositories.CreateRepository,
  DescribeRepositories: repositories.DescribeRepositories,
  DeleteRepository: repositories.DeleteRepository,
  PutImageTagMutability: repositories.PutImageTagMutability,
  PutImageScanningConfiguration: repositories.PutImageScanningConfiguration,

  PutLifecyclePolicy,
  GetLifecyclePolicy,
  DeleteLifecyclePolicy,

  SetRepositoryPolicy,
  GetRepositoryPolicy,
  DeleteRepositoryPolicy,

  TagResource,
  UntagResource,
  ListTagsForResource,

  GetAuthorizationToken,
};

export function ecrEndpoint(accounts: Accounts): Endpoint {
  return jsonEndpoint({
    service: "ecr",
    context: (http) => {
      const { ecr } = accounts.ofCaller(http);
      return { ...ecr, region: http.scope?.region ?? ecr.account.region };
    },
    refuse,
    actions: ecrActions,
  });
}
