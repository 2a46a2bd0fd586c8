/**
 * A role's policy, evaluated: a push with it is allowed every call that docker, buildx with a cache in the registry and
 * helm make, and so is a pull; and nothing is allowed that none of them needs, nor anything on another repository.
 */
import { describe, expect, test } from "vitest";
import boundary from "../../deploy/boundary.json" with { type: "json" };
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { decide, type Policy } from "../package/iam.ts";

/**
 * The calls of the registry's protocol that a client makes, as ECR names them.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-pull.html
 */
const CALLS = {
  /** HEAD of a manifest: what is there already is not pushed again. */
  "look for a manifest": ["ecr:BatchGetImage"],
  "look for a layer": ["ecr:BatchCheckLayerAvailability"],
  "upload a layer": ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
  "put a manifest": ["ecr:PutImage"],
  "fetch a manifest": ["ecr:BatchGetImage"],
  "fetch a layer": ["ecr:GetDownloadUrlForLayer"],
} as const;
type Call = keyof typeof CALLS;

const PUSH: Call[] = ["look for a manifest", "look for a layer", "upload a layer", "put a manifest"];
const PULL: Call[] = ["fetch a manifest", "look for a layer", "fetch a layer"];
const CLIENTS: { client: string; access: ("push" | "pull" | "both")[]; calls: Call[] }[] = [
  { client: "docker push", access: ["push", "both"], calls: PUSH },
  { client: "docker pull", access: ["pull", "both"], calls: PULL },
  { client: "buildx, pushing", access: ["push", "both"], calls: PUSH },
  { client: "buildx imagetools inspect", access: ["push", "pull", "both"], calls: ["fetch a manifest"] },
  { client: "buildx, with a cache in the registry", access: ["both"], calls: [...PUSH, ...PULL] },
  { client: "helm push", access: ["push", "both"], calls: PUSH },
  { client: "helm pull", access: ["pull", "both"], calls: PULL },
];

const ACCESS = ["push", "pull", "both"] as const;
const arn = (name: string, region = "eu-central-1", account = "123456789012") =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`;
const policiesOf = (access: (typeof ACCESS)[number]): Policy[] => {
  const policy = ecrPolicy([
    { arn: arn("acme/api"), access },
    { arn: arn("acme/api/other"), access: "pull" },
  ]);
  const text = JSON.stringify([policy]);
  return JSON.parse(text);
};
const LOGIN = { action: "ecr:GetAuthorizationToken", resource: "*" };
const actionsOf = (calls: readonly Call[]): string[] => [...new Set(calls.flatMap((call) => CALLS[call]))];

describe.each(ACCESS)("access %s", (access) => {
  const policies = policiesOf(access);
  const may = (action: string, resource: string) => decide(policies, { action, resource }) === "allowed";

  test.each(CLIENTS)(
    "$client: allowed where it is meant to be, and there alone",
    ({ access: meant, calls }) => {
      const allowed = actionsOf(calls).map((action) => [action, may(action, arn("acme/api"))]);
      if (meant.includes(access)) expect(allowed.filter(([, isAllowed]) => !isAllowed)).toEqual([]);
      else expect(allowed.some(([, isAllowed]) => !isAllowed)).toBe(true);
    },
  );

  test("lets log in, by the one action that knows no resource, and by no other on *", () => {
    expect(decide(policies, LOGIN)).toBe("allowed");
    const onAll = policies.flatMap(({ Statement }) =>
      Statement.filter(({ Resource }) => [Resource].flat().includes("*")).flatMap(({ Action }) => Action),
    );
    expect(onAll).toEqual(["ecr:GetAuthorizationToken"]);
  });

  test("allows no action that none of these clients needs", () => {
    const needed = actionsOf(
      CLIENTS.filter((one) => one.access.includes(access)).flatMap(({ calls }) => calls),
    );
    const given = policies
      .flatMap(({ Statement }) => Statement)
      .filter(({ Resource }) => [Resource].flat().includes(arn("acme/api")))
      .flatMap(({ Action }) => Action);
    expect([...new Set(given)].sort()).toEqual(needed.sort());
  });

  test.each([
    arn("acme/apix"),
    arn("acme/api/below"),
    arn("acme"),
    arn("other/acme/api"),
    arn("acme/api", "us-east-1"),
    arn("acme/api", "eu-central-1", "999999999999"),
    "*",
  ])("allows nothing on %s", (resource) => {
    const every = [...actionsOf([...PUSH, ...PULL]), "ecr:BatchDeleteImage", "ecr:SetRepositoryPolicy"];
    expect(every.filter((action) => may(action, resource))).toEqual([]);
  });

  test("gives the other repository what is meant for that", () => {
    const given = actionsOf([...PUSH, ...PULL]).filter((action) => may(action, arn("acme/api/other")));
    expect(given.sort()).toEqual(actionsOf(PULL).sort());
  });

  test("is not cut by the boundary", () => {
    const text = JSON.stringify(boundary);
    const bounds: Policy[] = [JSON.parse(text)];
    const requests = [
      LOGIN,
      ...actionsOf([...PUSH, ...PULL])
        .filter((action) => may(action, arn("acme/api")))
        .map((action) => ({ action, resource: arn("acme/api") })),
    ];
    expect(requests.filter((request) => decide(bounds, request) !== "allowed")).toEqual([]);
  });
});
