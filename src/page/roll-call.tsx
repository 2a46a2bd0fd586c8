import type { components } from "../generated/contract.ts";
import { AuditedRole } from "./audit-entry.tsx";
import { Accounts, Closed } from "./checked-accounts.tsx";
import type { Api } from "./command.tsx";
import { count } from "./count.ts";
import { Moment, type Place, page, Section } from "./document.tsx";
import { type Drifts, More, type Named, RoleLink, Roles, Unchecked } from "./drifted-roles.tsx";
import { withQuery } from "./paths.ts";
import { type FinishedRun, RunLink, Runs } from "./runs.tsx";

type Schemas = components["schemas"];
type RollCall = Schemas["RollCall"];
type Entry = Schemas["RollCallEntry"];
type Status = Entry["status"];

/** A roll call, with the other data that its page shows. */
export type RollCallReport = {
  readonly rollCall: RollCall;
  readonly drifts: Drifts;
  /** The first of the registrations that are in sync. */
  readonly inSync: readonly Named[];
  /** The latest finished roll calls, the newest first. */
  readonly runs: readonly FinishedRun[];
  /** The roles without a registration: their number and the first of them; undefined until these are known. */
  readonly unregistered:
    | { readonly count: number; readonly first: readonly Schemas["AuditEntry"][] }
    | undefined;
  /** The home account. */
  readonly place: Place;
  readonly api: Api;
};

/** Renders the HTML page of a roll call. */
export function rollCallPage({
  rollCall,
  drifts,
  inSync,
  runs,
  unregistered,
  place,
  api,
}: RollCallReport): string {
  const { counts } = rollCall;
  const of = (status: Status) => rollCall.drifted.filter((entry) => entry.status === status);
  const unchecked = [...of("failed"), ...of("waiting")];
  const sections = [
    { id: "drifted", name: "Drifted", number: counts.drifted },
    { id: "contested", name: "Contested", number: counts.contested },
    { id: "repaired", name: "Repaired", number: counts.repaired },
    { id: "unchecked", name: "Not checked", number: counts.failed + counts.waiting },
    { id: "unregistered", name: "Unregistered", number: unregistered?.count ?? 0 },
    { id: "accounts", name: "Accounts", number: rollCall.accounts?.total ?? 0 },
    { id: "in-sync", name: "In sync", number: inSync.length },
  ].filter(({ number }) => number > 0);
  return page({
    title: headline(rollCall),
    root: "../",
    place,
    sections,
    children: (
      <>
        <h1>{headline(rollCall)}</h1>
        <p class="lead">
          <Passed rollCall={rollCall} before={runs[0]} />
          <Missed accounts={rollCall.accounts} />
        </p>
        <Closed rollCall={rollCall} />
        {rollCall.progress && (
          <p>
            {rollCall.progress.done} of {count(rollCall.progress.total, "account")} so far.
          </p>
        )}
        <dl class="counts">
          <Tile name="in sync" number={counts.inSync} />
          <Tile name="drifted" number={counts.drifted} />
          <Tile name="contested" number={counts.contested} />
          <Tile name="repaired" number={counts.repaired} />
          <Tile name="not checked" number={counts.failed + counts.waiting} />
          {unregistered && <Tile name="unregistered" number={unregistered.count} />}
        </dl>
        <Origins of={counts.byOrigin} />
        {counts.drifted > 0 && (
          <Section id="drifted" title="Drifted">
            <p>
              Someone changed these roles, and Rolecall did not. Find out who, then repair each role or
              register it again.
            </p>
            <Roles
              status="drifted"
              entries={of("drifted")}
              counted={counts.drifted}
              drifts={drifts}
              place={place}
              api={api}
            />
          </Section>
        )}
        {counts.contested > 0 && (
          <Section id="contested" title="Contested">
            <p>
              Rolecall repaired these roles three times within a day, and someone changed them again. They
              stay as they are until someone repairs them or registers them again.
            </p>
            <Roles
              status="contested"
              entries={of("contested")}
              counted={counts.contested}
              drifts={drifts}
              place={place}
              api={api}
            />
          </Section>
        )}
        {counts.repaired > 0 && (
          <Section id="repaired" title="Repaired">
            <p>These roles had drifted, and this roll call repaired them.</p>
            <Roles
              status="repaired"
              entries={of("repaired")}
              counted={counts.repaired}
              drifts={drifts}
              place={place}
              api={api}
            />
          </Section>
        )}
        {unchecked.length > 0 && (
          <Section id="unchecked" title="Not checked">
            <Unchecked entries={unchecked} counted={counts.failed + counts.waiting} place={place} />
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
              <AuditedRole entry={entry} place={place} api={api} root="../" />
            ))}
            {unregistered.count > unregistered.first.length && (
              <p class="soft">
                {unregistered.first.length > 0 && `${unregistered.count - unregistered.first.length} more. `}
                <a href={withQuery("../audit", { finding: "unregistered" })}>
                  The audit lists those that it found last
                </a>
                .
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
                  <RoleLink entry={entry} place={place} />
                </li>
              ))}
            </ul>
            <More counted={counts.inSync} shown={inSync.length} drift="in-sync" />
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

/** Says how many roles workflows registered, if there is one. */
function Origins({ of }: { of: RollCall["counts"]["byOrigin"] }) {
  if (of === undefined || of.self === 0) return null;
  return (
    <p>
      Workflows registered {count(of.self, "role")} with their own tokens, and callers with AWS credentials
      registered {of.caller}.
    </p>
  );
}

/** Says with a link how many accounts were not checked. */
function Missed({ accounts }: { accounts: RollCall["accounts"] }) {
  if (accounts === undefined || accounts.failed + accounts.missed === 0) return null;
  return (
    <>
      {" "}
      <a href="#accounts">
        {accounts.failed + accounts.missed} of {count(accounts.total, "account")} could not be checked
      </a>
      .
    </>
  );
}

const Tile = ({ name, number }: { name: string; number: number }) => (
  <div class={number === 0 ? "zero" : ""}>
    <dt>{name}</dt>
    <dd class="number">{number}</dd>
  </div>
);
