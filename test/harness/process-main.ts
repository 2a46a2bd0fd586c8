/**
 * Rolecall in a process of its own, on the embedded AWS and GitHub that its environment names: tells its URLs to its
 * parent, and how much memory it holds when it is asked. `ROLECALL_CLOCK` names the file that says how far its clock
 * is ahead of the machine's, so that a process that was stopped wakes up later without anybody waiting.
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
// Nobody is left to ask anything.
process.on("disconnect", () => process.exit());
