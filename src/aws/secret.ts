import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** Reads a secret's text once; a failure is not remembered. */
export function secretReader(region: string, secretId: string): () => Promise<string> {
  const client = new SecretsManagerClient({ region, maxAttempts: 3 });
  let text: Promise<string> | undefined;
  return () => {
    text ??= client.send(new GetSecretValueCommand({ SecretId: secretId })).then(
      ({ SecretString = "" }) => SecretString,
      (error) => {
        text = undefined;
        throw error;
      },
    );
    return text;
  };
}
