/** The mails that the template's rules make of an event. */
import { inOneLine } from "../../src/page/in-words.ts";
import { lastWritten } from "../../src/page/last-written.ts";
import { type Event, matches, render } from "../examples/event-rule.ts";
import type { Deployed } from "./deployed.ts";

const ROLE = "arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d";

/** Returns the event of a change of drift status, as the functions publish it. */
export function statusChange(from: string, to: string): Event {
  const changes = [{ resource: ROLE, path: "/boundaryArn", effect: "widens" as const }];
  const cause = {
    ...{ at: "2026-11-23T05:48:00.000Z", resource: ROLE, action: "DeleteRolePermissionsBoundary" },
    ...{ by: "arn:aws:iam::123456789012:user/bob", eventId: "6f0f3c36" },
  };
  return {
    source: "rolecall",
    "detail-type": "Rolecall Drift Status Change",
    detail: {
      ...{ owner: "acme", repo: "api", role: "publish", roleArn: ROLE, from, to, changes },
      differences: inOneLine(changes),
      effectInWords: "widens access",
      account: "123456789012",
      repairPath: "/v1/repos/acme/api/roles/publish/repairs",
      lastWritten: lastWritten({ since: "2026-11-23T06:00:00.000Z", causes: [cause], causesStatus: "found" }),
    },
  };
}

/** Returns the lines of each mail that an event causes. A line of a template is a text in quotes. */
export function mailsOf(deployed: Deployed, event: Event): string[][] {
  const topic = "arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic";
  return ["DriftMail", "RepairMail"].flatMap((id) => {
    const { EventPattern, Targets } = deployed.resource(id).Properties;
    if (!matches(Object(EventPattern), event)) return [];
    const [{ Arn, InputTransformer, ...rest }] = Object(Targets);
    // A role in the target of a topic makes deliveries fail.
    if (Arn !== topic || "RoleArn" in rest) throw new Error(`${id} does not send to the topic`);
    const text = render(InputTransformer, event);
    return [
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ];
  });
}
