/** The digest of a record covers everything in results.json but the times. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { canonicalJson } from "../../src/data/canonical-json.ts";
import { type AttackRecord, attackStudy, digestRecord, inProcess, recordJson } from "../../src/index.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { BITS, VERSION } from "../../src/version.ts";
import { noise32 } from "../support/noise.ts";

let record: AttackRecord;
beforeAll(async () => {
  const rows = noise32(6 * 16, 3).map(Math.abs) as Float32Array;
  const network = fullyConnected([16, 8, 3], { seed: 1 });
  const labels = new Uint8Array(6);
  const dataset = { rows, labels, count: 6, shape: [4, 4, 1] as const, classes: 3 };
  record = await attackStudy(
    { network, name: "toy" },
    { dataset, name: "squares" },
    { truth: "labels" },
    { executor: inProcess() },
  );
});

test("the version of the records is that of the package", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(version);
  expect([record.version, record.bits, record.generator, record.kind]).toEqual([VERSION, BITS, "blindspot", "attack"]);
  expect(record.command).toBe(
    "npx blindspot attack --model toy --data squares --target next --effort fast --solver projected --seed 0 --count 6",
  );
});

test("a record states the SHA-256 of the Wasm that ran", () => {
  const bytes = readFileSync(new URL("../../build/blindspot.wasm", import.meta.url));
  expect(record.wasm).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("results.json tells its own digest, and any other change of it gives another", async () => {
  const json = JSON.parse(recordJson(record));
  expect(await digestRecord(json)).toBe(record.recordDigest);
  expect(await digestRecord({ ...json, timing: { milliseconds: 1 } })).toBe(record.recordDigest);
  expect(await digestRecord({ ...json, recordDigest: "" })).toBe(record.recordDigest);
  for (const key of Object.keys(json).filter((name) => name !== "timing" && name !== "recordDigest")) {
    const { [key]: _, ...without } = json;
    expect(await digestRecord(without), key).not.toBe(record.recordDigest);
  }
  json.examples[2].evaluations++;
  expect(await digestRecord(json)).not.toBe(record.recordDigest);
});

test("canonical JSON has one text for equal values", () => {
  expect(canonicalJson({ b: [1, null, "é"], a: { d: -0, c: undefined } })).toBe('{"a":{"d":0},"b":[1,null,"é"]}');
  expect(() => canonicalJson({ a: [Number.NaN] })).toThrow(
    "value.a[0]: expected a number that JSON can write, got NaN",
  );
  expect(() => canonicalJson(new Float32Array(2))).toThrow("value: expected JSON's values, got Float32Array[2]");
});
