import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, type JWTPayload, SignJWT } from "jose";

export type SigningKey = {
  /** The public key, as the issuer publishes it. */
  published: JSONWebKeySet;
  sign(claims: JWTPayload): Promise<string>;
};

/** Opens the key that a file stores. If there is none, makes a key and stores it. */
export async function openSigningKey(file: string | undefined): Promise<SigningKey> {
  const privateKey = file === undefined ? await newKey() : ((await kept(file)) ?? (await keep(file)));
  const publicKey = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(publicKey);
  const alg = "RS256";
  return {
    published: { keys: [{ ...publicKey, use: "sig", alg, kid }] },
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ typ: "JWT", alg, kid }).sign(privateKey),
  };
}

async function newKey(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return privateKey;
}

async function kept(file: string): Promise<KeyObject | undefined> {
  try {
    return createPrivateKey(await readFile(file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes the key under another name and renames the file. Only its owner can read it. */
async function keep(file: string): Promise<KeyObject> {
  const key = await newKey();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await rename(`${file}.tmp`, file);
  return key;
}
