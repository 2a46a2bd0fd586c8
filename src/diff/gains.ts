/** Names the runs and permissions that a change gives or takes away, in the terms of a registration. */

/** The runs and permissions that a change gives and takes away, such as `environment production` or `push to acme/api`. */
export type Gains = { gains?: string[]; loses?: string[] };

/** The most entries of a list, and the most characters of an entry. A policy of others may be long. */
const [MOST, LONGEST] = [12, 200];

/** Returns the lists without repetitions and not too long. Leaves an empty list out. */
export function listed(gains: readonly string[], loses: readonly string[]): Gains {
  const few = (texts: readonly string[]) => {
    const all = [...new Set(texts)].map((text) =>
      text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`,
    );
    return all.length <= MOST ? all : [...all.slice(0, MOST - 1), `${all.length - MOST + 1} more`];
  };
  return {
    ...(gains.length > 0 && { gains: few(gains) }),
    ...(loses.length > 0 && { loses: few(loses) }),
  };
}
