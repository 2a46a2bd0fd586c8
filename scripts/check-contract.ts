/**
 * Part of `npm run check`: compares `openapi.yaml` with the last released contract. A change that breaks a client of
 * the released contract needs a new version. A release records its contract (see CONTRIBUTING.md).
 */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { breakingChanges, type Contract, versionFault } from "./contract-changes.ts";

const read = async (path: string): Promise<Contract> =>
  parse(await readFile(new URL(`../${path}`, import.meta.url), "utf8"));

const [released, contract] = await Promise.all([read("test/contract/released.yaml"), read("openapi.yaml")]);
const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
const broken = breakingChanges(released, contract);
const faults = [
  versionFault(released, contract, broken),
  version === contract.info.version
    ? undefined
    : `package.json has version ${version}, but openapi.yaml has ${contract.info.version}`,
].filter((fault) => fault !== undefined);

if (faults.length > 0) {
  for (const change of broken) console.error(`breaks: ${change}`);
  for (const fault of faults) console.error(fault);
  process.exitCode = 1;
}
