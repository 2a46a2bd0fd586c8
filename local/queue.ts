import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";

/** As in deploy/queue.yml. A message that fails is delivered again after this time (seconds). */
const VISIBILITY_TIMEOUT = 960;
const MAX_RECEIVE_COUNT = 3;

/**
 * Creates in an emulator the queues that deploy/queue.yml creates in AWS: the queue of a table's jobs, and the queue of its
 * dead letters. Existing queues stay.
 * @param place the account, partition and region of the emulator
 */
export async function prepareQueue(
  place: { account: string; partition: string; region: string },
  table: string,
): Promise<{ url: string; arn: string }> {
  const client = new SQSClient({ region: place.region, useQueueUrlAsEndpoint: false });
  // A queue has a shorter name than a table may have, and no dots.
  const name = `${table.replaceAll(".", "-").slice(0, 60)}-jobs`;
  const arnOf = (queue: string) => `arn:${place.partition}:sqs:${place.region}:${place.account}:${queue}`;
  await client.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
  const { QueueUrl: url = "" } = await client.send(new CreateQueueCommand({ QueueName: name }));
  const redrive = { deadLetterTargetArn: arnOf(`${name}-dead`), maxReceiveCount: MAX_RECEIVE_COUNT };
  const Attributes = {
    VisibilityTimeout: String(VISIBILITY_TIMEOUT),
    RedrivePolicy: JSON.stringify(redrive),
  };
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  client.destroy();
  return { url, arn: arnOf(name) };
}
