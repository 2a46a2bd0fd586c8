/**
 * Deploys the packaged service on an embedded AWS. The template's table and boundary exist, and the functions run as
 * on Lambda.
 */
import { CreateTableCommand, type CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { CreatePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { type FaultPoint, type RecordedCall, startEmbeddedAws } from "../../local/aws/server.ts";
import { openEventSource } from "../../local/aws/sqs/event-source.ts";
import type { Session } from "../../local/aws/sts/state.ts";
import { type GitHubFault, startEmbeddedGitHub } from "../../local/github/server.ts";
import { clientsOf } from "../local/clients.ts";
import { packageService } from "./build.ts";
import { openLedger } from "./calls.ts";
import { busEvent, event, matches, type Sent } from "./events.ts";
import type { Policy, Request } from "./iam.ts";
import { type Lambda, startLambda } from "./lambda.ts";
import { deployMember } from "./member.ts";
import { type Deployment, filledIn, type Resource } from "./template.ts";

const WHERE: Deployment = {
  partition: "aws",
  region: "eu-central-1",
  account: "123456789012",
  stack: "rolecall-prod",
};

/** The managed policies that the operator allows. */
const MANAGED_POLICIES = [
  "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
  "arn:aws:iam::123456789012:policy/acme-deploy",
];

/** The keys of KMS that the operator allows, one in each region. */
const KMS_KEYS = ["eu-central-1", "eu-west-1", "ap-south-1"].map(
  (region) => `arn:aws:kms:${region}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
);

/** The rule that starts the drift function, as osls names it. */
const RULE = "Rolecallproddriftrule1EventBridgeRule";

/** The event source of the drift function, as osls names it. */
const EVENT_SOURCE = "DriftEventSourceMappingSQSJobsQueue";

type Answer = { status: number; headers: Record<string, string>; text: string };

/** The audience of workflows' tokens: the URL of the deployed API. */
const AUDIENCE = "https://rolecall-prod-HttpApi.execute-api.eu-central-1.amazonaws.com";

/** The access key of the functions. */
const FUNCTION_KEY = "ASIAIOSFODNN7EXAMPLE";

/** A repository of acme that GitHub hides from Rolecall. Its workflows get tokens all the same. */
export const HIDDEN = "self-hidden";
const HIDES: GitHubFault = { kind: "error", status: 404, message: "Not Found" };

/** The member account whose stack is deployed. */
export const MEMBER = { ...WHERE, account: "210987654321", stack: "rolecall-member" };

/** A call in the member account, with the session that made it. */
export type MadeInMember = Omit<Made, "by"> & { by: Session };

/** A call that a function made, with the permissions that it needed. */
type Made = { by: string; call: RecordedCall; needs: Request[] };

/** An act of the test between two calls of a function. */
type Interruption = { at(point: FaultPoint): boolean; act(): Promise<unknown> };

/** The start of the function's logical id. */
type FunctionId = "Api" | "Drift" | "Self";

/** Reads a function's answer as API Gateway does. */
function readAnswer(answer: unknown): Answer {
  const { statusCode: status, headers, body, isBase64Encoded } = Object(answer);
  return { status, headers, text: isBase64Encoded ? Buffer.from(body, "base64").toString() : body };
}

export type Deployed = Awaited<ReturnType<typeof deploy>>;

export async function deploy() {
  const packaged = await packageService({
    ROLECALL_OWNERS: "acme",
    ROLECALL_TAG_KEYS: "team",
    ROLECALL_PULL_FROM: "210987654321,310987654321,o-a1b2c3d4e5",
    ROLECALL_MANAGED_POLICIES: MANAGED_POLICIES.join(","),
    ROLECALL_PROFILES: "test/package/profiles.json",
    ROLECALL_SELF: "test/package/self.json",
    ROLECALL_ECR_GRANTS: "acme/api=shared/base,acme/api=tools/*,acme/web=mirror/*:pull",
    ROLECALL_KMS_KEYS: KMS_KEYS.join(","),
    ROLECALL_REGIONS: "eu-west-1,ap-south-1",
    ROLECALL_MAX_SESSION_SECONDS: "7200",
  });
  const fill = filledIn(packaged.template, WHERE);
  let interruption: Interruption | undefined;
  const [aws, github] = await Promise.all([
    startEmbeddedAws({
      region: WHERE.region,
      accountId: WHERE.account,
      hubUsers: [FUNCTION_KEY],
      fault(point) {
        if (point.accessKeyId !== FUNCTION_KEY || point.phase !== "before") return undefined;
        if (interruption?.at(point) !== true) return undefined;
        const until = interruption.act();
        interruption = undefined;
        return { kind: "hold", until };
      },
    }),
    startEmbeddedGitHub({
      owners: ["acme"],
      fault: ({ path }) => (path === `/repos/acme/${HIDDEN}` ? HIDES : undefined),
    }),
  ]);
  const clients = clientsOf(aws.url, WHERE.region);
  const lambdas: Lambda[] = [];
  const made: Made[] = [];
  const ledger = openLedger(WHERE);
  const madeInMember: MadeInMember[] = [];
  const member = await deployMember(packaged.member, MEMBER, WHERE.account, aws.url);
  let read = 0;

  /** Records the new calls, as made by a role or by nobody. */
  const account = (by?: string) => {
    for (const call of aws.calls.slice(read)) {
      const session = aws.sessions.get(call.accessKeyId ?? "");
      if (session !== undefined || call.accessKeyId === MEMBER.account) {
        if (session !== undefined) madeInMember.push({ by: session, call, needs: member.ledger.needs(call) });
        if (call.status < 300) member.ledger.happened(call);
        continue;
      }
      const isOfFunction = call.accessKeyId === FUNCTION_KEY;
      if (by !== undefined && isOfFunction) made.push({ by, call, needs: ledger.needs(call) });
      if (call.status < 300) ledger.happened(call);
    }
    read = aws.calls.length;
  };

  /** Returns a resource of the template with its properties filled in. */
  const resource = (id: string): Resource & { Properties: Record<string, unknown> } => {
    const found = packaged.template.Resources[id];
    if (found === undefined) throw new Error(`The template has no resource ${id}`);
    return { ...found, Properties: Object(fill(found.Properties ?? {})) };
  };

  /** Unpacks a function and returns its properties, variables and directory. */
  const functionOf = async (id: FunctionId) => {
    const { Properties } = resource(`${id}LambdaFunction`);
    const { directory, files } = await packaged.unpack(id.toLowerCase());
    return {
      properties: Properties,
      variables: Object(Object(Properties["Environment"]).Variables) as Record<string, string>,
      handler: String(Properties["Handler"]),
      directory,
      files,
    };
  };
  const [Api, Drift, Self] = await Promise.all([functionOf("Api"), functionOf("Drift"), functionOf("Self")]);
  const functions = { Api, Drift, Self };

  const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } =
    resource("Table").Properties;
  const table: unknown = {
    BillingMode,
    AttributeDefinitions,
    KeySchema,
    GlobalSecondaryIndexes,
    TableName: fill({ Ref: "Table" }),
  };
  await clients.dynamodb.send(new CreateTableCommand(table as CreateTableCommandInput));
  const QueueUrl = String(fill({ Ref: "JobsQueue" }));
  await clients.sqs.send(new CreateQueueCommand({ QueueName: QueueUrl.split("/").at(-1) }));
  const boundaryArn = String(fill({ Ref: "PermissionsBoundary" }));
  const { Path, PolicyDocument } = resource("PermissionsBoundary").Properties;
  await clients.iam.send(
    new CreatePolicyCommand({
      Path: String(Path),
      PolicyName: boundaryArn.split("/").at(-1),
      PolicyDocument: JSON.stringify(PolicyDocument),
    }),
  );

  /** Starts a function in a process of its own. */
  async function start(id: FunctionId, variables: Record<string, string> = {}): Promise<Lambda> {
    const { directory, handler, properties } = functions[id];
    const lambda = await startLambda(directory, handler, {
      ...functions[id].variables,
      AWS_REGION: WHERE.region,
      AWS_ACCESS_KEY_ID: FUNCTION_KEY,
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "session",
      AWS_LAMBDA_FUNCTION_NAME: String(properties["FunctionName"]),
      AWS_ENDPOINT_URL: aws.url,
      GITHUB_API_URL: github.url,
      ...variables,
    });
    lambdas.push(lambda);
    return lambda;
  }

  const api = await start("Api");
  const drift = await start("Drift");
  const self = await start("Self");

  let delivered = 0;
  const functionArn = (id: FunctionId) => fill({ "Fn::GetAtt": [`${id}LambdaFunction`, "Arn"] });
  async function rollCall(sent: unknown): Promise<unknown> {
    account();
    const answer = await drift.invoke(sent);
    account("DriftRole");
    return answer;
  }

  return {
    packaged,
    where: WHERE,
    endpoint: aws.url,
    table: { TableName: String(fill({ Ref: "Table" })) },
    clients,
    resource,
    functions,
    start,
    boundaryArn,
    made,
    /** The member account's stack, and the calls there. */
    member,
    madeInMember,
    lambdas: { api, drift, self },
    /** Runs `act` once, while the next call of a function that `at` accepts waits. */
    interrupt(at: Interruption["at"], act: Interruption["act"]): void {
      interruption = { at, act };
    },
    /** The calls that GitHub got. */
    gitHubCalls: github.calls,

    /** Sends the API function the event that API Gateway would send. */
    async request(method: string, path: string, sent?: Sent): Promise<Answer> {
      account();
      const answer = await api.invoke(event(method, path, sent));
      account("ApiRole");
      return readAnswer(answer);
    },

    /** Sends the function that serves workflows a request of a run, as API Gateway would. */
    async selfRequest(
      method: string,
      path: string,
      run: Parameters<typeof github.mint>[0],
      sent: Sent = {},
    ): Promise<Answer> {
      const token = await github.mint({ audience: AUDIENCE, ...run });
      const headers = { authorization: `Bearer ${token}`, ...sent.headers };
      account();
      const answer = await self.invoke(event(method, path, { ...sent, headers, isSigned: false }));
      account("SelfRole");
      return readAnswer(answer);
    },

    /** Starts a roll call with the input that the template gives to the schedule. */
    scheduledRollCall: () =>
      rollCall(JSON.parse(Object(resource("RollCallSchedule").Properties["Target"]).Input)),

    /** Sends the API function an event. */
    async invokeApi(sent: object): Promise<unknown> {
      account();
      try {
        return await api.invoke(sent);
      } finally {
        account("ApiRole");
      }
    },

    /** Sends a message to the queue of the jobs. */
    sendJob: (MessageBody: string) => clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })),

    /** Returns the number of messages in the queue of the jobs, visible or not. */
    async queuedJobs(): Promise<number> {
      const AttributeNames = ["All" as const];
      const { Attributes = {} } = await clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
      );
      const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: hidden } =
        Attributes;
      return Number(visible) + Number(hidden);
    },

    /**
     * Invokes the function that the event source names with the messages of the queue, until it has none. Returns the
     * number of invocations and their errors.
     */
    async deliverJobs(): Promise<{ invocations: number; errors: unknown[] }> {
      const { EventSourceArn, FunctionName, BatchSize } = resource(EVENT_SOURCE).Properties;
      if (FunctionName !== functionArn("Drift")) throw new Error(`The event source invokes ${FunctionName}`);
      const errors: unknown[] = [];
      const source = openEventSource(clients.sqs, {
        queueUrl: QueueUrl,
        queueArn: String(EventSourceArn),
        batchSize: Number(BatchSize),
        maximumConcurrency: 1,
        handler: rollCall,
        report: (error) => errors.push(error),
      });
      const invocations = await source.drain();
      account();
      return { invocations, errors };
    },

    /** Sends the function that serves workflows an event. */
    async invokeSelf(sent: object): Promise<unknown> {
      account();
      try {
        return await self.invoke(sent);
      } finally {
        account("SelfRole");
      }
    },

    /** Sends the drift function an event. */
    invokeDrift: (sent: unknown) => rollCall(sent),

    /** Sends the requests for a roll call among the latest calls to the function that the rule names. */
    async requestedRollCalls(): Promise<unknown[]> {
      const { EventPattern, Targets } = resource(RULE).Properties;
      const [{ Arn }] = Object(Targets);
      if (Arn !== functionArn("Drift")) throw new Error(`The rule starts ${Arn}`);
      const entries = aws.calls
        .slice(delivered)
        .flatMap(({ action, request }) => (action === "PutEvents" ? Object(request)["Entries"] : []));
      delivered = aws.calls.length;
      const answers: unknown[] = [];
      for (const sent of entries.map(busEvent))
        if (matches(Object(EventPattern), sent)) answers.push(await rollCall(sent));
      return answers;
    },

    /** Returns the policies of a role of the template, or of a managed policy. */
    policiesOf(id: string): Policy[] {
      const { Policies, PolicyDocument } = resource(id).Properties;
      const documents: unknown = Array.isArray(Policies)
        ? Policies.map((policy) => policy.PolicyDocument)
        : [PolicyDocument];
      return documents as Policy[];
    },

    async close() {
      await Promise.all(lambdas.map((lambda) => lambda.close()));
      await Promise.all([aws.close(), github.close(), packaged.close()]);
    },
  };
}
