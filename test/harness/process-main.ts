/**
 * Runs Rolecall in a process of its own, on the embedded AWS and GitHub that its environment names. It sends its URLs
 * to its parent, and the size of its heap on request. `ROLECALL_CLOCK` names a file that says how far its clock is
 * ahead of the machine's. So a process that was stopped can wake up later without a wait.
 */
import { readFileSync } from "node:fs";
import { startLocal } from "../../local/serve.ts";

const { ROLECALL_CLOCK: file = "", ROLECALL_SERVICES: services = "1" } = process.env;
const now = (): number => Date.now() + Number(readFileSync(file, "utf8"));
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const urls: string[] = [];
for (let started = 0; started < Number(services); started++)
  urls.push((await startLocal({ log: silent, now })).url);
process.send?.({ urls });

process.on("message", () => {
  global.gc?.();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
// The parent has ended.
process.on("disconnect", () => process.exit());
