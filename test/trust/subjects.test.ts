/** The subjects of a trust, the names that it may contain, and the customised templates that can express it. */
import { describe, expect, test } from "vitest";
import { trustPolicy } from "../../src/desired/trust-policy.ts";
import {
  isOfForm,
  type NonEmpty,
  namePrefix,
  ownerPrefixes,
  type Subject,
  type SubjectForm,
  subjectPrefixes,
  subjects,
  type Trust,
  templateFaults,
  trustFaults,
} from "../../src/trust/subjects.ts";
import { table } from "./subjects-cases.ts";
import { trustOf } from "./trust.ts";

const { byId, byName } = subjectPrefixes({ owner: "acme", repo: "api", ownerId: 1, repositoryId: 2 });
/** In the table, `@` at the beginning or behind a template's colon stands for the prefix with ids. */
const expanded = (subject: string): string => subject.replace(/(^|:)@:/, `$1${byId}:`);
/** Completes a trust of the table with empty lists. */
const only = (trust: Partial<Trust>): Trust => trustOf({ branches: [], ...trust });
const values = {
  repository_owner: "acme",
  repository_id: "2",
  repository_owner_id: "1",
  repository_visibility: "private",
};

test("a repository's and an owner's prefixes have both forms, and end a name fully", () => {
  expect([byId, byName]).toEqual(["repo:acme@1/api@2", "repo:acme/api"]);
  expect(namePrefix("acme", "api")).toBe(byName);
  expect(ownerPrefixes("acme", 1)).toEqual(["repo:acme@1/*", "repo:acme/*"]);
});

describe("a trust as subjects", () => {
  test.each(table.written)(
    "the subjects of a trust are right: $what",
    ({ prefixes = [byId], trust, subjects: expected }) => {
      const form = { prefixes, template: "default" } as unknown as SubjectForm;
      expect(subjects(form, only(trust)) ?? null).toEqual(expected?.map(expanded) ?? null);
    },
  );
});

describe("names", () => {
  const names = table.names;
  const all = names.flatMap(({ list, accepted, refused }) => [
    ...accepted.map((name): [keyof Trust, string, string | undefined] => [list, name, undefined]),
    ...Object.entries(refused).map(([name, why]): [keyof Trust, string, string] => [list, name, why]),
  ]);

  test.each(all)("%s: %j", (list, name, why) => {
    const trust = list === "jobWorkflowRefs" ? { branches: ["main"], [list]: [name] } : { [list]: [name] };
    const faults = trustFaults(only(trust));
    if (why === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([{ pointer: `/trust/${list}/0`, detail: expect.stringContaining(why) }]);
  });
});

describe("a trust as a whole", () => {
  test.each(table.trusts)("the subjects of a whole trust are right: $what", ({ trust, pointers }) => {
    expect(trustFaults(only(trust)).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

describe("templates", () => {
  test.each(table.templates)(
    "$keys, $trust",
    ({ keys, trust, subjects: expected, refused, at = "/repo" }) => {
      const form: SubjectForm = { prefixes: [byId], template: { keys, values } };
      const faults = templateFaults(form, only(trust));
      if (refused !== undefined) {
        expect(faults).toEqual([{ pointer: at, detail: expect.stringContaining(refused) }]);
        // The message shows the template to the person who must change it.
        expect(faults[0]?.detail).toContain(JSON.stringify(keys));
        return;
      }
      expect(faults).toEqual([]);
      const written = subjects(form, only(trust)) ?? [];
      expect(written).toEqual(expected?.map(expanded));
      for (const subject of written) expect(isOfForm(form, byId, subject), subject).toBe(true);
    },
  );

  test("every case has an expected result", () => {
    for (const { subjects: written, refused } of table.templates)
      expect((written === undefined) !== (refused === undefined)).toBe(true);
  });
});

describe("patterns that subjects of other runs could match", () => {
  const patterns = only({
    branches: ["main", "release/*", "*", "m**", "*-release", "a*b*"],
    tags: ["v*", "v*-rc"],
    environments: ["prod", "prod-*", "*", "**", "*-eu"],
  });
  const pointers = (form: SubjectForm, trust = patterns) =>
    templateFaults(form, trust).map(({ pointer }) => pointer);
  const notLast = ["/trust/branches/4", "/trust/branches/5", "/trust/tags/1"];

  test("do not exist under the default template", () => {
    expect(pointers({ prefixes: [byId], template: "default" })).toEqual([]);
  });

  test("include a wildcard that is not last and a bare one as environment, while the template is unread", () => {
    expect(pointers({ prefixes: [byId, byName], template: "unread" })).toEqual([
      ...notLast,
      "/trust/environments/2",
      "/trust/environments/3",
      "/trust/environments/4",
    ]);
  });

  test("are refused in the same way for a whole owner, with the remedy to register the repository itself", () => {
    const faults = templateFaults({ prefixes: ownerPrefixes("acme", 1), template: "unread" }, patterns);
    expect(faults.map(({ pointer }) => pointer)).toEqual([
      ...notLast,
      "/trust/environments/2",
      "/trust/environments/3",
      "/trust/environments/4",
    ]);
    expect(faults[0]?.detail).toContain("or register the repository itself.");
  });

  test("include a bare wildcard as environment, if the template names the environment", () => {
    const trust = only({ environments: ["prod", "prod-*", "*", "**", "*-eu"] });
    for (const keys of [
      ["repo", "environment"],
      ["repo", "context", "environment"],
    ])
      expect(pointers({ prefixes: [byId], template: { keys, values } }, trust)).toEqual([
        "/trust/environments/2",
        "/trust/environments/3",
      ]);
  });

  test("do not exist if the template has the context and no environment of its own", () => {
    const template = { keys: ["repo", "context", "repository_visibility"], values };
    expect(pointers({ prefixes: [byId], template })).toEqual([]);
  });
});

/** Only `tsc` checks this code, and nobody runs it. An unbounded text must not have the type of a subject. */
export const unrepresentable = (
  provider: Parameters<typeof trustPolicy>[0],
  [subject]: NonEmpty<Subject>,
): unknown[] => [
  // @ts-expect-error a text is not a subject
  trustPolicy(provider, { by: "name" }, ["repo:acme/api:*"], trustOf({})),
  // @ts-expect-error the subjects are missing
  trustPolicy(provider, { by: "name" }, [], trustOf({})),
  // @ts-expect-error a provider without an audience
  trustPolicy({ arn: provider.arn, url: provider.url }, { by: "name" }, [subject], trustOf({})),
  // @ts-expect-error a pin without a value
  trustPolicy(provider, {}, [subject], trustOf({})),
  // @ts-expect-error a text is not a prefix
  subjects({ prefixes: ["repo:*"], template: "default" }, trustOf({})),
  // @ts-expect-error the prefixes are missing
  subjects({ prefixes: [], template: "default" }, trustOf({})),
  // @ts-expect-error nothing about the template
  subjects({ prefixes: [byId] }, trustOf({})),
];
