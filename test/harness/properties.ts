/**
 * How hard property tests look: at few cases, always the same, in `npm test`; at many, and others each time, in
 * `npm run fuzz`. A failure names its seed: `FUZZ_SEED=… npm run fuzz` looks there again.
 */
import fc from "fast-check";

const times = Number(process.env["FUZZ_TIMES"] ?? 1);
const otherwise = times === 1 ? 20_261_123 : Date.now() % 2 ** 31;
fc.configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? otherwise) });

/** How many cases of a property are tried, of a number that suits a quick run. */
export const runs = (quick: number): number => quick * times;
