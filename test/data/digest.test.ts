import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { canonicalBytes, digestArrays, digestBytes, type NamedArrays } from "../../src/data/digest.ts";
import { messageOf } from "../message-of.ts";

test("digestBytes is SHA-256 in lower-case hexadecimal", async () => {
  expect(await digestBytes(new Uint8Array(0))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  expect(await digestBytes(bytes.subarray(3, 900))).toBe(
    createHash("sha256").update(bytes.subarray(3, 900)).digest("hex"),
  );
});

test("the canonical bytes are those that the module defines", () => {
  const bytes = canonicalBytes({ b: { data: Uint8Array.of(7, 8), shape: [2, 1] }, a: { data: Float32Array.of(1) } });
  const text = 'blindspot arrays 1\n["a","f32",[1]]\n\x00\x00\x80\x3f["b","u8",[2,1]]\n\x07\x08';
  expect(Buffer.from(bytes).toString("latin1")).toBe(text);
});

test("the digest does not depend on the order in which arrays are given", async () => {
  const a = { data: Float64Array.of(1, 2) };
  const b = { data: Int32Array.of(3) };
  expect(await digestArrays({ a, b })).toBe(await digestArrays({ b, a }));
});

test("names, types, shapes, elements and the sign of zero all change the digest", async () => {
  const sets: NamedArrays[] = [
    {},
    { a: { data: Float32Array.of(0, 1) } },
    { b: { data: Float32Array.of(0, 1) } },
    { a: { data: Float32Array.of(-0, 1) } },
    { a: { data: Float32Array.of(0, 1), shape: [2, 1] } },
    { a: { data: Float32Array.of(0, 1), shape: [1, 2] } },
    { a: { data: Int32Array.of(0, 1) } },
    { a: { data: Uint32Array.of(0, 1) } },
    { a: { data: Float32Array.of(0) }, b: { data: Float32Array.of(1) } },
    { a: { data: new Float32Array(0) }, b: { data: Float32Array.of(0, 1) } },
  ];
  const digests = await Promise.all(sets.map(digestArrays));
  expect(new Set(digests).size).toBe(sets.length);
});

test("the digest refuses NaN, a wrong shape and 16-bit arrays", () => {
  expect(messageOf(() => canonicalBytes({ loss: { data: Float32Array.of(0, Number.NaN) } }))).toBe(
    "digest of loss[1]: expected a number, got NaN",
  );
  expect(messageOf(() => canonicalBytes({ rows: { data: Float32Array.of(0, 1), shape: [3] } }))).toBe(
    "digest of rows: expected a shape of 2 elements, got [3]",
  );
  expect(messageOf(() => canonicalBytes({ rows: { data: new Int16Array(1) as never } }))).toBe(
    "digest of rows: expected an array of f32, f64, i32, u32 or u8, got Int16Array[1]",
  );
});
