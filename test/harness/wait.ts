/**
 * Rolecall's waits in tests. The embedded AWS answers more than ten times as fast as AWS. So another writer gets as far in a
 * tenth of the time. Another emulator may be as slow as AWS.
 */
import { setTimeout as sleep } from "node:timers/promises";

const PART = process.env["ROLECALL_ELSEWHERE"] === undefined ? 1 / 10 : 1;

export const shortWait = (milliseconds: number): Promise<unknown> => sleep(milliseconds * PART);
