import type { components } from "../generated/contract.ts";
import { LastWritten } from "./causes.tsx";
import { Changes } from "./changes.tsx";
import { count } from "./count.ts";
import { Moment, page, Section } from "./document.tsx";
import { Findings } from "./findings.tsx";
import { type FinishedRun, RunLink, Runs } from "./runs.tsx";

type Schemas = components["schemas"];
type RollCall = Schemas["RollCall"];
type Entry = Schemas["RollCallEntry"];
type Status = Entry["status"];
/** A registration's name. The account is missing for the home account. */
type Named = Pick<Entry, "owner" | "repo" | "role" | "account">;

/** A roll call, with the other data that its page shows. */
export type RollCallReport = {
  readonly rollCall: RollCall;
  /** The current drift of listed registrations, by `keyOf`. Only some registrations have one, to bound the page. */
  readonly drifts: ReadonlyMap<string, Schemas["Drift"]>;
  /** The first of the registrations that are in sync. */
  readonly inSync: readonly Named[];
  /** The latest finished roll calls, the newest first. */
  readonly runs: readonly FinishedRun[];
  /** The roles without a registration: their number and the first of them; undefined until these are known. */
  readonly unregistered:
    | { readonly count: number; readonly first: readonly Schemas["AuditEntry"][] }
    | undefined;
};

export const keyOf = ({ owner, repo, role, account }: Named): string =>
  [...(account === undefined ? [] : [account]), owner, repo, role].join("/");

/** Renders the HTML page of a roll call. */
export function rollCallPage({ rollCall, drifts, inSync, runs, unregistered }: RollCallReport): string {
  const { counts } = rollCall;
  const of = (status: Status) => rollCall.drifted.filter((entry) => entry.status === status);
  const unchecked = [...of("failed"), ...of("waiting")];
  const sections = [
    { id: "accounts", name: "Accounts", number: rollCall.accounts?.total ?? 0 },
    { id: "drifted", name: "Drifted", number: counts.drifted },
    { id: "contested", name: "Contested", number: counts.contested },
    { id: "repaired", name: "Repaired", number: counts.repaired },
    { id: "unchecked", name: "Not checked", number: counts.failed + counts.waiting },
    { id: "unregistered", name: "Unregistered", number: unregistered?.count ?? 0 },
    { id: "in-sync", name: "In sync", number: inSync.length },
  ].filter(({ number }) => number > 0);
  return page({
    title: headline(rollCall),
    root: "../",
    sections,
    children: (
      <>
        <h1>{headline(rollCall)}</h1>
        <p class="lead">
          <Passed rollCall={rollCall} before={runs[0]} />
        </p>
        <dl class="counts">
          <Tile name="in sync" number={counts.inSync} />
          <Tile name="drifted" number={counts.drifted} />
          <Tile name="contested" number={counts.contested} />
          <Tile name="repaired" number={counts.repaired} />
          <Tile name="not checked" number={counts.failed + counts.waiting} />
          {unregistered && <Tile name="unregistered" number={unregistered.count} />}
        </dl>
        {counts.drifted > 0 && (
          <Section id="drifted" title="Drifted">
            <p>
              Someone changed these roles, and Rolecall did not. Find out who, then repair each role or
              register it again.
            </p>
            <Roles entries={of("drifted")} counted={counts.drifted} drifts={drifts} />
          </Section>
        )}
        {counts.contested > 0 && (
          <Section id="contested" title="Contested">
            <p>
              Rolecall repaired these roles three times within a day, and someone changed them again. They
              stay as they are until someone repairs them or registers them again.
            </p>
            <Roles entries={of("contested")} counted={counts.contested} drifts={drifts} />
          </Section>
        )}
        {counts.repaired > 0 && (
          <Section id="repaired" title="Repaired">
            <p>These roles had drifted, and this roll call repaired them.</p>
            <Roles entries={of("repaired")} counted={counts.repaired} drifts={drifts} />
          </Section>
        )}
        {unchecked.length > 0 && (
          <Section id="unchecked" title="Not checked">
            <Unchecked entries={unchecked} counted={counts.failed + counts.waiting} />
          </Section>
        )}
        {unregistered !== undefined && unregistered.count > 0 && (
          <Section id="unregistered" title="Unregistered">
            <p>
              No registration names these roles. Rolecall never changes them.
              {(rollCall.audit?.breakOnRename ?? 0) > 0 &&
                ` ${rollCall.audit?.breakOnRename} of them let nobody in once their repository is renamed or transferred.`}
            </p>
            {unregistered.first.map((entry) => (
              <Unregistered entry={entry} />
            ))}
            {unregistered.count > unregistered.first.length && (
              <p class="soft">
                {unregistered.first.length === 0 ? (
                  <>
                    <code>GET /v1/audit</code> lists those that the last audit has found.
                  </>
                ) : (
                  <>
                    {unregistered.count - unregistered.first.length} more are in the answer to{" "}
                    <code>GET /v1/audit</code>.
                  </>
                )}
              </p>
            )}
          </Section>
        )}
        <Runs runs={runs} />
        {rollCall.accounts && (
          <Section id="accounts" title="Accounts">
            <Accounts accounts={rollCall.accounts} rollCall={rollCall.id} />
          </Section>
        )}
        {inSync.length > 0 && (
          <Section id="in-sync" title="In sync">
            <p>These roles match their registrations.</p>
            <ul class="plain">
              {inSync.map((entry) => (
                <li>
                  <RoleLink entry={entry} />
                </li>
              ))}
            </ul>
            <More counted={counts.inSync} shown={inSync.length} />
          </Section>
        )}
      </>
    ),
    end: (
      <>
        <p>
          Roll call <code>{rollCall.id}</code>. This page is read only.
        </p>
        <p>
          For JSON, request this path with <code>Accept: application/json</code>.
        </p>
      </>
    ),
  });
}

