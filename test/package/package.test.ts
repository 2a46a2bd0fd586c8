/**
 * The deployed package: its bundles run on Lambda's Node, and its template gives each part only the permissions it needs.
 * The tests are in one test file because every packaging writes `dist/`. They run in this order: the tests of the
 * template read the metrics that the life of a registration has emitted.
 */
import { afterAll } from "vitest";
import { packageEverything } from "./build.ts";
import { deploy } from "./deployed.ts";
import { testFunctions } from "./functions-tests.ts";
import { testLife, testNeeds } from "./life-tests.ts";
import { testMember } from "./member-tests.ts";
import { testSelf } from "./self-tests.ts";
import { testTemplate } from "./template-tests.ts";

const deployed = await deploy();
const full = await packageEverything();
afterAll(() => Promise.all([deployed.close(), full.close()]));

testFunctions(deployed);
testLife(deployed);
testMember(deployed);
testSelf(deployed, full);
testNeeds(deployed);
testTemplate(deployed, full);
