/**
 * Items as earlier versions wrote them. An item is read whatever its schema, and written in this one; nothing has to be
 * migrated. A later schema is not read: a field that this version does not know would be lost with its next write.
 */
import type { EcrItem, RegistrationItem } from "./items.ts";

/** The version of the items' shape. It counts up when a field that older items lack is relied on. */
export const SCHEMA = 3;

/** An ECR repository's item of schema 1: tags' mutability was all that was set. */
type EcrItem1 = Omit<EcrItem, "settings"> & {
  settings: { tagMutability: string; exclusions: string[]; encryption: string };
};

/** An ECR repository's item of any schema. What was not set then is none, so that nothing is taken for drift. */
export function readEcrItem(document: EcrItem | EcrItem1): EcrItem {
  if (!isOfSchema1(document)) return document;
  const { tagMutability, exclusions, encryption } = document.settings;
  return {
    ...document,
    settings: {
      tagMutability: tagMutability.startsWith("IMMUTABLE") ? "IMMUTABLE" : "MUTABLE",
      exclusions,
      scanOnPush: false,
      encryption: { type: encryption === "KMS" || encryption === "KMS_DSSE" ? encryption : "AES256" },
      lifecycle: [],
      tags: {},
      pull: { accounts: [] },
    },
  };
}

/** A registration of any schema. Before schema 3 all were in the service's own region, which the item names. */
export function readRegistration(document: RegistrationItem | RegistrationItem2): RegistrationItem {
  return { ...document, spec: { ...document.spec, region: document.spec.region ?? document.region } };
}

/** A registration's item of schema 1 or 2. */
type RegistrationItem2 = Omit<RegistrationItem, "spec"> & {
  spec: Omit<RegistrationItem["spec"], "region"> & { region?: string };
};

const isOfSchema1 = (document: EcrItem | EcrItem1): document is EcrItem1 =>
  typeof document.settings.encryption === "string";
