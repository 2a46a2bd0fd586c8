import type { components } from "../generated/contract.ts";
import { type Api, Command } from "./command.tsx";
import { Moment, type Place, page } from "./document.tsx";
import { Pages } from "./list-links.tsx";
import { registrationPath, withQuery } from "./paths.ts";
import { Badge, DRIFTS, STATUSES } from "./state.tsx";

type Schemas = components["schemas"];
type Summary = Schemas["RegistrationSummary"];

type Filter = {
  readonly owner?: string | undefined;
  readonly repository?: string | undefined;
  readonly account?: string | undefined;
  readonly status?: Schemas["RegistrationStatus"] | undefined;
  readonly drift?: Schemas["DriftStatus"] | undefined;
};

/** A page of the list, with the query that chose it. */
export type RegistrationList = {
  readonly items: readonly Summary[];
  readonly nextCursor?: string;
  readonly filter: Filter;
  readonly limit?: number | undefined;
  /** True if the page continues a list. */
  readonly isContinued: boolean;
  /** The home account. */
  readonly place: Place;
  readonly api: Api;
};

/** Renders the HTML page of a list of registrations. */
export function registrationsPage({
  items,
  nextCursor,
  filter,
  limit,
  isContinued,
  place,
  api,
}: RegistrationList): string {
  const to: To = (change) => withQuery("roles", { ...filter, limit, ...change });
  const narrowed = (["account", "owner", "repository"] as const).filter((name) => filter[name] !== undefined);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return page({
    title: "Registrations",
    root: "",
    here: "roles",
    place,
    sections: [],
    children: (
      <>
        <h1>Registrations</h1>
        {(items.length > 0 || isFiltered || isContinued) && (
          <dl class="filters">
            <dt>Drift</dt>
            <Choice name="drift" chosen={filter.drift} values={DRIFTS} to={to} />
            <dt>State</dt>
            <Choice name="status" chosen={filter.status} values={STATUSES} to={to} />
            {narrowed.map((name) => (
              <>
                <dt>{NAMES[name]}</dt>
                <dd>
                  <span>{filter[name]}</span>
                  <a href={to({ [name]: undefined })}>show every {NAMES[name].toLowerCase()}</a>
                </dd>
              </>
            ))}
          </dl>
        )}
        {items.length === 0 ? (
          <Empty isFiltered={isFiltered} isContinued={isContinued} api={api} />
        ) : (
          <Table items={items} home={place.account} to={to} />
        )}
        <Pages isContinued={isContinued} nextCursor={nextCursor} to={to} />
      </>
    ),
    end: (
      <p>
        For JSON, request this path with <code>Accept: application/json</code>.
      </p>
    ),
  });
}

type To = (change: Filter & { cursor?: string }) => string;

const NAMES = { account: "Account", owner: "Owner", repository: "Repository" } as const;

/** Shows the values of a filter as links. The chosen one is no link. */
function Choice({
  name,
  chosen,
  values,
  to,
}: {
  name: "drift" | "status";
  chosen: string | undefined;
  values: Readonly<Record<string, { text: string }>>;
  to: To;
}) {
  const choices = [
    [undefined, "any"] as const,
    ...Object.entries(values).map(([value, { text }]) => [value, text] as const),
  ];
  return (
    <dd>
      {choices.map(([value, text]) =>
        value === chosen ? (
          <span aria-current="true">{text}</span>
        ) : (
          <a href={to({ [name]: value })}>{text}</a>
        ),
      )}
    </dd>
  );
}

const Empty = ({ isFiltered, isContinued, api }: { isFiltered: boolean; isContinued: boolean; api: Api }) => {
  if (isContinued) return <p>There are no more registrations.</p>;
  if (isFiltered) return <p>No registration matches these filters.</p>;
  return (
    <>
      <p>Nothing is registered yet. This request registers the main branch of a repository to push:</p>
      <Command
        api={api}
        method="PUT"
        path="repos/OWNER/REPO/roles/publish"
        body={{ trust: { branches: ["main"] } }}
      />
    </>
  );
};

/** Returns the last part of a caller's ARN: the name of a user, a role or a session. */
const sessionOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

const Table = ({ items, home, to }: { items: readonly Summary[]; home: string; to: To }) => (
  <table class="stacks">
    <caption>In the order of their names</caption>
    <thead>
      <tr>
        <th scope="col">Role</th>
        <th scope="col">Account</th>
        <th scope="col">State</th>
        <th scope="col">Drift</th>
        <th scope="col">Checked</th>
        <th scope="col">Changed</th>
      </tr>
    </thead>
    <tbody>
      {items.map((item) => (
        <tr>
          <th scope="row">
            <a href={to({ repository: `${item.owner}/${item.repo}`, owner: undefined })}>
              {item.owner}/{item.repo}
            </a>{" "}
            <a href={registrationPath(item, home)}>{item.role}</a>
          </th>
          <td class="one">
            <a href={to({ account: item.account })}>{item.account}</a>
          </td>
          <td class="beside">
            <Badge said={STATUSES[item.status]} />
          </td>
          <td class="beside">
            <Badge said={DRIFTS[item.drift.status]} />
          </td>
          <td data-label="Checked">{item.drift.checkedAt && <Moment at={item.drift.checkedAt} />}</td>
          <td data-label="Changed">
            <Moment at={item.updatedAt} />{" "}
            <span class="soft by">
              by {sessionOf(item.updatedBy)}
              {item.origin === "self" && "; registered by a workflow"}
            </span>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);
