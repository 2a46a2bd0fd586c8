import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sha256 } from "../../src/aws/sha256.ts";

const bytes = fc.uint8Array({ maxLength: 200 });
const secret = fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1, maxLength: 100 }));

test("a digest is the same as Node's, with or without a key, in one part or several", async () => {
  await fc.assert(
    fc.asyncProperty(fc.option(secret, { nil: undefined }), fc.array(bytes), async (key, parts) => {
      const [own, again] = [new Sha256(key), new Sha256(key)];
      const nodes = key === undefined ? createHash("sha256") : createHmac("sha256", key);
      again.update(new Uint8Array([1]));
      again.reset();
      for (const part of parts) {
        own.update(part);
        again.update(part);
        nodes.update(part);
      }
      const wanted = nodes.digest("hex");
      expect(Buffer.from(await own.digest()).toString("hex")).toBe(wanted);
      expect(Buffer.from(await again.digest()).toString("hex")).toBe(wanted);
    }),
  );
});

test("a key that is a view of a buffer is only the bytes of the view", async () => {
  const whole = Buffer.from("before the key after");
  const own = new Sha256(whole.subarray(7, 14));
  own.update(Buffer.from("text"));
  const wanted = createHmac("sha256", "the key").update("text").digest("hex");
  expect(Buffer.from(await own.digest()).toString("hex")).toBe(wanted);
});

test("the signature of AWS's example is the one that AWS gives", async () => {
  // get-vanilla of AWS's test suite for Signature Version 4.
  const signer = new SignatureV4({
    service: "service",
    region: "us-east-1",
    credentials: {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    },
    sha256: Sha256,
    applyChecksum: false,
  });
  const request = {
    ...{ method: "GET", protocol: "https:", hostname: "example.amazonaws.com", path: "/", query: {} },
    headers: { host: "example.amazonaws.com" },
  };
  for (const attempt of ["first", "with the key that the SDK has kept"]) {
    const { headers } = await signer.sign(request, { signingDate: new Date("2015-08-30T12:36:00Z") });
    expect(headers["authorization"], attempt).toMatch(
      /Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/,
    );
  }
});
