/**
 * The forms of a workflow's settings, each under the name of its schema in the contract. A test compares these forms
 * with the contract, which checks requests. The patterns are JSON Schema's (plain ECMA-262, no look-around). None
 * admits white space, a quote, `$`, a `..` segment, or a `-` that a command would read as an option.
 */
const SEGMENT = "\\.?[A-Za-z0-9_][A-Za-z0-9._+-]*";

export const FORMS = {
  /** The label of a runner, of GitHub or self-hosted. */
  RunnerLabel: { maxLength: 100, pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$" },

  /** The Linux platforms that QEMU's emulators cover: https://github.com/tonistiigi/binfmt */
  Platforms: {
    minItems: 1,
    maxItems: 8,
    uniqueItems: true,
    items: {
      maxLength: 20,
      pattern:
        "^linux/(386|amd64(/v[234])?|arm/v[567]|arm64(/v8)?|loong64|mips64(le)?|ppc64le|riscv64|s390x)$",
    },
  },

  /** A path in the repository, `.` for its root. A Dockerfile's path starts at the context, as in Compose. */
  WorkspacePath: { maxLength: 200, pattern: `^(\\.|(\\./)?${SEGMENT}(/${SEGMENT})*)$` },

  /** Tags of images: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
  ImageTags: {
    maxItems: 8,
    uniqueItems: true,
    items: { maxLength: 128, pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]*$" },
  },
} as const;
