/** The names that a trust may have: of branches, tags, environments and reusable workflows. */
import { valueFault } from "../policy/value-fault.ts";

/**
 * Returns the fault of a branch's or tag's name. Git's rules apply (https://git-scm.com/docs/git-check-ref-format),
 * but Rolecall allows `*` as a wildcard.
 */
export function refFault(name: string): string | undefined {
  if (name.startsWith("refs/"))
    return "Give the name alone, such as `main`, without `refs/heads/` or `refs/tags/`.";
  const isRefused =
    /[ ~^:[\\]|\.\.|@\{|\/\//.test(name) ||
    /^[/.-]|[/.]$|\/\./.test(name) ||
    name.split("/").some((part) => part.endsWith(".lock")) ||
    name === "@";
  return valueFault(name) ?? (isRefused ? "Git allows no ref with this name." : undefined);
}

/**
 * Returns the fault of an environment's name. GitHub sends a `:` as `%3A`, so the environments `prod:eu` and
 * `prod%3Aeu` have the same subject. Anyone who may create environments could imitate a trusted one.
 */
export function environmentFault(name: string): string | undefined {
  const fault = valueFault(name);
  if (fault !== undefined) return fault;
  if (/[:%]/.test(name)) return AMBIGUOUS_ENVIRONMENT;
  return name.trim() === name ? undefined : "The name begins or ends with a space.";
}

/** The text that says why an environment's name must not have a `:` or `%`, and what to do. */
export const AMBIGUOUS_ENVIRONMENT =
  "GitHub sends a `:` as `%3A`, so an environment with `:` or `%` in its name can look like another one. Rename the environment, without either character.";

/** Returns the fault of a reusable workflow's reference: `owner/repo/.github/workflows/file.yml@ref`. */
export function jobWorkflowRefFault(value: string): string | undefined {
  const fault = valueFault(value);
  if (fault !== undefined) return fault;
  const [, ref] = /^[A-Za-z0-9][\w-]*\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml@(.+)$/.exec(value) ?? [];
  if (ref === undefined)
    return "The value must be OWNER/REPO/.github/workflows/FILE.yml@REF, with `*` only in the ref, for example `acme/automation/.github/workflows/build.yml@refs/tags/v1`.";
  const isRef = /^refs\/(heads|tags)\/./.test(ref) || /^[0-9a-f]{40}$/.test(ref);
  return isRef ? undefined : "The ref after the `@` must be refs/heads/…, refs/tags/… or a full commit SHA.";
}
