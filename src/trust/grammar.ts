/**
 * The subjects that GitHub can send, as languages: for each kind of run the default form, the form with ids, and every
 * template of known claims.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
import {
  anyText,
  both,
  either,
  ending,
  example,
  joined,
  type Language,
  oneOf,
  repeated,
  State,
  sequence,
  some,
  text,
} from "../policy/language.ts";
import { SUBJECT_PAIRS } from "./claims.ts";

/**
 * A character that no policy contains. A name made of it stands for a name that a policy's author did not think of, so a
 * policy that lets it in lets in every such name.
 */
export const OPEN = "\uE000";

/** The kinds of runs. A run is of one of the first four; the `any …` are runs with a name that no policy mentions. */
export type Kind =
  | "branch"
  | "tag"
  | "environment"
  | "pull request"
  | "any branch"
  | "any tag"
  | "any environment";

/** The claims of a kind of run that its subject may contain. A run without an environment has no such claim. */
type Run = { readonly kind: Kind; readonly ref: Language; readonly environment?: Language };

/** The languages of the claims that a policy demands. `optional`: a run without the claim gets in, too. */
export type Demand = { readonly language: Language; readonly optional: boolean };
export type Demands = ReadonlyMap<string, Demand>;

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "1234567890";
const WORD = `${LETTERS}${LETTERS.toUpperCase()}${DIGITS}_-`;
const HEX = "1234567890abcdef";
const NO_COLON = { except: ":" };

/** A part of a ref's name. https://git-scm.com/docs/git-check-ref-format */
const REF_PART = some({ except: "/ ~^:?*[\\" });
const REF_NAME = sequence(REF_PART, repeated(sequence(text("/"), REF_PART)));
const NEW_NAME = some(OPEN);

const BRANCH = sequence(text("refs/heads/"), REF_NAME);
const TAG = sequence(text("refs/tags/"), REF_NAME);
const PULL = sequence(text("refs/pull/"), some(DIGITS), either(text("/merge"), text("/head")));
const ANY_REF = either(BRANCH, TAG, PULL);
const NEW_BRANCH = sequence(text("refs/heads/"), NEW_NAME);

const RUNS: readonly Run[] = [
  { kind: "branch", ref: BRANCH },
  { kind: "tag", ref: TAG },
  { kind: "environment", ref: ANY_REF, environment: some(NO_COLON) },
  { kind: "pull request", ref: PULL },
  { kind: "any branch", ref: NEW_BRANCH },
  { kind: "any tag", ref: sequence(text("refs/tags/"), NEW_NAME) },
  { kind: "any environment", ref: NEW_BRANCH, environment: NEW_NAME },
];

/** An id begins with no zero. */
const ID = sequence(oneOf("123456789"), repeated(oneOf(DIGITS)));
const OWNER = some(WORD);
const REPO = some(`${WORD}.`);
const REPOSITORY = sequence(OWNER, text("/"), REPO);
const WORKFLOW = sequence(
  REPOSITORY,
  text("/.github/workflows/"),
  some(NO_COLON),
  text("@"),
  either(ANY_REF, some(HEX)),
);

/** The values that GitHub sends, of the claims that cannot have just any value. */
export const CLAIM_VALUES: Readonly<Record<string, Language>> = {
  ref: ANY_REF,
  repository: REPOSITORY,
  repository_id: ID,
  repository_owner: OWNER,
  repository_owner_id: ID,
  enterprise_id: ID,
  actor_id: ID,
  job_workflow_ref: WORKFLOW,
};
/** Claims that some runs have not; a subject then contains an empty value. */
const MAYBE_EMPTY = repeated(oneOf(NO_COLON));

/** Returns the values that a claim can have where a policy demands something of it. */
const demanded = (demands: Demands, claim: string, values: Language): Language => {
  const demand = demands.get(claim);
  return demand === undefined ? values : both(values, demand.language);
};

/**
 * Returns the runs that can satisfy what a policy demands of claims outside of the subject, with the claims narrowed to
 * it. Returns none if GitHub sends no such claim.
 */
function possibleRuns(demands: Demands): readonly Run[] {
  const known = possible.get(demands) ?? runsWith(demands);
  possible.set(demands, known);
  return known;
}

const possible = new WeakMap<Demands, readonly Run[]>();

function runsWith(demands: Demands): readonly Run[] {
  if (demands.size === 0) return RUNS;
  for (const [claim, { language, optional }] of demands) {
    if (optional || claim === "ref" || claim === "environment") continue;
    if (example(CLAIM_VALUES[claim] ?? anyText, language) === undefined) return [];
  }
  if (!demands.has("ref") && !demands.has("environment")) return RUNS;
  return RUNS.flatMap(({ kind, ...run }): Run[] => {
    if (run.environment === undefined && demands.get("environment")?.optional === false) return [];
    const ref = demanded(demands, "ref", run.ref);
    const environment = run.environment && demanded(demands, "environment", run.environment);
    const isPossible = [ref, environment].every(
      (claim) => claim === undefined || example(claim, anyText) !== undefined,
    );
    return isPossible ? [{ kind, ref, ...(environment && { environment }) }] : [];
  });
}

