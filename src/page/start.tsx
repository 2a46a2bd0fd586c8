import { page } from "./document.tsx";

/** The pages that a reader can begin with. */
const PAGES = [
  {
    href: "/v1/roll-calls/latest",
    name: "Roll call",
    text: "the last check of all registrations, and its drift",
  },
  { href: "/v1/roles", name: "Registrations", text: "every registered role, by owner, repository and state" },
  { href: "/v1/audit", name: "Audit", text: "every role that trusts GitHub, registered or not" },
  { href: "/v1/accounts", name: "Accounts", text: "the member accounts, and if Rolecall can use them" },
];

/**
 * Renders the page that leads to all others.
 * @param target the URL of the API that the pages come from
 * @param docs the path of the documentation, where it is served
 */
export const startPage = ({ target, docs }: { target: string; docs?: string }): string =>
  page({
    title: "Start",
    sections: [],
    end: <p>From {target}</p>,
    children: (
      <>
        <h1>Rolecall</h1>
        <p class="lead">AWS access for GitHub repositories, without access keys.</p>
        <dl class="facts">
          {[
            ...PAGES,
            ...(docs === undefined
              ? []
              : [{ href: docs, name: "Documentation", text: "how to use and operate Rolecall" }]),
          ].map(({ href, name, text }) => (
            <>
              <dt>
                <a href={href}>{name}</a>
              </dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
      </>
    ),
  });
