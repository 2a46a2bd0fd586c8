import type { components } from "../generated/contract.ts";
import { AuditedRole, RegistrationLink } from "./audit-entry.tsx";
import type { Api } from "./command.tsx";
import { count } from "./count.ts";
import { Moment, type Place, page, Section } from "./document.tsx";
import { SEVERITIES, titleOf } from "./findings.tsx";
import { Pages } from "./list-links.tsx";
import { withQuery } from "./paths.ts";

type Schemas = components["schemas"];
type Entry = Schemas["AuditEntry"];
type Filter = { readonly account?: string | undefined; readonly finding?: string | undefined };
type Found = { readonly code: string; readonly severity: Schemas["FindingSeverity"]; readonly roles: number };

/** A page of the audit, with the query that chose it. */
export type AuditView = {
  readonly audit: Schemas["AuditPage"];
  /** The counts of the last audits of all accounts, or of the account in the filter. */
  readonly overview: {
    readonly accounts: number;
    readonly roles: number;
    readonly unregistered: number;
    readonly found: readonly Found[];
    /** True if there are accounts that are not counted. */
    readonly isPart: boolean;
  };
  readonly filter: Filter;
  /** True if the page continues a list. */
  readonly isContinued: boolean;
  /** The home account. */
  readonly place: Place;
  readonly api: Api;
};

/** The groups of roles by what to do, the worst first. Each role is in the first group that it fits into. */
const GROUPS: readonly { id: string; title: string; text: string; fits: (entry: Entry) => boolean }[] = [
  {
    id: "errors",
    title: "Put right first",
    text: "These roles let in, or may do, what no workflow should.",
    fits: (entry) => hasSeverity(entry, "error"),
  },
  {
    id: "retire",
    title: "Ready to delete",
    text: "Nobody needs these roles any more. Rolecall never deletes them; delete them yourself.",
    fits: ({ migration }) => migration?.retire.ready === true,
  },
  {
    id: "warnings",
    title: "Tighten",
    text: "These roles are wider than necessary, or nobody is responsible for them.",
    fits: (entry) => hasSeverity(entry, "warning"),
  },
  {
    id: "notes",
    title: "Good to know",
    text: "Nothing about these roles is dangerous.",
    fits: ({ findings }) => findings.length > 0,
  },
];

const hasSeverity = ({ findings }: Entry, severity: Schemas["FindingSeverity"]): boolean =>
  findings.some((finding) => finding.severity === severity);

/** Renders the HTML page of the audit. */
export function auditPage({ audit, overview, filter, isContinued, place, api }: AuditView): string {
  const { items, accounts, nextCursor } = audit;
  const groupOf = (entry: Entry) => GROUPS.find(({ fits }) => fits(entry));
  const groups = GROUPS.map((group) => ({
    ...group,
    entries: items.filter((entry) => groupOf(entry) === group),
  })).filter(({ entries }) => entries.length > 0);
  const fine = items.filter((entry) => groupOf(entry) === undefined);
  const to: To = (change) => withQuery("audit", { ...filter, ...change });
  return page({
    title: "Audit",
    root: "",
    here: "audit",
    place,
    sections: [
      ...groups.map(({ id, title }) => ({ id, name: title })),
      ...(fine.length > 0 ? [{ id: "fine", name: "In order" }] : []),
      { id: "accounts", name: "Accounts" },
    ],
    children: (
      <>
        <h1>Audit</h1>
        <p class="lead">
          <Overview overview={overview} account={filter.account} />
        </p>
        <Filters found={overview.found} filter={filter} to={to} />
        {items.length === 0 && <Empty filter={filter} isContinued={isContinued} />}
        {groups.map(({ id, title, text, entries }) => (
          <Section id={id} title={title}>
            <p>{text}</p>
            {entries.map((entry) => (
              <AuditedRole entry={entry} place={place} api={api} root="" />
            ))}
          </Section>
        ))}
        {fine.length > 0 && (
          <Section id="fine" title="In order">
            <p>These roles are registered and have no finding.</p>
            <ul class="plain">
              {fine.map((entry) => (
                <li>
                  <RegistrationLink entry={entry} place={place} root="" />
                  {entry.account !== place.account && <span class="soft"> in {entry.account}</span>}
                </li>
              ))}
            </ul>
          </Section>
        )}
        <Pages isContinued={isContinued} nextCursor={nextCursor} to={to} />
        <Section id="accounts" title="Accounts">
          <Audited accounts={accounts} to={to} />
        </Section>
      </>
    ),
    end: (
      <>
        <p>
          The last roll call finished <Moment at={audit.at} />. Rolecall never changes a role that it does not
          manage.
        </p>
        <p>
          For JSON, request this path with <code>Accept: application/json</code>.
        </p>
      </>
    ),
  });
}

