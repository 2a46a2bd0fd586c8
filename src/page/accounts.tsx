import type { components } from "../generated/contract.ts";
import { type Api, Command } from "./command.tsx";
import { Moment, type Place, page, Section } from "./document.tsx";
import { Pages } from "./list-links.tsx";
import { withQuery } from "./paths.ts";
import { Badge, MEMBERS } from "./state.tsx";

type Member = components["schemas"]["MemberAccount"];

/** A page of the list of member accounts. */
export type AccountList = {
  readonly items: readonly Member[];
  readonly nextCursor?: string;
  readonly limit?: number | undefined;
  /** True if the page continues a list. */
  readonly isContinued: boolean;
  /** The home account. */
  readonly place: Place;
  readonly api: Api;
};

/** The states in which Rolecall cannot do all that the record allows. */
const NEEDS_WORK: readonly Member["state"]["status"][] = ["unreachable", "outdated", "unknown"];

/** Renders the HTML page of the member accounts. Those that need somebody come first. */
export function accountsPage({ items, nextCursor, limit, isContinued, place, api }: AccountList): string {
  const inNeed = items.filter(({ state }) => NEEDS_WORK.includes(state.status));
  const fine = items.filter((item) => !inNeed.includes(item));
  return page({
    title: "Accounts",
    root: "",
    here: "accounts",
    place,
    sections: [],
    children: (
      <>
        <h1>Accounts</h1>
        <p class="lead">
          The member accounts of this deployment. The home account {place.account} needs no record.{" "}
          <a href={withQuery("roles", { account: place.account })}>Its registrations</a>
        </p>
        {items.length === 0 && isContinued && <p>There are no more accounts.</p>}
        {items.length === 0 && !isContinued && (
          <>
            <p>
              No member account has a record. This request lets Rolecall serve one, once its owner has
              deployed the member template:
            </p>
            <Command
              api={api}
              method="PUT"
              path="accounts/ACCOUNT_ID"
              body={{ name: "staging", repositories: ["OWNER/*"], writes: true }}
            />
          </>
        )}
        {inNeed.length > 0 && (
          <Section id="work" title="Need somebody">
            <Accounts items={inNeed} />
          </Section>
        )}
        {fine.length > 0 && (
          <Section id="fine" title="In order">
            <Accounts items={fine} />
          </Section>
        )}
        <Pages
          isContinued={isContinued}
          nextCursor={nextCursor}
          to={(at) => withQuery("accounts", { limit, ...at })}
        />
      </>
    ),
    end: (
      <p>
        The state is that of the last look. <code>GET /v1/accounts/ACCOUNT_ID</code> looks now.
      </p>
    ),
  });
}

const Accounts = ({ items }: { items: readonly Member[] }) => (
  <>
    {items.map(({ account, name, repositories, regions, state, updatedAt, updatedBy }) => (
      <article>
        <h3>
          {name} <span class="soft">{account}</span> <Badge said={MEMBERS[state.status]} />
        </h3>
        {state.causes.length > 0 && (
          <ul>
            {state.causes.map((cause) => (
              <li>{cause}</li>
            ))}
          </ul>
        )}
        <dl class="facts">
          <dt>Repositories</dt>
          <dd>{repositories.join(", ")}</dd>
          <dt>Regions</dt>
          <dd>{regions.join(", ")}</dd>
          {state.roles !== undefined && (
            <>
              <dt>Roles</dt>
              <dd>
                {state.roles.used} of {state.roles.limit}
              </dd>
            </>
          )}
          <dt>Last seen</dt>
          <dd>{state.seenAt === undefined ? "never" : <Moment at={state.seenAt} />}</dd>
          <dt>Record changed</dt>
          <dd>
            <Moment at={updatedAt} />, by {updatedBy}
          </dd>
        </dl>
        <p>
          <a href={withQuery("roles", { account })}>Registrations in {account}</a>
        </p>
      </article>
    ))}
  </>
);
