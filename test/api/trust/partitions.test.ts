/** AWS outside of the commercial partition: other ARNs, and in China another audience. */
import { describe, expect, test } from "vitest";
import { startEmbeddedAws } from "../../../local/aws/server.ts";
import { awsClients, existingRole, providerAudiences } from "../../harness/aws.ts";
import { rolePath, STARTED_AT, startRolecall, uniqueName } from "../../harness/rolecall.ts";

const HOST = "token.actions.githubusercontent.com";

describe.each([
  ["eu-central-1", "aws", "sts.amazonaws.com"],
  ["cn-north-1", "aws-cn", "sts.amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "sts.amazonaws.com"],
  ["eusc-de-east-1", "aws-eusc", "sts.amazonaws.com"],
])("%s", (region, partition, audience) => {
  test(`a registration in ${partition}`, async () => {
    const emulator = await startEmbeddedAws({ region, now: () => STARTED_AT });
    process.env["AWS_ENDPOINT_URL"] = emulator.url;
    process.env["AWS_REGION"] = region;
    // It ends with the file, and the AWS that it is on before it.
    const { api, services } = await startRolecall();
    try {
      const aws = awsClients();
      const repo = uniqueName();
      const registration = (await api("PUT", rolePath(repo))).registration();
      const { roleArn, providerArn, ecr } = registration;
      expect(roleArn).toMatch(new RegExp(`^arn:${partition}:iam::\\d{12}:role/rolecall/`));
      expect(providerArn).toMatch(new RegExp(`^arn:${partition}:iam::\\d{12}:oidc-provider/${HOST}$`));
      expect(ecr[0]?.arn).toMatch(
        new RegExp(`^arn:${partition}:ecr:${region}:\\d{12}:repository/acme/${repo}$`),
      );
      expect(await providerAudiences(aws, providerArn)).toEqual([audience]);
      const { trustPolicy } = await existingRole(aws, roleArn);
      expect(trustPolicy).toHaveProperty("Statement.0.Principal.Federated", providerArn);
      const { StringEquals } = (trustPolicy as { Statement: [{ Condition: Record<string, object> }] })
        .Statement[0].Condition;
      expect(StringEquals).toMatchObject({ [`${HOST}:aud`]: audience });
      // No finding: the audience is the partition's own.
      expect(registration.warnings.map(({ code }) => code)).toEqual(["hint-pull-request-target"]);
      expect(services.clients.place.partition).toBe(partition);
    } finally {
      await emulator.close();
    }
  });
});
