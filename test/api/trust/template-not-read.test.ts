/** A registration whose subject template the service may not read, and what changes once it may. */
import { describe, expect, test } from "vitest";
import { rolePath, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const { api, repositories, clock } = await startRolecall();
/** Longer than what GitHub has answered is remembered. */
const GITHUB_FORGOTTEN_MS = 61_000;

function unread() {
  const repo = uniqueName();
  const known = repositories.set(`acme/${repo}`, { hidesTemplate: true });
  return { repo, path: rolePath(repo), byId: `repo:acme@${known.ownerId}/${repo}@${known.id}` };
}

const codesOf = (registration: { warnings: readonly { code: string }[] }) =>
  registration.warnings.map(({ code }) => code);

describe("the warning template-not-read", () => {
  test("says what is assumed and what to do", async () => {
    const { path } = unread();
    const { warnings } = (await api("PUT", path)).registration();
    expect(warnings.find(({ code }) => code === "template-not-read")).toEqual({
      code: "template-not-read",
      severity: "warning",
      pointer: "/trust",
      detail:
        "The service has not read the repository's subject template, so the subjects follow GitHub's default one. Under another template, runs of the registration may stay out.",
      remedy:
        "Have the operator give the service access to GitHub (ROLECALL_GITHUB_SECRET), then repeat the PUT.",
    });
  });

  test("stays away where the template was read", async () => {
    const { warnings } = (await api("PUT", rolePath(uniqueName()))).registration();
    expect(warnings.map(({ code }) => code)).not.toContain("template-not-read");
  });

  test("is gone after the PUT is repeated with access, even if nothing else changes", async () => {
    const { repo, path } = unread();
    // The prefix that GitHub then tells is none of the repository's own, so both forms stay.
    repositories.set(`acme/${repo}`, { subjectPrefix: "repo:acme/earlier" });
    const before = (await api("PUT", path)).registration();
    expect(codesOf(before)).toContain("template-not-read");
    repositories.set(`acme/${repo}`, { hidesTemplate: false });
    clock.advance(GITHUB_FORGOTTEN_MS);
    const after = await api("PUT", path);
    expect(after.registration()).toMatchObject({ changes: [], version: before.version });
    expect(codesOf(after.registration())).not.toContain("template-not-read");
    expect(codesOf((await api("GET", path)).registration())).not.toContain("template-not-read");
  });
});

test("an explanation of a run with another template says that the template was assumed", async () => {
  const { path, byId } = unread();
  await api("PUT", path);
  for (const sub of [
    `${byId}:ref:refs/heads/main:environment:prod`,
    `repository_owner:acme:${byId}:ref:refs/heads/main`,
  ]) {
    const answer = await api("POST", `${path}/explanations`, { body: { sub } });
    const { allowed, remedy } = JSON.parse(answer.text);
    expect(allowed).toBe(false);
    expect(remedy).toContain(`The subject is ${sub}, but the role accepts ${byId}:ref:refs/heads/main`);
    expect(remedy).toContain("access to GitHub (ROLECALL_GITHUB_SECRET), then repeat the PUT");
  }
});

test("a registration that was made with access keeps its pattern, and its next PUT without access is refused", async () => {
  const repo = uniqueName();
  const body = { trust: { branches: ["*-release"] } };
  expect((await api("PUT", rolePath(repo), { body })).status).toBe(201);
  repositories.set(`acme/${repo}`, { hidesTemplate: true });
  clock.advance(GITHUB_FORGOTTEN_MS);
  expect((await api("POST", `${rolePath(repo)}/drift-checks`)).text).toContain('"status":"in-sync"');
  expect((await api("PUT", rolePath(repo), { body })).problem().errors).toMatchObject([
    { pointer: "/trust/branches/0" },
  ]);
  expect((await api("GET", rolePath(repo))).registration().spec.trust.branches).toEqual(["*-release"]);
});