/** Tells whether some run satisfies what a policy demands of claims outside of the subject. */
export const isPossible = (demands: Demands): boolean => possibleRuns(demands).length > 0;

/** Returns the end of a default subject, which GitHub calls the context. */
const contextOf = ({ kind, ref, environment }: Run): Language =>
  environment !== undefined
    ? sequence(text("environment:"), environment)
    : kind === "pull request"
      ? text("pull_request")
      : sequence(text("ref:"), ref);

/** The two forms of a repository's name in a subject. */
export type Form = "name" | "id";

const repositoryOf = (form: Form, demands: Demands): Language => {
  const name = demanded(demands, "repository", REPOSITORY);
  if (form === "name") return name;
  return withIds(name, demanded(demands, "repository_owner_id", ID), demanded(demands, "repository_id", ID));
};

/** Puts ids behind the owner and behind the repository: `O/R` becomes `O@1/R@2`. */
const withIds =
  (repository: Language, ownerId: Language, repositoryId: Language): Language =>
  (rest) => {
    const behind = sequence(text("@"), repositoryId)(rest);
    const known = new Map<State, State>();
    const copy = (from: State): State => {
      const before = known.get(from);
      if (before !== undefined) return before;
      const copied: State = new State([], () => [
        ...from.steps.flatMap(({ on, to }) =>
          on === "/" ? sequence(text("@"), ownerId, text("/"))(copy(to)).steps : [{ on, to: copy(to) }],
        ),
        ...(from.ends.length > 0 ? behind.steps : []),
      ]);
      known.set(from, copied);
      return copied;
    };
    return copy(repository(ending("")));
  };

const tailsOf = (form: Form, runs: readonly Run[]): State =>
  joined(runs.map((run) => sequence(text(":"), contextOf(run))(ending(`${form} ${run.kind}`))));
const TAILS = { name: tailsOf("name", RUNS), id: tailsOf("id", RUNS) };

/** The claims of a repository that stand in a form. */
const CLAIMS_OF: Readonly<Record<Form, readonly string[]>> = {
  name: ["repository"],
  id: ["repository", "repository_id", "repository_owner_id"],
};
const ANY_REPOSITORY = {
  name: repositoryOf("name", new Map())(TAILS.name),
  id: repositoryOf("id", new Map())(TAILS.id),
};

/** Returns the subjects of one form, behind `repo:`. What no demand narrows is made once. */
function subjectsOf(form: Form, demands: Demands, runs: readonly Run[]): State {
  if (runs !== RUNS) return repositoryOf(form, demands)(tailsOf(form, runs));
  const isOpen = CLAIMS_OF[form].every((claim) => !demands.has(claim));
  return isOpen ? ANY_REPOSITORY[form] : repositoryOf(form, demands)(TAILS[form]);
}

/** Returns the subjects of both default forms. Their ends are labelled `name branch`, `id pull request` and so on. */
export function defaultSubjects(demands: Demands): State {
  const runs = possibleRuns(demands);
  return text("repo:")(joined((["name", "id"] as const).map((form) => subjectsOf(form, demands, runs))));
}

/** Default subjects, except that a colon in an environment's name is not encoded. GitHub sends no such subject. */
export const PLAIN_COLONS: Language = sequence(
  text("repo:"),
  either(repositoryOf("name", new Map()), repositoryOf("id", new Map())),
  text(":environment:"),
  some({ except: "" }),
);

/**
 * Returns the subjects of kinds of runs by every template of known claims. Their ends are labelled with the kind. A
 * template with a claim twice is among them, too.
 */
export const templateSubjects = (demands: Demands, kinds: readonly Kind[]): State =>
  joined(
    possibleRuns(demands)
      .filter(({ kind }) => kinds.includes(kind))
      .map((run) => templatesOf(run, demands)(ending(run.kind))),
  );

function templatesOf(run: Run, demands: Demands): Language {
  const { ref, environment = text("") } = run;
  const pair = either(
    sequence(text("repo:"), either(repositoryOf("name", demands), repositoryOf("id", demands))),
    contextOf(run),
    sequence(text("ref:"), ref),
    sequence(text("environment:"), environment),
    ...SUBJECT_PAIRS.filter((claim) => claim !== "ref" && claim !== "environment").map((claim) =>
      sequence(text(`${claim}:`), demanded(demands, claim, CLAIM_VALUES[claim] ?? MAYBE_EMPTY)),
    ),
    sequence(text("repo_property_"), some(NO_COLON), text(":"), MAYBE_EMPTY),
  );
  return sequence(pair, repeated(sequence(text(":"), pair)));
}
