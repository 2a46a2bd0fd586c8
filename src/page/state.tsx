/** The state of a registration or an account, as a badge: a word, and a colour that says the same. */
import type { components } from "../generated/contract.ts";

type Schemas = components["schemas"];

type Said = { readonly text: string; readonly class: string };
const good = (text: string): Said => ({ text, class: "badge good" });
const bad = (text: string): Said => ({ text, class: "badge bad" });
const plain = (text: string): Said => ({ text, class: "badge" });

export const STATUSES: Readonly<Record<Schemas["RegistrationStatus"], Said>> = {
  ready: good("ready"),
  provisioning: plain("being set up"),
  removing: bad("partly removed"),
  failed: bad("last change failed"),
};

export const DRIFTS: Readonly<Record<Schemas["DriftStatus"], Said>> = {
  "in-sync": good("in sync"),
  drifted: bad("drifted"),
  repaired: plain("repaired"),
  contested: bad("contested"),
  unknown: plain("not checked yet"),
};

export const MEMBERS: Readonly<Record<Schemas["MemberStatus"], Said>> = {
  ready: good("ready"),
  "read-only": good("read only"),
  outdated: bad("outdated"),
  unreachable: bad("unreachable"),
  unknown: plain("not looked at yet"),
};

/** The results of a roll call for a registration. */
export const RESULTS: Readonly<Record<Schemas["RollCallResult"], Said>> = {
  drifted: DRIFTS.drifted,
  contested: DRIFTS.contested,
  repaired: DRIFTS.repaired,
  failed: bad("failed"),
  waiting: plain("waiting"),
};

/** The results of a roll call for an account. */
export const ACCOUNT_RESULTS: Readonly<Record<Schemas["RollCallAccountStatus"], Said>> = {
  checked: good("checked"),
  failed: bad("failed"),
  missed: bad("missed"),
  waiting: plain("waiting"),
};

export const Badge = ({ said }: { said: Said }) => <span class={said.class}>{said.text}</span>;
