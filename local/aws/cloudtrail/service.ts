import { accountIn } from "../accounts.ts";
import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import { AwsError } from "../errors.ts";
import type { Problem } from "../input.ts";
import { type Json, jsonEndpoint } from "../wire/json.ts";
import { LookupEvents, type TrailOfRegion } from "./lookup-events.ts";
import type { Trail } from "./trail.ts";

const cloudTrailActions: Actions<TrailOfRegion, Json> = { LookupEvents };

/** CloudTrail's event history. It needs no trail, and it shows only the region that was asked. */
export function cloudTrailEndpoint(trail: Trail): Endpoint {
  return jsonEndpoint({
    service: "cloudtrail",
    context: ({ scope }) => {
      const key = scope?.accessKeyId ?? "";
      const caller = trail.sessions.get(key)?.account ?? accountIn(key) ?? trail.account.id;
      return { ...trail, caller, region: scope?.region ?? trail.account.region };
    },
    refuse,
    actions: cloudTrailActions,
  });
}

function refuse(problems: readonly Problem[]): AwsError {
  const [{ at, constraint } = { at: "", constraint: "" }] = problems;
  const code = at.startsWith("lookupAttributes")
    ? "InvalidLookupAttributesException"
    : at === "maxResults"
      ? "InvalidMaxResultsException"
      : "ValidationException";
  return new AwsError(code, 400, `${at}: ${constraint}`);
}
