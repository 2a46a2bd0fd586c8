/** One role of the audit, on the page of the audit and on the page of a roll call. */
import type { components } from "../generated/contract.ts";
import { type Api, Command } from "./command.tsx";
import { Moment, type Place } from "./document.tsx";
import { Findings } from "./findings.tsx";
import { registrationPath } from "./paths.ts";

type Schemas = components["schemas"];
type Entry = Schemas["AuditEntry"];
type Migration = Schemas["Migration"];

type Shown = {
  entry: Entry;
  /** The home account. */
  place: Place;
  /** The relative path from the page to `/v1/`. */
  root: string;
};

const roleNameOf = ({ roleArn }: Entry): string => roleArn.slice(roleArn.lastIndexOf("/") + 1);

/** Links to the registration that names an audited role. */
export const RegistrationLink = ({ entry: { account, registered }, place, root }: Shown) =>
  registered && (
    <a href={`${root}${registrationPath({ account, ...registered }, place.account)}`}>
      {registered.owner}/{registered.repo} {registered.role}
    </a>
  );

export function AuditedRole({ entry, place, root, api }: Shown & { api: Api }) {
  const { account, roleArn, registered, lastUsedAt, access, findings, migration } = entry;
  return (
    <article>
      <h3>
        {roleNameOf(entry)}
        {account !== place.account && <span class="soft one"> in {account}</span>}
        {migration?.retire.ready && (
          <>
            {" "}
            <span class="badge good">ready to delete</span>
          </>
        )}
      </h3>
      <Findings findings={findings} />
      <dl class="facts">
        <dt>ARN</dt>
        <dd>
          <code>{roleArn}</code>
        </dd>
        {registered && (
          <>
            <dt>Registered as</dt>
            <dd>
              <RegistrationLink entry={entry} place={place} root={root} />
            </dd>
          </>
        )}
        <dt>Last used</dt>
        <dd>{lastUsedAt === null ? "never, as far as IAM knows" : <Moment at={lastUsedAt} />}</dd>
        <dt>Access</dt>
        <dd>{access.length === 0 ? "none" : access.map((line) => <div>{line}</div>)}</dd>
        {migration && (
          <>
            {migration.replacements.length === 0 && (
              <>
                <dt>Replace it with</dt>
                <dd>no registration can express its access</dd>
              </>
            )}
            <Lines title="Would be lost" lines={migration.lost} />
            <Lines title="Before you replace it" lines={migration.notes} />
            <dt>Delete it</dt>
            <dd>
              {migration.retire.ready ? "Now. " : "Not yet. "}
              {migration.retire.reason}
            </dd>
          </>
        )}
      </dl>
      {migration && <Replacements migration={migration} api={api} />}
    </article>
  );
}

/** Shows the requests that replace a role, ready to copy. */
const Replacements = ({ migration: { replacements }, api }: { migration: Migration; api: Api }) => (
  <>
    {replacements.map(({ method, path, body }) => (
      <>
        <p>
          Replace it with {method} {path}:
        </p>
        <Command api={api} method={method} path={path.replace(/^\/v1\//, "")} body={body} />
      </>
    ))}
  </>
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
