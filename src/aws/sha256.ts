/**
 * SHA-256 for the signatures of calls. The SDK's class passes a signing key to Node as bytes, and Node makes a key object of
 * them at each signature. This class makes one key object for each signing key.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { Checksum, SourceData } from "@smithy/types";

/** The key object of each signing key, by the array that holds its bytes. The SDK keeps the arrays of the last 50 keys. */
const keys = new WeakMap<object, KeyObject>();

export class Sha256 implements Checksum {
  readonly #secret: string | KeyObject | undefined;
  readonly #parts: Uint8Array[] = [];

  constructor(secret?: SourceData) {
    this.#secret = secret === undefined || typeof secret === "string" ? secret : keyOf(secret);
  }

  update(part: Uint8Array): void {
    this.#parts.push(part);
  }

  async digest(): Promise<Uint8Array> {
    const [first = new Uint8Array(), ...more] = this.#parts;
    const whole = more.length === 0 ? first : Buffer.concat(this.#parts);
    return this.#secret === undefined
      ? hash("sha256", whole, "buffer")
      : createHmac("sha256", this.#secret).update(whole).digest();
  }

  reset(): void {
    this.#parts.length = 0;
  }
}

function keyOf(secret: ArrayBuffer | ArrayBufferView): KeyObject {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const bytes = ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
  const key = createSecretKey(bytes);
  keys.set(secret, key);
  return key;
}
