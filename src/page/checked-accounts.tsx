import type { components } from "../generated/contract.ts";
import { count } from "./count.ts";
import { Moment } from "./document.tsx";
import { withQuery } from "./paths.ts";
import { ACCOUNT_RESULTS, Badge } from "./state.tsx";

type Schemas = components["schemas"];

/** Shows the accounts of a roll call, those that failed first. */
export const Accounts = ({
  accounts: { total, failed, missed, listed },
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
    <table class="stacks">
      <caption>Accounts of this roll call</caption>
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">Result</th>
          <th scope="col">Registrations</th>
          <th scope="col">Ended</th>
        </tr>
      </thead>
      <tbody>
        {listed.map(({ account, status, detail, counts, checkedAt }) => (
          <tr>
            <th scope="row" class="one">
              <a href={withQuery("../roles", { account })}>{account}</a>
            </th>
            <td>
              <Badge said={ACCOUNT_RESULTS[status]} /> {detail}
            </td>
            <td>{status === "checked" && resultOf(counts)}</td>
            <td data-label="Ended">{checkedAt && <Moment at={checkedAt} />}</td>
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

/** Says which roll calls stalled, and which one closed them. */
export const Closed = ({ rollCall: { closed = [], closedBy } }: { rollCall: Schemas["RollCall"] }) => (
  <>
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
  </>
);

/** Says what a roll call found in an account, such as `12 roles: 10 in sync, 2 drifted`. */
function resultOf({
  checked,
  inSync,
  drifted,
  contested,
  repaired,
  failed,
  waiting,
}: Schemas["RollCallCounts"]) {
  const named = { drifted, contested, "not checked": failed + waiting, repaired, "in sync": inSync };
  const some = Object.entries(named).filter(([, number]) => number > 0);
  if (some.length === 0) return "no role";
  return `${count(checked + failed + waiting, "role")}: ${some.map(([name, number]) => `${number} ${name}`).join(", ")}`;
}
