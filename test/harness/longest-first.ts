/**
 * Starts one project's test files after the other's, because a process that changes to another project starts again. In a
 * project the longest are the first, so that none runs alone at the end. Vitest orders files by their times in the last
 * run, or by their size in a fresh clone; but some of the longest are short texts.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST =
  /\/test\/(faults\/|package\/package|drift\/roll-call-five-accounts|api\/embedded\/unavailable|sdk\/clients|local\/docs|export\/cli)/;

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = new Set(sorted.map(({ project }) => project));
    const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...projects].flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      return [...own.filter(isLong), ...own.filter((file) => !isLong(file))];
    });
  }
}
