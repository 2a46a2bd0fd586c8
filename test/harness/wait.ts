/**
 * Waits a tenth of the time that Rolecall asks for. The embedded AWS answers more than ten times as fast as AWS, so other
 * writers do as much meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";

export const aTenth = (milliseconds: number): Promise<void> => sleep(milliseconds / 10);
