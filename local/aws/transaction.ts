/**
 * TransactWriteItems, which dynalite does not have. It puts one item after the other, and puts the former items back if a
 * condition is false. Nothing else may use the table meanwhile.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import type { Reply } from "./endpoint.ts";
import { parseJson } from "./wire/json.ts";

/** Sends a request to dynalite. */
type Send = (action: string, input: object) => Promise<Reply>;
type Item = Readonly<Record<string, unknown>>;
type Put = { TableName: string; Item: Item };
type Reason = { Code: "None" | "ConditionalCheckFailed"; Message?: string };

const isPut = (put: unknown): put is Put => typeof put === "object" && put !== null && "Item" in put;

/** Performs a transaction of puts. */
export async function transactWriteItems(
  request: Readonly<Record<string, unknown>>,
  send: Send,
): Promise<Reply> {
  const items: unknown[] = Array.isArray(request["TransactItems"]) ? request["TransactItems"] : [];
  const puts = items.map((item) => Object(item).Put).filter(isPut);
  if (puts.length !== items.length || puts.length === 0)
    throw new Error("the embedded DynamoDB knows only puts in a transaction");
  const undo: (() => Promise<Reply>)[] = [];
  const reasons: Reason[] = [];
  for (const put of puts) {
    const reply = await send("PutItem", { ...put, ReturnValues: "ALL_OLD" });
    if (reply.errorCode === undefined) {
      const former = parseJson(Buffer.from(reply.body))?.["Attributes"];
      undo.push(() => restore(put, former, send));
      reasons.push({ Code: "None" });
    } else if (reply.errorCode === "ConditionalCheckFailedException") {
      reasons.push({ Code: "ConditionalCheckFailed", Message: "The conditional request failed" });
    } else {
      for (const one of undo.reverse()) await one();
      return reply;
    }
  }
  const headers = { "content-type": "application/x-amz-json-1.0" };
  if (reasons.every(({ Code }) => Code === "None")) return { status: 200, headers, body: "{}" };
  for (const one of undo.reverse()) await one();
  const errorCode = "TransactionCanceledException";
  const codes = reasons.map(({ Code }) => Code).join(", ");
  const body = JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#${errorCode}`,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
  return { status: 400, headers, body, errorCode };
}

/** Puts the former item back, or deletes the item if there was none. */
async function restore({ TableName, Item }: Put, former: unknown, send: Send): Promise<Reply> {
  if (former !== undefined) return send("PutItem", { TableName, Item: former });
  const described = parseJson(Buffer.from((await send("DescribeTable", { TableName })).body));
  const schema: { AttributeName: string }[] = Object(described?.["Table"]).KeySchema;
  const Key = Object.fromEntries(schema.map(({ AttributeName: name }) => [name, Item[name]]));
  return send("DeleteItem", { TableName, Key });
}

/** Lets many calls run at once, or one alone. */
export function turns() {
  const running = new Set<Promise<unknown>>();
  let held: Promise<void> | undefined;
  return {
    async together<T>(work: () => Promise<T>): Promise<T> {
      while (held !== undefined) await held;
      const done = work();
      running.add(done);
      try {
        return await done;
      } finally {
        running.delete(done);
      }
    },
    async alone<T>(work: () => Promise<T>): Promise<T> {
      while (held !== undefined) await held;
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      try {
        await Promise.allSettled(running);
        return await work();
      } finally {
        held = undefined;
        release();
      }
    },
  };
}
