/** What was asked and answered: by kind, with how long each took. */

export type Tally = ReturnType<typeof openTally>;

type Answered = { kind: string; status: number; text: string; milliseconds: number };

/** Those that the contract knows; any other answer above 499 is an error of the service's own. */
const DOCUMENTED = new Set([502, 503]);

export function openTally() {
  const kinds = new Map<string, { statuses: Map<number, number>; milliseconds: number[] }>();
  const errors: string[] = [];
  const unavailable: Record<string, number> = {};

  return {
    /** Answers above 499 that nobody has promised, and requests without an answer. */
    errors,
    /** How many answers said 502 or 503, by the code of the problem. */
    unavailable,
    add({ kind, status, text, milliseconds }: Answered): void {
      const known = kinds.get(kind) ?? { statuses: new Map<number, number>(), milliseconds: [] };
      kinds.set(kind, known);
      known.statuses.set(status, (known.statuses.get(status) ?? 0) + 1);
      known.milliseconds.push(milliseconds);
      if (DOCUMENTED.has(status)) {
        const { code } = JSON.parse(text);
        unavailable[code] = (unavailable[code] ?? 0) + 1;
      }
      if ((status >= 500 && !DOCUMENTED.has(status)) || status === 0)
        errors.push(`${kind} ${status}: ${text}`);
    },
    /** One line for each kind, in the order of their names, and one for all. */
    rows(): Row[] {
      const rows = [...kinds]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([kind, { statuses, milliseconds }]) => rowOf(kind, statuses, milliseconds));
      const statuses = new Map<number, number>();
      for (const known of kinds.values())
        for (const [status, count] of known.statuses)
          statuses.set(status, (statuses.get(status) ?? 0) + count);
      const milliseconds = [...kinds.values()].flatMap((known) => known.milliseconds);
      return [...rows, rowOf("all", statuses, milliseconds)];
    },
  };
}

export type Row = { kind: string; count: number; classes: Record<string, number>; p50: number; p99: number };

function rowOf(kind: string, statuses: ReadonlyMap<number, number>, milliseconds: readonly number[]): Row {
  const classes: Record<string, number> = {
    "2xx": 0,
    "404": 0,
    "409": 0,
    "other 4xx": 0,
    "502, 503": 0,
    "other 5xx": 0,
  };
  for (const [status, count] of statuses) {
    const name = classOf(status);
    classes[name] = (classes[name] ?? 0) + count;
  }
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { kind, count: sorted.length, classes, p50: at(0.5), p99: at(0.99) };
}

function classOf(status: number): string {
  if (DOCUMENTED.has(status)) return "502, 503";
  if (status === 404 || status === 409) return String(status);
  if (status >= 500 || status === 0) return "other 5xx";
  return status >= 400 ? "other 4xx" : "2xx";
}
