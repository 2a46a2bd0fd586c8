/** A reporter of vitest that prints the slowest twenty tests and test files at the end of a run. */
import type { Reporter, TestModule } from "vitest/node";

const SHOWN = 20;

type Timed = { name: string; ms: number };

const list = (title: string, timed: readonly Timed[]): string =>
  [
    title,
    ...timed
      .toSorted((one, other) => other.ms - one.ms)
      .slice(0, SHOWN)
      .map(({ name, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`),
    "",
  ].join("\n");

export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        name: `${module.relativeModuleId} > ${test.fullName}`,
        ms: test.diagnostic()?.duration ?? 0,
      })),
    );
    const files = modules.map((module) => {
      const { setupDuration, collectDuration, duration } = module.diagnostic();
      return { name: module.relativeModuleId, ms: setupDuration + collectDuration + duration };
    });
    console.log(list(`\nThe slowest ${SHOWN} tests`, tests));
    console.log(list(`The slowest ${SHOWN} files, with their imports`, files));
  }
}
