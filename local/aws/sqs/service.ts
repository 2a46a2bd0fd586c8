/** SQS's standard queues. They are exact where SQS is vague: a message is delivered once, unless its receiver fails. */
import type { Accounts } from "../accounts.ts";
import type { Actions } from "../action.ts";
import type { Endpoint } from "../endpoint.ts";
import type { AwsError } from "../errors.ts";
import { callerOf } from "../identity.ts";
import type { Session } from "../sts/state.ts";
import { type Json, jsonEndpoint, jsonReply } from "../wire/json.ts";
import * as queues from "./queues.ts";
import * as receipts from "./receipts.ts";
import { ReceiveMessage } from "./receive.ts";
import { queryCodeOf, refuse, typeOf } from "./rules.ts";
import { SendMessage, SendMessageBatch } from "./send.ts";
import type { SqsCall } from "./state.ts";

export const sqsActions: Actions<SqsCall, Json> = {
  CreateQueue: queues.CreateQueue,
  GetQueueUrl: queues.GetQueueUrl,
  ListQueues: queues.ListQueues,
  GetQueueAttributes: queues.GetQueueAttributes,
  SetQueueAttributes: queues.SetQueueAttributes,
  DeleteQueue: queues.DeleteQueue,
  PurgeQueue: queues.PurgeQueue,

  SendMessage,
  SendMessageBatch,
  ReceiveMessage,

  ChangeMessageVisibility: receipts.ChangeMessageVisibility,
  ChangeMessageVisibilityBatch: receipts.ChangeMessageVisibilityBatch,
  DeleteMessage: receipts.DeleteMessage,
  DeleteMessageBatch: receipts.DeleteMessageBatch,
};

const CONTENT_TYPE = "application/x-amz-json-1.0";

export function sqsEndpoint(accounts: Accounts, sessions: ReadonlyMap<string, Session>): Endpoint {
  return jsonEndpoint({
    service: "sqs",
    context: (http) => {
      const { sqs, account } = accounts.ofCaller(http);
      const caller = callerOf(http.scope?.accessKeyId ?? "", account, sessions);
      return {
        ...sqs,
        region: http.scope?.region ?? account.region,
        origin: `http://${http.headers["host"]?.toString() ?? "localhost"}`,
        senderId: "id" in caller ? caller.id : caller.invokedBy,
        hungUp: http.hungUp,
      };
    },
    refuse,
    actions: sqsActions,
    contentType: CONTENT_TYPE,
    renderError,
  });
}

/** A header has the error's code of the Query protocol, which SQS spoke before. */
function renderError({ code, status, message }: AwsError) {
  const reply = jsonReply(status, { __type: typeOf(code), message }, CONTENT_TYPE);
  const fault = status < 500 ? "Sender" : "Receiver";
  return {
    ...reply,
    headers: { ...reply.headers, "x-amzn-query-error": `${queryCodeOf(code)};${fault}` },
    errorCode: code,
  };
}
