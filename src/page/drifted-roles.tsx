/** The registrations that a roll call lists: drifted, contested, repaired, or not checked. */
import type { components } from "../generated/contract.ts";
import { LastWritten } from "./causes.tsx";
import { Changes, Effect } from "./changes.tsx";
import { type Api, Command } from "./command.tsx";
import { Moment, type Place } from "./document.tsx";
import { registrationPath, withQuery } from "./paths.ts";
import { Badge, RESULTS } from "./state.tsx";

type Schemas = components["schemas"];
type Entry = Schemas["RollCallEntry"];
type Drift = Schemas["Drift"];

/** A registration's name. The account is missing for the home account. */
export type Named = Pick<Entry, "owner" | "repo" | "role" | "account">;

/** The current drift of registrations, by `keyOf`. Only some registrations have one, to bound the page. */
export type Drifts = ReadonlyMap<string, Drift>;

export const keyOf = ({ owner, repo, role, account }: Named): string =>
  [...(account === undefined ? [] : [account]), owner, repo, role].join("/");

const pathOf = ({ account, ...named }: Named, { account: home }: Place): string =>
  registrationPath({ account: account ?? home, ...named }, home);

/** The reasons why a registration that asks for repairs was not repaired, in words. */
const NOT_REPAIRED: Readonly<Record<Schemas["NotRepaired"], string>> = {
  "writes-off": "the account's record has writes off",
};

/** Shows registrations with the changes of each, if these are known, and a list of the others. */
export const Roles = ({
  status,
  entries,
  counted,
  drifts,
  place,
  api,
}: {
  status: "drifted" | "contested" | "repaired";
  entries: readonly Entry[];
  counted: number;
  drifts: Drifts;
  place: Place;
  api: Api;
}) => {
  const others = entries.filter((entry) => !drifts.has(keyOf(entry)));
  return (
    <>
      {entries.map((entry) => {
        const drift = drifts.get(keyOf(entry));
        return (
          drift && (
            <article>
              <h3 class="heading">
                <RoleLink entry={entry} place={place} />
                <Worst changes={drift.changes ?? []} />
              </h3>
              {drift.checkedAt === undefined ? (
                <p class="soft">Registered again since this roll call, which found: {entry.detail}</p>
              ) : (
                <OneDrift drift={drift} entry={entry} place={place} api={api} />
              )}
            </article>
          )
        );
      })}
      {others.length > 0 && (
        <ul class="plain others">
          {others.map((entry) => (
            <li>
              <RoleLink entry={entry} place={place} /> <span class="soft">{entry.detail}</span>
            </li>
          ))}
        </ul>
      )}
      <More counted={counted} shown={entries.length} drift={status} />
    </>
  );
};

/** Shows the effect of a role's changes on access, so that the dangerous roles stand out. */
function Worst({ changes }: { changes: readonly Schemas["Change"][] }) {
  const worst = (["widens", "narrows", "none"] as const).find((effect) =>
    changes.some((change) => change.effect === effect),
  );
  return worst && <Effect effect={worst} />;
}

function OneDrift({ drift, entry, place, api }: { drift: Drift; entry: Entry; place: Place; api: Api }) {
  const { status, since, checkedAt, changes = [] } = drift;
  const isOpen = status === "drifted" || status === "contested";
  return (
    <>
      <p class="soft">
        {isOpen && since !== undefined && (
          <>
            Since <Moment at={since} />.{" "}
          </>
        )}
        {checkedAt && (
          <>
            Checked <Moment at={checkedAt} />
            {status !== entry.status && `; its status is now ${status}`}.
          </>
        )}
      </p>
      <LastWritten drift={drift} />
      {entry.notRepaired !== undefined && <p>Not repaired, because {NOT_REPAIRED[entry.notRepaired]}.</p>}
      {isOpen && entry.notRepaired === undefined && changes.some(({ repairable }) => repairable) && (
        <>
          <p>This request puts it right:</p>
          <Command api={api} method="POST" path={`${pathOf(entry, place)}/repairs`} />
        </>
      )}
      <Changes changes={changes} heading="h4" />
    </>
  );
}

export const Unchecked = ({
  entries,
  counted,
  place,
}: {
  entries: readonly Entry[];
  counted: number;
  place: Place;
}) => (
  <>
    <table class="stacks">
      <caption>Registrations that this roll call could not compare</caption>
      <thead>
        <tr>
          <th scope="col">Role</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr>
            <th scope="row">
              <RoleLink entry={entry} place={place} />
            </th>
            <td>
              <Badge said={RESULTS[entry.status]} /> {entry.detail}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <More counted={counted} shown={entries.length} />
  </>
);

/** Links to the list of registrations if a roll call counted more than the page shows. */
export const More = ({
  counted,
  shown,
  drift,
}: {
  counted: number;
  shown: number;
  drift?: Schemas["DriftStatus"];
}) =>
  counted > shown ? (
    <p class="soft">
      {counted - shown} more. <a href={withQuery("../roles", { drift })}>The list of registrations</a> has
      them all.
    </p>
  ) : null;

/** Links to a registration's page. The link is relative, so that it works below any base path. */
export const RoleLink = ({ entry, place }: { entry: Named; place: Place }) => (
  <>
    <a href={`../${pathOf(entry, place)}`}>
      {entry.owner}/{entry.repo} {entry.role}
    </a>
    {entry.account !== undefined && <span class="soft one"> in {entry.account}</span>}
  </>
);
