/** For the soak: counts the answers and their times, by kind of request. */

export type Tally = ReturnType<typeof openTally>;

type Answered = { kind: string; status: number; text: string; milliseconds: number };

/** The statuses above 499 that the contract documents. Any other one is an error of the service itself. */
const DOCUMENTED = new Set([502, 503]);

export function openTally() {
  const kinds = new Map<string, { statuses: Map<number, number>; milliseconds: number[] }>();
  const errors: string[] = [];
  const unavailable: Record<string, number> = {};

  return {
    /** Undocumented answers above 499, and requests without an answer. */
    errors,
    /** The number of 502 and 503 answers, by the problem's code. */
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
    /** Returns one line for each kind, sorted by name, and one for all. */
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
