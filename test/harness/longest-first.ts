/**
 * Starts all test files of one project before those of the other, because a process runs the files of one project only.
 * Within a project the longest test files start first, so that none runs alone at its end. Vitest orders files by their
 * times in the last run, or by their size in a fresh clone; but some of the longest are short texts.
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