/** Returns the result of a roll call in one sentence. */
function headline({ status, counts }: RollCall): string {
  const { checked, drifted, contested, failed, waiting } = counts;
  const all = checked + failed + waiting;
  const roles = count(all, "role");
  if (status === "requested") return "A roll call was requested";
  if (status === "failed") return "A fault has ended the roll call";
  if (status === "running") return `A roll call is running: ${roles} so far`;
  if (all === 0) return "No role is registered yet";
  const has = (number: number) => (number === 1 ? "has" : "have");
  const is = (number: number) => (number === 1 ? "is" : "are");
  if (drifted > 0 && contested > 0)
    return `${drifted} of ${roles} ${has(drifted)} drifted, and ${contested} ${is(contested)} contested`;
  const some = (number: number) => (all === 1 ? "The only role" : `${number} of ${roles}`);
  if (drifted > 0) return `${some(drifted)} ${has(drifted)} drifted`;
  if (contested > 0) return `${some(contested)} ${is(contested)} contested`;
  if (checked < all)
    return `${checked} of ${roles} ${is(checked)} as registered, the others were not checked`;
  return all === 1 ? "The only role is as registered" : `All ${roles} are as registered`;
}

/** Says when the roll call ran, how long it took and how many calls it made. */
function Passed({ rollCall, before }: { rollCall: RollCall; before: FinishedRun | undefined }) {
  const { status, startedAt, finishedAt, awsCalls } = rollCall;
  if (finishedAt === undefined)
    return (
      <>
        {status === "requested" ? "Requested" : "Started"} on <Moment at={startedAt} />;{" "}
        {status === "failed" ? "not finished (the log of the drift function says why)" : "not finished yet"},
        so this page may be incomplete.
        {before && (
          <>
            {" "}
            The last finished roll call is <RunLink run={before} />.
          </>
        )}
      </>
    );
  const seconds = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
  return (
    <>
      Started on <Moment at={startedAt} />. It took{" "}
      {seconds < 1 ? "less than a second" : count(seconds, "second")} and {count(awsCalls, "call")} to IAM and
      ECR.
    </>
  );
}

const Tile = ({ name, number }: { name: string; number: number }) => (
  <div class={number === 0 ? "zero" : ""}>
    <dt>{name}</dt>
    <dd class="number">{number}</dd>
  </div>
);

/** Shows registrations with the changes of each, if these are known. */
const Roles = ({
  entries,
  counted,
  drifts,
}: {
  entries: readonly Entry[];
  counted: number;
  drifts: RollCallReport["drifts"];
}) => (
  <>
    {entries.map((entry) => {
      const drift = drifts.get(keyOf(entry));
      return (
        <article>
          <h3>
            <RoleLink entry={entry} />
          </h3>
          {drift?.checkedAt === undefined ? (
            <p class="soft">{entry.detail}</p>
          ) : (
            <>
              <p class="soft">
                Checked on <Moment at={drift.checkedAt} />
                {drift.status !== entry.status && `; its status is now ${drift.status}`}.
              </p>
              <LastWritten drift={drift} />
              <Changes changes={drift.changes ?? []} heading="h4" />
            </>
          )}
        </article>
      );
    })}
    <More counted={counted} shown={entries.length} />
  </>
);

