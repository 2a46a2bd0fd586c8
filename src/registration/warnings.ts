/** The warnings on a registration that the text of its trust policy cannot show. The lint gives the others. */
import type { components } from "../generated/contract.ts";
import { refFault } from "../trust/names.ts";
import { hasWildcard, type Trust } from "../trust/subjects.ts";
import type { Scope } from "./scope.ts";

type Finding = components["schemas"]["Finding"];

/** The code of the warning on a registration whose subjects assume GitHub's default template. */
export const TEMPLATE_NOT_READ = "template-not-read";

/** Returns the warnings on a registration's scope and trust. */
export function warningsOf(scope: Scope, trust: Trust): Finding[] {
  return [
    ...confirmation(scope),
    ...templateReading(scope),
    ...environmentOrRef(trust),
    ...trust.jobWorkflowRefs.flatMap(pinWarnings),
  ];
}

const warning = (code: string, pointer: string, detail: string, remedy: string): Finding => ({
  code,
  severity: "warning",
  pointer,
  detail,
  remedy,
});

/** Returns the warning that the scope rests on the request alone; none if GitHub has confirmed it. */
function confirmation({ isConfirmed }: Scope): Finding[] {
  if (isConfirmed) return [];
  return [
    warning(
      "github-not-asked",
      "/github",
      "GitHub hides the repository, so Rolecall takes its spelling and ids from the request.",
      "Check them with `gh api repos/OWNER/REPO`, or have the operator give the service access (ROLECALL_GITHUB_SECRET).",
    ),
  ];
}

/** Returns the warning that the subjects follow a template that the service has assumed; none if it has read it. */
function templateReading({ form, repo }: Scope): Finding[] {
  if (form.template !== "unread") return [];
  const [detail, remedy] =
    repo === "*"
      ? ([
          "Each repository of the owner may have a subject template of its own, and the subjects follow GitHub's default one. Runs of a repository with another template may stay out.",
          "Register each repository that has a customised template for itself.",
        ] as const)
      : ([
          "The service has not read the repository's subject template, so the subjects follow GitHub's default one. Under another template, runs of the registration may stay out.",
          "Have the operator give the service access to GitHub (ROLECALL_GITHUB_SECRET), then repeat the PUT.",
        ] as const);
  return [warning(TEMPLATE_NOT_READ, "/trust", detail, remedy)];
}

/**
 * Returns the warning that a branch or an environment is enough; none if the trust names only one of the two. A job that
 * names an environment sends no ref in its subject, so the branches do not limit it.
 */
function environmentOrRef({ branches, tags, environments }: Trust): Finding[] {
  if (branches.length + tags.length === 0 || environments.length === 0) return [];
  const refs = [...branches.map((name) => `branch ${name}`), ...tags.map((name) => `tag ${name}`)].join(", ");
  return [
    warning(
      "environment-or-ref",
      "/trust/environments",
      `Either is enough: a run of ${refs}, or a job in the environment ${environments.join(" or ")}, which may come from any branch or tag.`,
      "To demand an environment and a branch at once, move the branches to `trust.environmentBranches`. Otherwise restrict the branches in the environment's settings on GitHub.",
    ),
  ];
}

/** Returns the warnings on a pinned workflow: its ref may be any ref of a kind, or one that git does not allow. */
function pinWarnings(pin: string, index: number): Finding[] {
  const [, kind, name = ""] = /@refs\/(heads|tags)\/(.+)$/s.exec(pin) ?? [];
  if (kind === undefined) return [];
  const pointer = `/trust/jobWorkflowRefs/${index}`;
  if (/^\*+$/.test(name))
    return [
      warning(
        "pin-any-ref",
        pointer,
        `${pin} accepts the workflow at every ${kind === "heads" ? "branch" : "tag"} of its repository. Everyone who can push one decides what the workflow does.`,
        "Name a protected branch, a protected tag or a commit.",
      ),
    ];
  const fault = refFault(name);
  if (fault === undefined || hasWildcard(name)) return [];
  return [
    warning(
      "pin-no-ref",
      pointer,
      `No run can come from ${pin}. ${fault}`,
      "Correct the ref behind the `@`.",
    ),
  ];
}
