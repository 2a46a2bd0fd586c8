/**
 * Sets how many cases property tests try. `npm test` tries few, always the same ones; `npm run fuzz` tries many,
 * different ones each time. A failure names its seed: repeat it with `FUZZ_SEED=… npm run fuzz`.
 */
import fc from "fast-check";

const times = Number(process.env["FUZZ_TIMES"] ?? 1);
const otherwise = times === 1 ? 20_261_123 : Date.now() % 2 ** 31;
fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? otherwise) });

/** Returns the number of cases to try. @param quick the number for a quick run */
export const runs = (quick: number): number => quick * times;