const Unchecked = ({ entries, counted }: { entries: readonly Entry[]; counted: number }) => (
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
              <RoleLink entry={entry} />
            </th>
            <td>
              {entry.status}: {entry.detail}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <More counted={counted} shown={entries.length} />
  </>
);

/** Shows the accounts of a roll call, those that failed first. */
const Accounts = ({
  accounts: { total, failed, missed, listed, closed = [], closedBy },
  rollCall,
}: {
  accounts: Schemas["RollCallAccounts"];
  rollCall: string;
}) => (
  <>
    <p>
      {failed + missed === 0
        ? `All ${count(total, "account")} were checked.`
        : `${failed + missed} of ${count(total, "account")} were not checked. Their registrations keep the time of their last check.`}
    </p>
    {closedBy !== undefined && (
      <p>
        This roll call stalled, and roll call <code>{closedBy}</code> closed it.
      </p>
    )}
    {closed.map(({ id, missed }) => (
      <p>
        The earlier roll call <code>{id}</code> stalled and missed {count(missed, "account")}. This roll call
        closed it.
      </p>
    ))}
    <table class="stacks">
      <caption>Accounts of this roll call</caption>
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {listed.map((account) => (
          <tr>
            <th scope="row">{account.account}</th>
            <td>{resultOf(account)}</td>
          </tr>
        ))}
      </tbody>
    </table>
    {total > listed.length && (
      <p class="soft">
        {total - listed.length} more. <code>GET /v1/roll-calls/{rollCall}/accounts</code> lists all of them.
      </p>
    )}
  </>
);

/** Says what a roll call found in an account. */
function resultOf({ status, detail, counts }: Schemas["RollCallAccount"]): string {
  if (status !== "checked") return detail === undefined ? status : `${status}: ${detail}`;
  const { checked, inSync, drifted, contested, repaired, failed, waiting } = counts;
  const named = { "in sync": inSync, drifted, contested, repaired, "not checked": failed + waiting };
  const some = Object.entries(named).filter(([, number]) => number > 0);
  const results = some.map(([name, number]) => `${number} ${name}`).join(", ");
  return `checked: ${count(checked + failed + waiting, "role")}${results === "" ? "" : ` (${results})`}`;
}

const More = ({ counted, shown }: { counted: number; shown: number }) =>
  counted > shown ? (
    <p class="soft">
      {counted - shown} more. <code>GET /v1/roles</code> lists them with its filters.
    </p>
  ) : null;

/** Links to a registration's page. The link is relative, so that it works below any base path. */
const RoleLink = ({ entry: { owner, repo, role, account } }: { entry: Named }) => (
  <a
    href={`../${account === undefined ? "" : `accounts/${account}/`}repos/${[owner, repo, "roles", role].map(encodeURIComponent).join("/")}`}
  >
    {owner}/{repo} {role}
    {account !== undefined && ` in ${account}`}
  </a>
);

/** Shows lines of text as one term of a list; nothing if there are none. */
function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {lines.map((line) => (
          <div>{line}</div>
        ))}
      </dd>
    </>
  );
}

function Unregistered({
  entry: { roleArn, lastUsedAt, access, findings, migration },
}: {
  entry: Schemas["AuditEntry"];
}) {
  return (
    <article>
      <h3>{roleArn.slice(roleArn.lastIndexOf("/") + 1)}</h3>
      <dl class="facts">
        <dt>ARN</dt>
        <dd>
          <code>{roleArn}</code>
        </dd>
        <dt>Last used</dt>
        <dd>{lastUsedAt === null ? "never, as far as IAM knows" : <Moment at={lastUsedAt} />}</dd>
        <dt>Access</dt>
        <dd>{access.length === 0 ? "none" : access.join("; ")}</dd>
        {migration && (
          <>
            <dt>Replace it with</dt>
            <dd>
              {migration.replacements.length === 0
                ? "no registration can express its access"
                : migration.replacements.map(({ method, path }) => (
                    <div>
                      <code>
                        {method} {path}
                      </code>
                    </div>
                  ))}
            </dd>
            <Lines title="Would be lost" lines={migration.lost} />
            <Lines title="Before you replace it" lines={migration.notes} />
          </>
        )}
      </dl>
      <Findings findings={findings} />
    </article>
  );
}
