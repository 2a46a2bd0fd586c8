/** An ECR repository that existed before Rolecall keeps its own settings. */
import { CreateRepositoryCommand, DeleteRepositoryCommand } from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { rollCall, UNLIMITED } from "../../../../src/roll-call/roll-call.ts";
import { ecrInAws, roleArnsWith } from "../../../harness/aws.ts";
import { rolePath, uniqueName } from "../../../harness/rolecall.ts";
import { startForSettings } from "./start.ts";

const { api, clients, held, put, services } = await startForSettings();

describe("a repository that was there before", () => {
  test.each(["before it is registered", "after"])("takes no settings: %s", async (when) => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await clients.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const before = await held(repositoryName);
    if (when === "after") expect((await put(repo)).registration().ecr).toMatchObject([{ managed: false }]);
    const refused = await put(repo, {});
    expect(refused.status).toBe(422);
    expect(refused.problem().errors).toMatchObject([
      { pointer: "/ecr/0/settings", detail: expect.stringContaining("leave its settings out") },
    ]);
    expect(await held(repositoryName)).toEqual(before);
    if (when !== "after") expect(await roleArnsWith(clients, repo)).toEqual([]);
  });

  test("and is deleted is not made again by a repair, but by a PUT", async () => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await clients.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const path = rolePath(repo);
    expect((await api("PUT", path, { body: { onDrift: "repair" } })).status).toBe(201);
    await clients.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    await rollCall(services, UNLIMITED);
    expect(await ecrInAws(clients, repositoryName)).toBeUndefined();
    const { drift } = (await api("GET", path)).registration();
    expect(drift).toMatchObject({ status: "drifted", changes: [{ path: "", repairable: false }] });
    expect((await api("PUT", path, { body: { onDrift: "repair", maxSessionSeconds: 7200 } })).status).toBe(
      200,
    );
    expect(await ecrInAws(clients, repositoryName)).toBeDefined();
  });

  test("shows none, and if its tags cannot move, no workflow uses latest", async () => {
    const repo = uniqueName();
    const repositoryName = `acme/${repo}`;
    await clients.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    const answer = await api("PUT", rolePath(repo), {
      body: { ecr: [{ repository: repositoryName, access: "both" }] },
    });
    const registration = answer.registration();
    expect(registration.ecr[0]).not.toHaveProperty("settings");
    expect(registration.workflow?.content).toContain("Choose the image's tags");
    expect(registration.workflow?.content).not.toContain("choose latest");
    expect((await api("GET", rolePath(repo))).registration().workflow).toEqual(registration.workflow);
    const pull = await api("GET", `${rolePath(repo)}/workflow?kind=pull`);
    expect(pull.text).toContain("required: true");
    expect(pull.text).not.toContain("latest\n");
    expect(pull.text).not.toContain("'latest'");
    expect(pull.text).not.toContain("push:");
  });
});
