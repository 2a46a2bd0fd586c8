/** The template gives each part of the service only the permissions and resources that it needs. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import boundary from "../../deploy/boundary.json" with { type: "json" };
import { sizeFault, stageFault } from "../../scripts/configuration.ts";
import { ecrPolicy } from "../../src/desired/permissions.ts";
import { type Package, packageService, SECRET } from "./build.ts";
import { decisions } from "./decisions-cases.ts";
import type { Deployed } from "./deployed.ts";
import { decide, type Policy } from "./iam.ts";
import { mailsOf, statusChange } from "./mails.ts";
import { selfDecisions } from "./self-decisions-cases.ts";
import { filledIn, OPEN_ROUTES } from "./template.ts";

/** @param full a package with every optional setting */
export function testTemplate(deployed: Deployed, full: Package) {
  describe("the template", () => {
    let plain: Package;
    beforeAll(async () => {
      plain = await packageService({ ROLECALL_OWNERS: "acme,Globex_Labs" }, "--stage", "dev");
    }, 120_000);
    afterAll(() => plain?.close());

    const ofType = (type: string): string[] =>
      Object.entries(deployed.packaged.template.Resources).flatMap(([id, { Type }]) =>
        Type === type ? [id] : [],
      );

    it.each([...decisions, ...selfDecisions])(
      "$decision for $roles: $case",
      ({ roles, actions, resource, context = {}, decision }) => {
        const decided = roles.flatMap((role) =>
          actions.map((action) => [
            role,
            action,
            // Every request names its region.
            decide(deployed.policiesOf(role), {
              action,
              resource,
              context: { "aws:RequestedRegion": resource.split(":")[3] ?? "", ...context },
            }),
          ]),
        );
        expect(decided).toEqual(roles.flatMap((role) => actions.map((action) => [role, action, decision])));
      },
    );

    it("has the boundary that the decisions above name", () => {
      expect(deployed.boundaryArn).toBe(
        "arn:aws:iam::123456789012:policy/rolecall/rolecall-prod-PermissionsBoundary",
      );
    });

    const repositories = (...names: string[]) =>
      names.map((name) => `arn:aws:ecr:*:123456789012:repository/${name}`);

    /** Returns the boundary of local runs, limited to the repositories of a deployment. */
    const boundaryWith = (own: string[], more: object[] = []) => ({
      ...boundary,
      Statement: [
        ...boundary.Statement.map((statement) =>
          statement.Sid === "EcrData" ? { ...statement, Resource: repositories(...own) } : statement,
        ),
        ...more,
      ],
    });

    it("has the boundary of local runs, limited to the owners and the grants, with the statements of the profiles", () => {
      expect(deployed.resource("PermissionsBoundary").Properties["PolicyDocument"]).toEqual(
        boundaryWith(
          ["acme/*", "shared/base", "tools/*"],
          [
            {
              Sid: "EcrPull",
              Effect: "Allow",
              Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
              Resource: repositories("mirror/*"),
            },
            {
              Effect: "Allow",
              Action: ["s3:GetObject", "s3:PutObject"],
              Resource: ["arn:aws:s3:::acme-artifacts/*/*/*"],
            },
            {
              Effect: "Allow",
              Action: ["s3:ListBucket"],
              Resource: ["arn:aws:s3:::acme-artifacts"],
              Condition: { StringLike: { "s3:prefix": ["*/*/*"] } },
            },
            {
              Effect: "Allow",
              Action: ["lambda:UpdateFunctionCode"],
              Resource: ["arn:aws:lambda:*:123456789012:function:*"],
            },
            {
              Effect: "Allow",
              Action: ["sns:Publish"],
              Resource: ["arn:aws:sns:*:123456789012:acme-deployed"],
            },
          ],
        ),
      );
    });

    it("has no permission and no resource for an optional setting that is not set", () => {
      expect(plain.output).not.toMatch(/warn|deprecat/i);
      const fill = filledIn(plain.template, deployed.where);
      const { PolicyDocument } = Object(fill(plain.template.Resources["PermissionsBoundary"]?.Properties));
      expect(PolicyDocument).toEqual(boundaryWith(["acme/*", "globex_labs/*"]));
      const text = JSON.stringify(fill(["ApiRole", "DriftRole"].map((id) => plain.template.Resources[id])));
      expect(text).toContain("iam:DetachRolePolicy");
      for (const action of ["iam:AttachRolePolicy", "ecr:UntagResource", "kms:", "secretsmanager:"])
        expect(text).not.toContain(action);
      expect(plain.template.Resources).not.toHaveProperty("AlarmEmail");
      // No rule of a ceiling: nothing for workflows, not even the word.
      expect(JSON.stringify(plain.template)).not.toMatch(/v1\/self|Self/);
      expect(
        Object.keys(Object(plain.template.Resources["HttpApiStage"]?.Properties?.["RouteSettings"])),
      ).toEqual(OPEN_ROUTES);
      expect(plain.template).not.toHaveProperty("Conditions");
    });

    it("of another stage has a path of its own, and neither stage changes a role of the other", () => {
      const dev = { ...deployed.where, stack: "rolecall-dev" };
      const fill = filledIn(plain.template, dev);
      expect(fill({ Ref: "PermissionsBoundary" })).toBe(
        "arn:aws:iam::123456789012:policy/rolecall-dev/rolecall-dev-PermissionsBoundary",
      );
      const policiesOf = (id: string) =>
        Object(fill(plain.template.Resources[id]?.Properties)).Policies.map(
          ({ PolicyDocument }: { PolicyDocument: Policy }) => PolicyDocument,
        );
      const decided = (id: string, ofDev: boolean, path: string) => {
        const boundaryArn = String(ofDev ? fill({ Ref: "PermissionsBoundary" }) : deployed.boundaryArn);
        return ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy"].map(
          (action) =>
            decide(ofDev ? policiesOf(id) : deployed.policiesOf(id), {
              action,
              resource: `arn:aws:iam::123456789012:role${path}acme-api-publish-5c3a7f0e9b1d`,
              context: { "iam:PermissionsBoundary": boundaryArn, "aws:TagKeys": ["rolecall:id"] },
            }),
        );
      };
      for (const id of ["ApiRole", "DriftRole"]) {
        expect(new Set(decided(id, true, "/rolecall-dev/"))).toEqual(new Set(["allowed"]));
        expect(new Set(decided(id, true, "/rolecall/"))).toEqual(new Set(["not allowed"]));
        expect(new Set(decided(id, true, "/rolecall-dev-2/"))).toEqual(new Set(["not allowed"]));
        expect(new Set(decided(id, false, "/rolecall/"))).toEqual(new Set(["allowed"]));
        expect(new Set(decided(id, false, "/rolecall-dev/"))).toEqual(new Set(["not allowed"]));
      }
    });

    it.each(["hub", "Member", "a/b", "*", ""])("is not made for the stage %j", async (stage) => {
      expect(stageFault(stage)).toContain(`The stage is "${stage}"; it has letters`);
      expect(stageFault("prod")).toBeUndefined();
    });

    it("has a permission or a resource for each optional setting that is set", () => {
      const fill = filledIn(full.template, deployed.where);
      expect(fill(full.template.Resources["AlarmEmail"])).toMatchObject({
        Type: "AWS::SNS::Subscription",
        Properties: {
          TopicArn: "arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic",
          Protocol: "email",
          Endpoint: "platform@acme.example",
        },
      });
      for (const id of ["ApiRole", "DriftRole", "SelfRole"]) {
        const { Policies } = Object(fill(full.template.Resources[id]?.Properties));
        const decideFor = (action: string, resource: string) =>
          decide(
            Policies.map(({ PolicyDocument }: { PolicyDocument: Policy }) => PolicyDocument),
            { action, resource },
          );
        expect(decideFor("secretsmanager:GetSecretValue", SECRET)).toBe("allowed");
        expect(decideFor("secretsmanager:GetSecretValue", SECRET.replace("github", "other"))).toBe(
          "not allowed",
        );
        const provider = "arn:aws:iam::123456789012:oidc-provider/";
        expect(decideFor("iam:CreateOpenIDConnectProvider", `${provider}token.actions.acme.ghe.com`)).toBe(
          "allowed",
        );
        expect(decideFor("iam:CreateOpenIDConnectProvider", `${provider}token.actions.evil.ghe.com`)).toBe(
          "not allowed",
        );
      }
    });

    it.for(["the owners alone", "every optional setting"])(
      "passes cfn-lint with %s",
      { timeout: 120_000 },
      async (settings, { skip }) => {
        const linter = await promisify(execFile)("cfn-lint", ["--version"]).catch(() => undefined);
        if (linter === undefined) return skip("cfn-lint is not on this machine");
        console.info(linter.stdout.trim());
        const directory = await mkdtemp(join(tmpdir(), "rolecall-lint-"));
        onTestFinished(() => rm(directory, { recursive: true }));
        const { template, member } = settings === "the owners alone" ? plain : full;
        const files = [join(directory, "template.json"), join(directory, "member.json")];
        await writeFile(files[0] ?? "", JSON.stringify(template));
        await writeFile(files[1] ?? "", JSON.stringify(member));
        const run = promisify(execFile)("cfn-lint", ["--format", "json", ...files], { maxBuffer: 2 ** 24 });
        // The linter's exit code counts warnings too. osls causes one: it orders resources that CloudFormation orders itself (W3005).
        const { stdout } = await run.catch((error: { stdout: string }) => error);
        const found: { Level: string; Rule: { Id: string }; Message: string }[] = JSON.parse(stdout);
        const wrong = found.filter(({ Level, Rule }) => Level === "Error" || Rule.Id === "W8003");
        expect(wrong.map(({ Rule, Message }) => `${Rule.Id} ${Message}`)).toEqual([]);
      },
    );

    it("is not packaged with more variables than Lambda takes, and the error says how long each is", () => {
      const long = structuredClone(deployed.packaged.template);
      const { Variables } = Object(long.Resources["DriftLambdaFunction"]?.Properties)["Environment"];
      Variables.ROLECALL_OWNERS = Array.from({ length: 200 }, (_, index) => `organisation-${index}`).join(
        ",",
      );
      expect(sizeFault(deployed.packaged.template, "prod")).toBeUndefined();
      const fault = sizeFault(long, "prod") ?? "";
      const [first, ...sizes] = fault.split("\n");
      expect(first).toMatch(
        /^The variables of DriftLambdaFunction have 4\d{3} bytes together, and Lambda takes 4096; shorten the longest:$/,
      );
      expect(sizes[0]).toBe(
        `  ROLECALL_OWNERS ${Variables.ROLECALL_OWNERS.length + '"ROLECALL_OWNERS":"",'.length}`,
      );
      expect(sizes.map((size) => size.split(" ")[2]).sort()).toEqual(Object.keys(Variables).sort());
      const sum = sizes.reduce((total, size) => total + Number(size.split(" ").at(-1)), 0);
      expect(first).toContain(` ${sum + 1} bytes `);
    });

    it("is not packaged with more owners and grants than IAM takes, and the error says both numbers", async () => {
      const grants = Array.from({ length: 90 }, (_, index) => `acme/api=shared/${index}`).join(",");
      await expect(packageService({ ROLECALL_OWNERS: "acme", ROLECALL_ECR_GRANTS: grants })).rejects.toThrow(
        /The inline policies of ApiRole would have \d{5} characters, and IAM takes 10240; list less in ROLECALL_OWNERS, ROLECALL_ECR_GRANTS/,
      );
    }, 120_000);

    it.each([
      ["wrong profiles", { profiles: { x: {} } }],
      ["a profiles file that does not exist", undefined],
    ])("is not packaged with %s", async (_, profiles) => {
      const directory = await mkdtemp(join(tmpdir(), "rolecall-profiles-"));
      onTestFinished(() => rm(directory, { recursive: true }));
      const file = join(directory, "profiles.json");
      if (profiles !== undefined) await writeFile(file, JSON.stringify(profiles));
      const made = packageService({ ROLECALL_OWNERS: "acme", ROLECALL_PROFILES: file });
      await expect(made).rejects.toThrow(
        /The configuration is wrong, so there is no package:\n.*profiles\.json/,
      );
    });

    it("is not packaged with a boundary that IAM would refuse, and the error says both numbers", () => {
      const long = structuredClone(deployed.packaged.template);
      const { PolicyDocument } = Object(long.Resources["PermissionsBoundary"]?.Properties);
      const Resource = Array.from({ length: 200 }, (_, index) => `arn:aws:s3:::acme-artifacts-${index}/*`);
      PolicyDocument.Statement.push({ Effect: "Allow", Action: ["s3:GetObject"], Resource });
      expect(sizeFault(long, "prod")).toMatch(
        /^The policy of PermissionsBoundary would have \d{4} characters, and IAM takes 6144; .*profiles\.json$/,
      );
    });

    it("has a boundary that permits everything that the service grants", () => {
      const arn = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/api";
      const given = ecrPolicy([
        { arn, access: "push" },
        { arn, access: "pull" },
      ])?.Statement.flatMap(({ Action, Resource }) =>
        [Action]
          .flat()
          .flatMap((action) =>
            [Resource].flat().map((resource) => ({ action: String(action), resource: String(resource) })),
          ),
      );
      const refused = given?.filter(
        (request) => decide(deployed.policiesOf("PermissionsBoundary"), request) !== "allowed",
      );
      expect(refused).toEqual([]);
    });

    it.each([
      ["ApiRole", { Service: "lambda.amazonaws.com" }, undefined],
      ["DriftRole", { Service: "lambda.amazonaws.com" }, undefined],
      ["SelfRole", { Service: "lambda.amazonaws.com" }, undefined],
      [
        "RollCallScheduleRole",
        { Service: "scheduler.amazonaws.com" },
        {
          StringEquals: {
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn":
              "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/rolecall-prod-RollCallGroup",
          },
        },
      ],
    ])("lets %s be assumed only by %j", (id, Principal, Condition) => {
      expect(deployed.resource(id).Properties["AssumeRolePolicyDocument"]).toEqual({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) },
        ],
      });
    });

    it("says which roles the functions have, for the organisation's policies", () => {
      const { Outputs = {} } = deployed.packaged.template;
      const fill = filledIn(deployed.packaged.template, deployed.where);
      expect(["ApiRoleArn", "DriftRoleArn", "SelfRoleArn"].map((name) => fill(Outputs[name]?.Value))).toEqual(
        [
          "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole",
          "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-DriftRole",
          "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-SelfRole",
        ],
      );
    });

    it("gives each function a role of its own, and has no other role but the schedule's", () => {
      expect(ofType("AWS::IAM::Role").sort()).toEqual([
        "ApiRole",
        "DriftRole",
        "RollCallScheduleRole",
        "SelfRole",
      ]);
      expect(deployed.functions.Api.properties["Role"]).toBe(
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-ApiRole",
      );
      expect(deployed.functions.Drift.properties["Role"]).toBe(
        "arn:aws:iam::123456789012:role/rolecall-hub/rolecall-prod-DriftRole",
      );
    });

    it("starts the roll call only by the schedule, with the schedule's role, and by the rule", () => {
      const drift = "arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-drift";
      const { Target, GroupName } = deployed.resource("RollCallSchedule").Properties;
      expect({ ...Object(Target), GroupName }).toMatchObject({
        Arn: drift,
        RoleArn: "arn:aws:iam::123456789012:role/rolecall-prod-RollCallScheduleRole",
        GroupName: "rolecall-prod-RollCallGroup",
      });
      const rules = ofType("AWS::Events::Rule").map((id) => deployed.resource(id).Properties);
      const [rule, ...others] = rules.filter(({ Targets }) => JSON.stringify(Targets).includes(":lambda:"));
      expect(others).toEqual([]);
      expect(rule).toMatchObject({
        Name: "rolecall-prod-drift-rule-1",
        EventPattern: { source: ["rolecall"], "detail-type": ["Rolecall Roll Call Requested"] },
        State: "ENABLED",
        Targets: [{ Arn: drift }],
      });
      // A rule without a bus is on the default bus.
      expect(rule).not.toHaveProperty("EventBusName");
      const permissions = ofType("AWS::Lambda::Permission").filter((id) => !id.endsWith("PermissionHttpApi"));
      expect(permissions.map((id) => deployed.resource(id).Properties)).toEqual([
        {
          Action: "lambda:InvokeFunction",
          FunctionName: drift,
          Principal: "events.amazonaws.com",
          SourceArn: "arn:aws:events:eu-central-1:123456789012:rule/rolecall-prod-drift-rule-1",
        },
      ]);
      const api = deployed.packaged.template.Resources["ApiLambdaPermissionHttpApi"]?.Properties;
      expect(api).toMatchObject({
        FunctionName: { "Fn::GetAtt": ["ApiLambdaFunction", "Arn"] },
        Principal: "apigateway.amazonaws.com",
      });
    });

    it("starts a job for each message of the queue, for a bounded number at once, and is told which failed", () => {
      const sources = ofType("AWS::Lambda::EventSourceMapping").map((id) => deployed.resource(id).Properties);
      expect(sources).toEqual([
        {
          EventSourceArn: "arn:aws:sqs:eu-central-1:123456789012:rolecall-prod-JobsQueue",
          FunctionName: "arn:aws:lambda:eu-central-1:123456789012:function:rolecall-prod-drift",
          BatchSize: 1,
          ScalingConfig: { MaximumConcurrency: 10 },
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          Enabled: true,
        },
      ]);
    });

    it("hides a job for a minute longer than the function may run, and keeps a job that failed three times", () => {
      const { Properties: jobs } = deployed.resource("JobsQueue");
      expect(jobs).toMatchObject({
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 60 + Number(deployed.functions.Drift.properties["Timeout"]),
        RedrivePolicy: {
          deadLetterTargetArn: "arn:aws:sqs:eu-central-1:123456789012:rolecall-prod-JobsDeadLetterQueue",
          maxReceiveCount: 3,
        },
      });
      // A job that always crashes becomes a dead letter before the next hourly roll call closes its roll call.
      expect(3 * Number(jobs["VisibilityTimeout"])).toBeLessThan(3600);
      // The last delivery must come before the message expires, or the job would be lost without a dead letter.
      expect(jobs["MessageRetentionPeriod"]).toBeGreaterThan(4 * Number(jobs["VisibilityTimeout"]));
      expect(deployed.resource("JobsDeadLetterQueue").Properties).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 24 * 3600,
      });
    });

    it.each(["JobsQueue", "JobsDeadLetterQueue"])(
      "lets nobody use %s without TLS, and lets nobody else in",
      (id) => {
        const { Queues, PolicyDocument } = deployed.resource(`${id}Policy`).Properties;
        const name = `rolecall-prod-${id}`;
        expect(Queues).toEqual([`https://sqs.eu-central-1.amazonaws.com/123456789012/${name}`]);
        expect(Object(PolicyDocument).Statement).toEqual([
          {
            ...{ Effect: "Deny", Principal: "*", Action: "sqs:*" },
            Resource: `arn:aws:sqs:eu-central-1:123456789012:${name}`,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]);
      },
    );

    it("lets DynamoDB delete expired items", () => {
      expect(deployed.resource("Table").Properties["TimeToLiveSpecification"]).toEqual({
        AttributeName: "expiresAt",
        Enabled: true,
      });
    });

    const FOUND = {
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
    };
    /** Without requests there are no metrics, and nothing is wrong. */
    const BY_STRANGERS = { ...FOUND, Statistic: "Sum", TreatMissingData: "notBreaching" };
    const WAITED = { ...FOUND, Period: 3600, EvaluationPeriods: 3 };
    const MISSED = {
      Statistic: "Sum",
      Period: 3600,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    };

    it.each([
      ["DriftFoundAlarm", "Rolecall", "drifted", FOUND],
      ["ContestedAlarm", "Rolecall", "contested", FOUND],
      ["CheckFailedAlarm", "Rolecall", "failed", FOUND],
      ["WaitingAlarm", "Rolecall", "waiting", WAITED],
      ["RollCallFailedAlarm", "AWS/Lambda", "Errors", FOUND],
      ["JobsDeadLetterAlarm", "AWS/SQS", "ApproximateNumberOfMessagesVisible", FOUND],
      ["NoRollCallAlarm", "Rolecall", "finished", MISSED],
      ["SelfErrorsAlarm", "AWS/Lambda", "Errors", BY_STRANGERS],
      ["SelfThrottlesAlarm", "AWS/Lambda", "Throttles", BY_STRANGERS],
    ])("has %s on %s/%s, which notifies the topic", (id, Namespace, MetricName, when) => {
      const topic = ["arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic"];
      expect(deployed.resource(id)).toMatchObject({
        Type: "AWS::CloudWatch::Alarm",
        Properties: { Namespace, MetricName, ...when, AlarmActions: topic, OKActions: topic },
      });
    });

    it("has no other alarm, and each alarm watches a metric that is emitted", () => {
      const alarms = ofType("AWS::CloudWatch::Alarm").map((id) => deployed.resource(id).Properties);
      expect(alarms).toHaveLength(9);
      const watched = alarms.map(({ Namespace, MetricName, Dimensions }) => ({
        Namespace,
        MetricName,
        Dimensions,
      }));
      const { lambdas, functions } = deployed;
      const emitted = lambdas.drift
        .output()
        .split("\n")
        .filter((line) => line.includes('"CloudWatchMetrics"'))
        .map((line) => JSON.parse(line))
        .flatMap((entry) => entry._aws.CloudWatchMetrics.map((set: object) => ({ ...entry, ...set })))
        .flatMap(({ Namespace, Dimensions, Metrics, ...values }) =>
          Metrics.map(({ Name }: { Name: string }) => ({
            Namespace,
            MetricName: Name,
            Dimensions: Dimensions.flat().map((name: string) => ({ Name: name, Value: values[name] })),
          })),
        );
      const ofLambda = [
        [functions.Drift, "Errors"] as const,
        [functions.Self, "Errors"] as const,
        [functions.Self, "Throttles"] as const,
      ].map(([{ properties }, MetricName]) => ({
        Namespace: "AWS/Lambda",
        MetricName,
        Dimensions: [{ Name: "FunctionName", Value: properties["FunctionName"] }],
      }));
      const ofSqs = {
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Dimensions: [{ Name: "QueueName", Value: "rolecall-prod-JobsDeadLetterQueue" }],
      };
      expect([...emitted, ...ofLambda, ofSqs]).toEqual(expect.arrayContaining(watched));
    });

    it("lets only the account's alarms and EventBridge publish to the topic", () => {
      const { PolicyDocument, Topics } = deployed.resource("AlarmTopicPolicy").Properties;
      const topic = "arn:aws:sns:eu-central-1:123456789012:rolecall-prod-AlarmTopic";
      expect(Topics).toEqual([topic]);
      expect(Object(PolicyDocument).Statement).toEqual([
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic,
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
        // EventBridge sends SNS no condition keys, so a condition would refuse every mail.
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic,
        },
      ]);
    });

    it("mails who changed which role, and the command that repairs it, to the topic", () => {
      const mailed = (from: string, to: string) => mailsOf(deployed, statusChange(from, to));
      expect(mailed("in-sync", "drifted")).toEqual([
        [
          "Rolecall: acme/api, role publish in account 123456789012, is drifted.",
          "What differs: Permissions boundary (widens access).",
          "Altogether the difference widens access.",
          "Last written by arn:aws:iam::123456789012:user/bob with DeleteRolePermissionsBoundary, 12 minutes before the check that found it.",
          "Role: arn:aws:iam::123456789012:role/rolecall/acme-api-publish-5c3a7f0e9b1d",
          "To repair it: curl -X POST --aws-sigv4 aws:amz:eu-central-1:execute-api --user $AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY -H x-amz-security-token:$AWS_SESSION_TOKEN https://rolecall-prod-HttpApi.execute-api.eu-central-1.amazonaws.com/v1/repos/acme/api/roles/publish/repairs",
        ],
      ]);
      const [repaired = []] = mailed("drifted", "repaired");
      expect(repaired[0]).toBe(
        "Rolecall: acme/api, role publish in account 123456789012, had drifted and was repaired.",
      );
      expect(repaired.join(" ")).not.toContain("curl");
      expect(mailed("repaired", "in-sync")).toEqual([]);
    });

    it("routes exactly the contract's operations, and demands IAM's authorization for all except the open ones", async () => {
      const { paths } = parse(await readFile("openapi.yaml", "utf8"));
      const operations = Object.entries<Record<string, { operationId?: string; security?: unknown[] }>>(
        paths,
      ).flatMap(([path, item]) =>
        Object.entries(item)
          .filter(([, { operationId }]) => operationId !== undefined)
          .map(([method, { security }]) => [
            `${method.toUpperCase()} ${path}`,
            // Workflows send a token of their own, which API Gateway does not check.
            security?.length === 0 || path.startsWith("/v1/self/") ? "NONE" : "AWS_IAM",
          ]),
      );
      const routes = Object.values(deployed.packaged.template.Resources)
        .filter(({ Type }) => Type === "AWS::ApiGatewayV2::Route")
        .map(({ Properties = {} }) => [Properties["RouteKey"], Properties["AuthorizationType"] ?? "NONE"]);
      expect(routes.sort()).toEqual(operations.sort());
    });

    it("retains the table and the boundary, and keeps the logs for 90 days", () => {
      const { Resources } = deployed.packaged.template;
      const kept = Object.entries(Resources).flatMap(([id, { DeletionPolicy }]) =>
        DeletionPolicy === "Retain" ? [id] : [],
      );
      expect(kept.sort()).toEqual(["PermissionsBoundary", "Table"]);
      expect(deployed.resource("Table").Properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      });
      const logs = Object.values(Resources).filter(({ Type }) => Type === "AWS::Logs::LogGroup");
      expect(logs.map(({ Properties }) => Properties?.["RetentionInDays"])).toEqual([90, 90, 90, 90]);
    });
  });
}