type To = (change: Filter & { cursor?: string }) => string;

function Overview({ overview, account }: Pick<AuditView, "overview"> & { account: string | undefined }) {
  const { accounts, roles, unregistered, isPart } = overview;
  const where = account ?? `${isPart ? "the first " : ""}${count(accounts, "account")}`;
  return (
    <>
      {count(roles, "role")} in {where} {roles === 1 ? "trusts" : "trust"} GitHub.{" "}
      {roles > 0 && registeredOf(roles, unregistered)}
    </>
  );
}

/** Says how many of some roles are registered. */
function registeredOf(roles: number, unregistered: number): string {
  if (unregistered === 0) return roles === 1 ? "It is registered." : "All of them are registered.";
  if (roles === 1) return "No registration names it.";
  return `No registration names ${unregistered === roles ? "any" : unregistered} of them.`;
}

/** Shows the filters as links: the findings by severity with the number of their roles, and the chosen account. */
const Filters = ({ found, filter, to }: { found: readonly Found[]; filter: Filter; to: To }) => (
  <dl class="filters">
    {SEVERITIES.map((severity) => {
      const some = found.filter((one) => one.severity === severity);
      if (some.length === 0) return null;
      return (
        <>
          <dt>{`${severity.charAt(0).toUpperCase()}${severity.slice(1)}`}</dt>
          <dd>
            {some.map(({ code, roles }) => (
              <span>
                {code === filter.finding ? (
                  <span aria-current="true">{titleOf(code)}</span>
                ) : (
                  <a href={to({ finding: code })}>{titleOf(code)}</a>
                )}{" "}
                <span class="soft number">{roles}</span>
              </span>
            ))}
          </dd>
        </>
      );
    })}
    {filter.finding !== undefined && (
      <>
        <dt>Finding</dt>
        <dd>
          <span>{titleOf(filter.finding)}</span>
          <a href={to({ finding: undefined })}>show every finding</a>
        </dd>
      </>
    )}
    {filter.account !== undefined && (
      <>
        <dt>Account</dt>
        <dd>
          <span>{filter.account}</span>
          <a href={to({ account: undefined })}>show every account</a>
        </dd>
      </>
    )}
  </dl>
);

const Empty = ({ filter, isContinued }: { filter: Filter; isContinued: boolean }) => {
  if (isContinued) return <p>There are no more roles.</p>;
  if (filter.account === undefined && filter.finding === undefined)
    return <p>The last audit found no role that trusts GitHub.</p>;
  return <p>No role matches these filters.</p>;
};

/** Shows the time of each account's audit. */
const Audited = ({ accounts, to }: { accounts: Schemas["AuditPage"]["accounts"]; to: To }) => (
  <table>
    <caption>The accounts of this page</caption>
    <thead>
      <tr>
        <th scope="col">Account</th>
        <th scope="col">Audited</th>
      </tr>
    </thead>
    <tbody>
      {accounts.map(({ account, auditedAt }) => (
        <tr>
          <th scope="row">
            <a href={to({ account })}>{account}</a>
          </th>
          <td>{auditedAt === null ? "not yet" : <Moment at={auditedAt} />}</td>
        </tr>
      ))}
    </tbody>
  </table>
);
