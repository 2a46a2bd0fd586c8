/** An ended session stays ended, whatever happens to the registration afterwards. */
import { DeleteRolePolicyCommand } from "@aws-sdk/client-iam";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reconcile } from "../../../src/recovery/reconcile.ts";
import { takeBack } from "../../../src/recovery/take-back.ts";
import { accessDenied } from "../../harness/embedded.ts";
import { runs } from "../../harness/properties.ts";
import { PolicyName, startForRevocations } from "./start.ts";

const { allowedTo, api, checked, clock, iam, inSeconds, policyOf, registered, revoke, services, trouble } =
  await startForRevocations();

test("a role that is taken back after the table was lost keeps its sessions ended", async () => {
  for (const body of [{}, { suspend: true }]) {
    const { path, repo, roleArn } = await registered();
    const { revocation } = (await revoke(path, body)).registration();
    const policy = await policyOf(roleArn);
    const item = await services.registry.readRegistration({ owner: "acme", repo, role: "publish" });
    if (item === undefined) throw new Error("not registered");
    await services.registry.deleteRegistration(item);
    const { unrecorded } = await reconcile(services, "operator");
    const found = unrecorded.find((one) => one.roleArn === roleArn);
    if (found === undefined || !("put" in found)) throw new Error(JSON.stringify(found));
    await takeBack(services, found.put);
    expect(await policyOf(roleArn)).toEqual(policy);
    expect((await api("GET", path)).registration().revocation).toMatchObject({
      suspended: revocation?.suspended,
      by: "operator",
    });
  }
});

test("in whatever order it is registered, revoked, suspended and tampered with, an ended session stays ended", async () => {
  const usual = (path: string, branch: string, revoked = "") =>
    api("PUT", `${path}${revoked}`, { body: { trust: { branches: [branch] } } });
  const STEPS = [
    "PUT",
    "PUT revoke",
    "revoke",
    "refused revoke",
    "suspend",
    "resume",
    "tamper",
    "repair",
  ] as const;
  const seen = { steps: 0, ended: 0, suspended: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { minLength: 3, maxLength: 8 }), async (steps) => {
      const { path, roleArn, RoleName } = await registered();
      const issued = inSeconds(0);
      let isEnded = false;
      let isTampered = false;
      for (const [index, step] of steps.entries()) {
        clock.advance(61_000);
        seen.steps++;
        if (step === "PUT") await usual(path, `branch-${index}`);
        if (step === "PUT revoke") await usual(path, `branch-${index}`, "?revoke=true");
        if (step === "revoke") await revoke(path);
        if (step === "suspend") await revoke(path, { suspend: true });
        if (step === "resume") await revoke(path, { suspend: false });
        if (step === "repair") await api("POST", `${path}/repairs`);
        if (step === "refused revoke") {
          const end = trouble({ action: "PutRolePolicy", mentions: RoleName, fault: accessDenied });
          await revoke(path);
          end();
        }
        if (step === "tamper") {
          await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })).catch(() => {});
          isTampered = true;
        }
        // A PUT of another trust writes what differs, a suspended registration takes none.
        const { revocation } = (await api("GET", path)).registration();
        const isSuspended = revocation?.suspended === true;
        const puts = step === "PUT" || step === "PUT revoke" || step === "revoke" || step === "suspend";
        if ((puts && !(isSuspended && step.startsWith("PUT"))) || step === "repair") isTampered = false;
        isEnded ||= revocation !== undefined;
        if (isTampered || revocation?.pending) continue;
        if (isEnded) expect(await allowedTo(roleArn, issued), steps.join()).toEqual([]);
        const later = await allowedTo(roleArn, inSeconds(60));
        expect(later.length > 0, steps.join()).toBe(!isSuspended);
        if (isEnded) seen.ended++;
        if (isSuspended) seen.suspended++;
      }
      // A repair finishes all unfinished work. Afterwards nothing differs.
      await api("POST", `${path}/repairs`);
      expect(await checked(path), steps.join()).toMatchObject({ status: "in-sync" });
      expect((await api("GET", path)).registration().revocation?.pending ?? false).toBe(false);
      if (isEnded) expect(await allowedTo(roleArn, issued), steps.join()).toEqual([]);
    }),
    { numRuns: runs(8) },
  );
  expect(seen.ended).toBeGreaterThan(0);
  expect(seen.suspended).toBeGreaterThan(0);
}, 600_000);
