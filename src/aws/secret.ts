import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Clients } from "./clients.ts";

/** Returns a function that reads a secret's text once. After a failure, the next call reads again. */
export function secretReader({ secrets }: Clients, secretId: string): () => Promise<string> {
  let text: Promise<string> | undefined;
  return () => {
    text ??= secrets()
      .send(new GetSecretValueCommand({ SecretId: secretId }))
      .then(
        ({ SecretString = "" }) => SecretString,
        (error) => {
          text = undefined;
          throw error;
        },
      );
    return text;
  };
}
