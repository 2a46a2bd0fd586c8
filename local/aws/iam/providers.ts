/**
 * OIDC providers: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
 * There is one for each URL. Only `Url` is required, and there are at most 100 client ids.
 */
import { createHash } from "node:crypto";
import { type Action, action } from "../action.ts";
import { AwsError } from "../errors.ts";
import type { Input } from "../input.ts";
import type { Xml } from "../wire/xml.ts";
import { pageOf, readPaging } from "./paging.ts";
import * as rules from "./rules.ts";
import { alreadyExists, invalidInput, limitExceeded, noSuchEntity } from "./rules.ts";
import { type Iam, type Provider, providerArn } from "./state.ts";
import {
  readOptionalTags,
  readTags,
  showTags,
  showTagsIfAny,
  tagKey,
  withoutTags,
  withTags,
} from "./tags.ts";

const readArn = (input: Input) => input.text("OpenIDConnectProviderArn", rules.arn);

const thumbprints = { max: 5 };

/** Checks that a URL is a host name with an optional path: no port, no query, nothing that cannot stand in an ARN. */
function checkUrl(url: string): string {
  const bare = url.replace(/^https:\/\//, "");
  if (bare === url || !/^[a-z0-9-]+(\.[a-z0-9-]+)+(\/[\w.~%/-]*)?$/i.test(bare))
    throw new AwsError("ValidationError", 400, "Invalid Open ID Connect Provider URL");
  return bare;
}

function checkClientIds(iam: Iam, clientIds: readonly string[]): readonly string[] {
  const { clientIdsPerProvider } = iam.quotas;
  if (clientIds.length > clientIdsPerProvider)
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientIdsPerProvider}`);
  return clientIds;
}

/** Returns the key of the provider that an ARN names, even if the provider does not exist. */
function keyOf(iam: Iam, arn: string): string {
  const prefix = providerArn(iam, { url: "" });
  if (!arn.startsWith(prefix) || arn === prefix) throw invalidInput(`Invalid ARN: ${arn}`);
  return arn.slice(prefix.length);
}

function findProvider(iam: Iam, arn: string): Provider {
  const provider = iam.providers.get(keyOf(iam, arn));
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

function putProvider(iam: Iam, provider: Provider): void {
  iam.providers.put(provider.url, provider);
}

/**
 * The thumbprint of a provider that was created without one. AWS reads the issuer's certificates; this one is a hash
 * of the host name.
 */
function thumbprintOf(url: string): string {
  return createHash("sha1")
    .update(url.split("/")[0] ?? url)
    .digest("hex");
}

export const CreateOpenIDConnectProvider: Action<Iam, Xml> = action(
  (input) => ({
    url: input.text("Url", { min: 1, max: 255 }),
    clientIds: input.optionalTexts("ClientIDList", {}, rules.clientId) ?? [],
    given: input.optionalTexts("ThumbprintList", thumbprints, rules.thumbprint) ?? [],
    tags: readOptionalTags(input),
  }),
  (iam, { url, clientIds, given, tags }) => {
    const checked = withTags(iam, [], tags);
    const bare = checkUrl(url);
    const provider: Provider = {
      url: bare,
      clientIds: checkClientIds(iam, [...new Set(clientIds)]),
      thumbprints: given.length > 0 ? given : [thumbprintOf(bare)],
      createdAt: iam.now().toISOString(),
      tags: checked,
    };
    if (iam.providers.get(bare) !== undefined)
      throw alreadyExists(`Provider with url ${url} already exists.`);
    const { providersPerAccount } = iam.quotas;
    if (iam.providers.size >= providersPerAccount)
      throw limitExceeded(`Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${providersPerAccount}`);
    putProvider(iam, provider);
    return { OpenIDConnectProviderArn: providerArn(iam, provider), Tags: showTagsIfAny(provider.tags) };
  },
);

export const GetOpenIDConnectProvider: Action<Iam, Xml> = action(readArn, (iam, arn) => {
  const { url, clientIds, thumbprints, createdAt, tags } = findProvider(iam, arn);
  return {
    Url: url,
    ClientIDList: clientIds,
    ThumbprintList: thumbprints,
    CreateDate: new Date(createdAt),
    Tags: showTagsIfAny(tags),
  };
});

/** Lists all providers. It is the only list of IAM without pages. */
export const ListOpenIDConnectProviders: Action<Iam, Xml> = action(
  () => undefined,
  (iam) => ({
    OpenIDConnectProviderList: iam.providers
      .values()
      .map((provider) => ({ Arn: providerArn(iam, provider) })),
  }),
);

const readClientId = (input: Input) => ({
  arn: readArn(input),
  clientId: input.text("ClientID", rules.clientId),
});

/** Adds a client id. Adding one that the provider has is no error. */
export const AddClientIDToOpenIDConnectProvider: Action<Iam, Xml> = action(
  readClientId,
  (iam, { arn, clientId }) => {
    const provider = findProvider(iam, arn);
    const clientIds = checkClientIds(iam, [...new Set([...provider.clientIds, clientId])]);
    putProvider(iam, { ...provider, clientIds });
    return undefined;
  },
);

/** Removes a client id. Removing one that the provider does not have is no error. */
export const RemoveClientIDFromOpenIDConnectProvider: Action<Iam, Xml> = action(
  readClientId,
  (iam, { arn, clientId }) => {
    const provider = findProvider(iam, arn);
    putProvider(iam, { ...provider, clientIds: provider.clientIds.filter((each) => each !== clientId) });
    return undefined;
  },
);

export const UpdateOpenIDConnectProviderThumbprint: Action<Iam, Xml> = action(
  (input) => ({
    arn: readArn(input),
    given: input.texts("ThumbprintList", thumbprints, rules.thumbprint),
  }),
  (iam, { arn, given }) => {
    putProvider(iam, { ...findProvider(iam, arn), thumbprints: given });
    return undefined;
  },
);

/** Deletes a provider. Deleting one that does not exist is no error. */
export const DeleteOpenIDConnectProvider: Action<Iam, Xml> = action(readArn, (iam, arn) => {
  iam.providers.delete(keyOf(iam, arn));
  return undefined;
});

export const TagOpenIDConnectProvider: Action<Iam, Xml> = action(
  (input) => ({ arn: readArn(input), tags: readTags(input) }),
  (iam, { arn, tags }) => {
    const provider = findProvider(iam, arn);
    putProvider(iam, { ...provider, tags: withTags(iam, provider.tags, tags) });
    return undefined;
  },
);

export const UntagOpenIDConnectProvider: Action<Iam, Xml> = action(
  (input) => ({ arn: readArn(input), keys: input.texts("TagKeys", { max: 50 }, tagKey) }),
  (iam, { arn, keys }) => {
    const provider = findProvider(iam, arn);
    putProvider(iam, { ...provider, tags: withoutTags(provider.tags, keys) });
    return undefined;
  },
);

export const ListOpenIDConnectProviderTags: Action<Iam, Xml> = action(
  (input) => ({ arn: readArn(input), paging: readPaging(input) }),
  (iam, { arn, paging }) => {
    const { tags } = findProvider(iam, arn);
    const { items, end } = pageOf(
      iam,
      `ListOpenIDConnectProviderTags ${arn}`,
      tags,
      ({ key }) => key.toLowerCase(),
      paging,
    );
    return { Tags: showTags(items), ...end };
  },
);
