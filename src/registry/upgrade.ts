/**
 * Reads items that earlier versions wrote. An item of any earlier schema can be read, and each write uses the current
 * schema, so nothing has to be migrated. Items of a later schema are not read, because the next write would lose their
 * new fields.
 */
import { UNSET_SETTINGS } from "../desired/settings.ts";
import type { DesiredState, RepositorySettings, Spec } from "../desired/state.ts";
import type { EcrItem, RegistrationItem, Reservation } from "./items.ts";

/** The version of the items' shape. It increases when the code begins to rely on a field that older items lack. */
export const SCHEMA = 5;

/** An ECR repository's item of schema 1. It has no settings but the mutability of tags and the encryption. */
type EcrItem1 = Omit<EcrItem, "settings"> & {
  settings: { tagMutability: string; exclusions: string[]; encryption: string };
};

/** Reads an ECR repository's item of any schema. Settings that an older item lacks are read as unset, so none is drift. */
export function readEcrItem(document: EcrItem | EcrItem1): EcrItem {
  const settings = isOfSchema1(document) ? settingsOfSchema1(document) : document.settings;
  return { ...document, settings: { ...UNSET_SETTINGS, ...settings } };
}

function settingsOfSchema1({
  settings: { tagMutability, exclusions, encryption },
}: EcrItem1): Partial<RepositorySettings> {
  return {
    tagMutability: tagMutability.startsWith("IMMUTABLE") ? "IMMUTABLE" : "MUTABLE",
    exclusions,
    encryption: { type: encryption === "KMS" || encryption === "KMS_DSSE" ? encryption : "AES256" },
  };
}

const isOfSchema1 = (document: EcrItem | EcrItem1): document is EcrItem1 =>
  typeof document.settings.encryption === "string";

/** A registration of schemas 1 to 4. Its trust had no branches of environments. */
type RegistrationItem4 = Omit<RegistrationItem, "spec"> & {
  spec: Omit<Spec, "trust"> & { trust: Omit<Spec["trust"], "environmentBranches"> };
};

/** A registration of schemas 1 and 2. Its role had access to ECR only, in the service's own region. */
type RegistrationItem2 = Omit<RegistrationItem4, "spec" | "desired" | "recorded"> & {
  spec: Omit<RegistrationItem4["spec"], "profiles" | "managedPolicyArns" | "region">;
  desired: DesiredState2;
  recorded?: DesiredState2;
};
type DesiredState2 = Omit<DesiredState, "role"> & { role: Omit<DesiredState["role"], "attachedPolicyArns"> };

/**
 * Reads a registration of any schema. Keeps the order of keys in which a new spec and state are built, because specs and
 * states are compared as text.
 */
export function readRegistration(
  document: RegistrationItem | RegistrationItem4 | RegistrationItem2,
): RegistrationItem {
  const item = isOfSchema2(document) ? fromSchema2(document) : document;
  if (!isOfSchema4(item)) return item;
  const { spec } = item;
  return { ...item, spec: { ...spec, trust: { ...spec.trust, environmentBranches: [] } } };
}

function fromSchema2({ spec, desired, recorded, ...item }: RegistrationItem2): RegistrationItem4 {
  return {
    ...item,
    spec: { ...spec, profiles: [], managedPolicyArns: [], region: item.region },
    desired: withAttached(desired),
    ...(recorded !== undefined && { recorded: withAttached(recorded) }),
  };
}

/** A reservation of schemas 1 to 3. It does not say whether GitHub had confirmed the claimant. */
type Reservation3 = Pick<Reservation, "namespace" | "name" | "claimant">;

/**
 * Reads a reservation of any schema. An older one counts as confirmed, so that only the operator can take it from its
 * holder.
 */
export const readReservation = (document: Reservation | Reservation3): Reservation =>
  "revision" in document ? document : { ...document, id: "", revision: 0, confirmed: true, former: [] };

const withAttached = (desired: DesiredState2): DesiredState => ({
  ...desired,
  role: { ...desired.role, attachedPolicyArns: [] },
});

const isOfSchema4 = (document: RegistrationItem | RegistrationItem4): document is RegistrationItem4 =>
  !("environmentBranches" in document.spec.trust);

const isOfSchema2 = (
  document: RegistrationItem | RegistrationItem4 | RegistrationItem2,
): document is RegistrationItem2 => !("profiles" in document.spec);
