import type { components } from "../generated/contract.ts";
import { LastWritten } from "./causes.tsx";
import { Changes } from "./changes.tsx";
import { type Api, Command } from "./command.tsx";
import { Moment, page, Section } from "./document.tsx";
import { Findings } from "./findings.tsx";
import { registrationPath, rootOf } from "./paths.ts";

type Registration = components["schemas"]["Registration"];

/** Renders the HTML page of one registration. @param home the deployment's own account */
export function registrationPage(registration: Registration, home: string, api: Api): string {
  const { owner, repo, role, lastError, drift, subjects, staysOut, ecr, workflow, warnings } = registration;
  const { revocation } = registration;
  const changes = drift.changes ?? [];
  const sections = [
    { id: "drift", name: "Drift", isThere: changes.length > 0 },
    { id: "subjects", name: "Who may assume it", isThere: true },
    { id: "access", name: "Access", isThere: true },
    { id: "warnings", name: "Warnings", isThere: warnings.length > 0 },
    { id: "workflow", name: "Workflow", isThere: workflow !== undefined },
    { id: "facts", name: "Facts", isThere: true },
  ].filter(({ isThere }) => isThere);
  return page({
    title: `${owner}/${repo} ${role}`,
    root: rootOf(registration.account, home),
    place: registration,
    sections,
    children: (
      <>
        <h1 class="name">
          {owner}/{repo} {role}
        </h1>
        <p class="lead">
          {STATUS[registration.status]} <Checked drift={drift} />{" "}
          <a href={`${encodeURIComponent(role)}/history`}>History</a>
        </p>
        {lastError && (
          <div class="note bad">
            <p>
              <strong>The last change did not finish</strong> (<code>{lastError.code}</code>,{" "}
              <Moment at={lastError.at} />
              ): {lastError.detail}
            </p>
          </div>
        )}
        {revocation && (
          <div class={revocation.suspended || revocation.pending ? "note bad" : "note"}>
            <p>
              <strong>{revocation.suspended ? "Suspended" : "Sessions were ended"}</strong> by{" "}
              <code>{revocation.by}</code>, <Moment at={revocation.at} />: {revocation.detail}
            </p>
          </div>
        )}
        {changes.length > 0 && (
          <Section id="drift" title={drift.status === "repaired" ? "Repaired drift" : "Drift"}>
            <LastWritten drift={drift} />
            {drift.status !== "repaired" && changes.some(({ repairable }) => repairable) && (
              <>
                <p>This request puts it right:</p>
                <Command api={api} method="POST" path={`${registrationPath(registration, home)}/repairs`} />
              </>
            )}
            <Changes changes={changes} heading="h3" />
          </Section>
        )}
        <Section id="subjects" title="Who may assume it">
          <p>Runs of GitHub Actions whose token has one of these subjects:</p>
          <Codes lines={subjects} />
          {staysOut.length > 0 && (
            <>
              <p>These stay out, although one might expect otherwise:</p>
              <Codes lines={staysOut} />
            </>
          )}
        </Section>
        <Section id="access" title="Access">
          <Repositories ecr={ecr} />
          <Policies spec={registration.spec} />
        </Section>
        {warnings.length > 0 && (
          <Section id="warnings" title="Warnings">
            <Findings findings={warnings} />
          </Section>
        )}
        {workflow && (
          <Section id="workflow" title="The workflow to commit">
            <p>
              Save this text as <code>{workflow.path}</code>. One click selects all of it.
            </p>
            <pre class="copy">
              <code>{workflow.content}</code>
            </pre>
          </Section>
        )}
        <Section id="facts" title="Facts">
          <Facts registration={registration} />
        </Section>
      </>
    ),
    end: (
      <>
        <p>This page is read only.</p>
        <p>
          For JSON, request this path with <code>Accept: application/json</code>.
        </p>
      </>
    ),
  });
}

const STATUS: Record<Registration["status"], string> = {
  ready: "Ready.",
  provisioning: "Being set up.",
  removing: "Only partly removed: repeat the DELETE.",
  failed: "Its last change failed.",
};

const DRIFT: Record<Registration["drift"]["status"], string> = {
  "in-sync": "As registered",
  drifted: "Drifted",
  repaired: "Had drifted and was repaired",
  contested: "Contested: changed again after three repairs within a day",
  unknown: "Not checked yet",
};

const Checked = ({ drift: { status, since, checkedAt } }: { drift: Registration["drift"] }) => (
  <>
    {DRIFT[status]}
    {since !== undefined && status !== "repaired" && (
      <>
        , since <Moment at={since} />
      </>
    )}
    {checkedAt !== undefined && (
      <>
        , as of <Moment at={checkedAt} />
      </>
    )}
    .
  </>
);

const Codes = ({ lines }: { lines: readonly string[] }) => (
  <ul class="plain">
    {lines.map((line) => (
      <li>
        <code>{line}</code>
      </li>
    ))}
  </ul>
);

function Repositories({ ecr }: { ecr: Registration["ecr"] }) {
  if (ecr.length === 0) return <p>No ECR repository.</p>;
  return (
    <table class="stacks">
      <caption>ECR repositories</caption>
      <thead>
        <tr>
          <th scope="col">Repository</th>
          <th scope="col">Access</th>
          <th scope="col">Address</th>
        </tr>
      </thead>
      <tbody>
        {ecr.map(({ repository, access, uri, managed }) => (
          <tr>
            <th scope="row">{repository}</th>
            <td>
              {access}
              {!managed && ", unmanaged: Rolecall does not change its settings"}
            </td>
            <td>{uri === undefined ? "not known yet" : <code>{uri}</code>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Policies({ spec: { profiles, managedPolicyArns } }: Pick<Registration, "spec">) {
  if (profiles.length + managedPolicyArns.length === 0) return null;
  return (
    <dl class="facts">
      {profiles.length > 0 && (
        <>
          <dt>Profiles</dt>
          <dd>{profiles.join(", ")}</dd>
        </>
      )}
      {managedPolicyArns.length > 0 && (
        <>
          <dt>Managed policies</dt>
          <dd>
            <Codes lines={managedPolicyArns} />
          </dd>
        </>
      )}
    </dl>
  );
}

const Facts = ({ registration }: { registration: Registration }) => (
  <dl class="facts">
    <dt>Role</dt>
    <dd>
      <code>{registration.roleArn}</code>
    </dd>
    <dt>Provider</dt>
    <dd>
      <code>{registration.providerArn}</code>
    </dd>
    <dt>Account, region</dt>
    <dd>
      {registration.account}, {registration.region}
    </dd>
    <dt>Longest session</dt>
    <dd>{registration.spec.maxSessionSeconds} seconds</dd>
    <dt>On drift</dt>
    <dd>{registration.spec.onDrift}</dd>
    <dt>Version</dt>
    <dd>{registration.version}</dd>
    <dt>Registered</dt>
    <dd>
      <Moment at={registration.createdAt} />
      {registration.origin === "self" && ", by a workflow of the repository, which may change it"}
    </dd>
    <dt>Changed</dt>
    <dd>
      <Moment at={registration.updatedAt} />, by <code>{registration.updatedBy}</code>
    </dd>
  </dl>
);
