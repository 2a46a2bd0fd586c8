/**
 * Measures work in CPU time, which other processes on the machine do not change, and compares it with a floor that is
 * measured in the same process.
 */

/** Returns the milliseconds of CPU time that this process needs for the work. */
export function cpuTimeOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Returns the CPU time of the plainest quadratic work: comparing each character of one text with each of the other. */
export function cpuTimeOfAllPairs(one: string, other: string): number {
  let equal = 0;
  return cpuTimeOf(() => {
    for (const a of one) for (const b of other) if (a === b) equal++;
    return equal;
  });
}
