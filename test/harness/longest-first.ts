/**
 * Starts the longest test files first, so that none runs alone at the end. Vitest orders files by their times in the last
 * run, or by their size in a fresh clone; but some of the longest are short texts.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST =
  /\/test\/(faults\/|package\/package|drift\/roll-call-five-accounts|api\/embedded\/unavailable|sdk\/more-sdks|local\/docs|export\/cli)/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
