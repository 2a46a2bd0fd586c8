/** An event that EventBridge accepted. */
export type PutEvent = {
  id: string;
  bus: string;
  source: string;
  detailType: string;
  /** Parsed from JSON. */
  detail: Readonly<Record<string, unknown>>;
  time: string;
};

const MOST_KEPT = 1000;

export function keep(events: PutEvent[], event: PutEvent): void {
  events.push(event);
  if (events.length > MOST_KEPT) events.splice(0, events.length - MOST_KEPT);
}
