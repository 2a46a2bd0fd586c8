import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Clients } from "./clients.ts";

/** Reads a secret's text once; a failure is not remembered. */
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
