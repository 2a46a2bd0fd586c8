/**
 * What a user may say about a workflow. The patterns are JSON Schema's (plain ECMA-262, no look-around), so that
 * the contract carries the same. None admits white space, a quote, `$`, a `..` segment, or a `-` where a command
 * would read an option.
 */
import type { WorkflowInput } from "./workflow.ts";

type Rule = { pattern: string; maxLength: number; detail: string };

const SEGMENT = "\\.?[A-Za-z0-9_][A-Za-z0-9._+-]*";

/** The label of a runner, GitHub's or one's own. */
export const RUNNER: Rule = {
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$",
  maxLength: 100,
  detail: "A runner is one label of letters, digits, `.`, `_` and `-`, such as `ubuntu-latest`.",
};

/** The Linux platforms that QEMU's emulators cover: https://github.com/tonistiigi/binfmt */
export const PLATFORM: Rule = {
  pattern: "^linux/(386|amd64(/v[234])?|arm/v[567]|arm64(/v8)?|loong64|mips64(le)?|ppc64le|riscv64|s390x)$",
  maxLength: 20,
  detail: "A platform is one that docker builds for, such as `linux/amd64` or `linux/arm64`.",
};

/** A path in the repository, `.` for its root. A Dockerfile's is taken from the context, as in Compose. */
export const PATH: Rule = {
  pattern: `^(\\.|(\\./)?${SEGMENT}(/${SEGMENT})*)$`,
  maxLength: 200,
  detail:
    "A path stays within the repository: segments of letters, digits, `.`, `_`, `+` and `-`, none of them `..` or beginning with `-`.",
};

/** The faults of the settings, each with its JSON pointer below `at`. */
export function settingsFaults(
  settings: WorkflowInput["settings"],
  at = "/workflow",
): { pointer: string; detail: string }[] {
  const { runner, platforms, context, dockerfile, chart } = settings;
  const fields: [string, string, Rule][] = [
    ["runner", runner, RUNNER],
    ...platforms.map((platform, index): [string, string, Rule] => [`platforms/${index}`, platform, PLATFORM]),
    ["context", context, PATH],
    ["dockerfile", dockerfile, PATH],
    ["chart", chart, PATH],
  ];
  const faults = fields
    .filter(
      ([, value, { pattern, maxLength }]) => value.length > maxLength || !new RegExp(pattern).test(value),
    )
    .map(([field, , { detail }]) => ({ pointer: `${at}/${field}`, detail }));
  return platforms.length > 0
    ? faults
    : [...faults, { pointer: `${at}/platforms`, detail: "Name at least one platform." }];
}
