/**
 * Items as earlier versions wrote them. An item is read whatever its schema, and written in this one; nothing has to be
 * migrated. A later schema is not read: a field that this version does not know would be lost with its next write.
 */
import type { DesiredState, Spec } from "../desired/state.ts";
import type { EcrItem, RegistrationItem, Reservation } from "./items.ts";

/** The version of the items' shape. It counts up when a field that older items lack is relied on. */
export const SCHEMA = 4;

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

const isOfSchema1 = (document: EcrItem | EcrItem1): document is EcrItem1 =>
  typeof document.settings.encryption === "string";

/** A registration of schemas 1 and 2: ECR was all that a role had access to, in the service's own region. */
type RegistrationItem2 = Omit<RegistrationItem, "spec" | "desired" | "recorded"> & {
  spec: Omit<Spec, "profiles" | "managedPolicyArns" | "region">;
  desired: DesiredState2;
  recorded?: DesiredState2;
};
type DesiredState2 = Omit<DesiredState, "role"> & { role: Omit<DesiredState["role"], "attachedPolicyArns"> };

/** A registration of any schema. */
export function readRegistration(document: RegistrationItem | RegistrationItem2): RegistrationItem {
  if (!isOfSchema2(document)) return document;
  const { spec, desired, recorded, ...item } = document;
  return {
    ...item,
    // The order is that of a spec and a state that are made today: they are compared as text.
    spec: { ...spec, profiles: [], managedPolicyArns: [], region: item.region },
    desired: withAttached(desired),
    ...(recorded !== undefined && { recorded: withAttached(recorded) }),
  };
}

/** A reservation of schemas 1 to 3: its claimant was written once, whether GitHub had confirmed it or not. */
type Reservation3 = Pick<Reservation, "namespace" | "name" | "claimant">;

/**
 * A reservation of any schema. An older one counts as confirmed, so that only the operator can take it from its holder.
 */
export const readReservation = (document: Reservation | Reservation3): Reservation =>
  "revision" in document ? document : { ...document, id: "", revision: 0, confirmed: true, former: [] };

const withAttached = (desired: DesiredState2): DesiredState => ({
  ...desired,
  role: { ...desired.role, attachedPolicyArns: [] },
});

const isOfSchema2 = (document: RegistrationItem | RegistrationItem2): document is RegistrationItem2 =>
  !("profiles" in document.spec);
