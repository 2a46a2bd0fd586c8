import type { Endpoint } from "../endpoint.ts";
import { AwsError } from "../errors.ts";
import type { Problem } from "../input.ts";
import { jsonEndpoint } from "../wire/json.ts";
import { type EventBus, PutEvents } from "./put-events.ts";

/** EventBridge's PutEvents. There are no rules: events are recorded, and no target gets them. */
export function eventsEndpoint(bus: EventBus): Endpoint {
  return jsonEndpoint({ service: "events", context: () => bus, refuse, actions: { PutEvents } });
}

function refuse(problems: readonly Problem[]): AwsError {
  const mistyped = problems.find(({ constraint }) => /^Member must be an? /.test(constraint));
  if (mistyped !== undefined)
    return new AwsError("SerializationException", 400, `${mistyped.at}: ${mistyped.constraint}`);
  const says = problems.map(
    ({ at, value, constraint }) =>
      `Value ${value === undefined ? "" : `'${value}' `}at '${at}' failed to satisfy constraint: ${constraint}`,
  );
  const count = `${says.length} validation error${says.length === 1 ? "" : "s"} detected`;
  return new AwsError("ValidationException", 400, `${count}: ${says.join("; ")}`);
}
