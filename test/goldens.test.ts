/** The golden digests on record, and what a comparison with them says. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../src/wasm/inline.ts";
import { digestResults, unifyNaN } from "../src/goldens/golden.ts";
import { compareDigests, compareMachine, machineDigests, PARTS } from "../src/goldens/index.ts";
import { LAYERS, MERGES } from "../src/model/layers/index.ts";
import { BITS } from "../src/version.ts";
import { rejectionOf } from "./message-of.ts";

const FILE = JSON.parse(readFileSync(new URL("../goldens.json", import.meta.url), "utf8"));

test("this machine computes the digests of goldens.json, those of the small run", async () => {
  const { count, ...wrong } = await compareMachine(FILE);
  expect(wrong).toEqual({ differing: [], unknown: [], missing: [] });
  expect(count).toBeGreaterThan(700);
});

test("every part has a golden, and no name comes up twice", () => {
  for (const [part, goldens] of Object.entries(PARTS)) {
    const names = goldens().map(({ name }) => name);
    expect(names.length, part).toBeGreaterThan(0);
    expect(new Set(names).size, part).toBe(names.length);
  }
});

test("every layer has a golden, but one that takes no numbers", () => {
  const names = new Set(PARTS.layers().map(({ name }) => name));
  const without = [...Object.keys(LAYERS), ...Object.keys(MERGES)].filter((name) => !names.has(name));
  expect(without).toEqual(without.filter((name) => name === "Embedding" || name === "Masking"));
});

describe("digestResults", () => {
  test("tells -0 from 0, an array from another of the same bytes, and where one ends", async () => {
    const digests = await Promise.all(
      [
        [Float32Array.of(0)],
        [Float32Array.of(-0)],
        [Int32Array.of(0)],
        [Float32Array.of(0), Float32Array.of()],
        ["0"],
        ["", "0"],
      ].map(digestResults),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("takes all NaN for one, whatever their signs and payloads", async () => {
    const of = (bits: number) => digestResults([new Float32Array(Uint32Array.of(bits).buffer)]);
    expect(await of(0xffc00000)).toBe(await of(0x7fc00001));
    expect(await of(0x7f800000)).not.toBe(await of(0x7fc00000));
    const words = Uint32Array.of(0, 0xfff80000, 0x7f800000);
    unifyNaN(words);
    expect([...words]).toEqual([0, 0x7fc00000, 0x7f800000]);
  });
});

describe("a comparison", () => {
  const digest = (digit: string) => digit.repeat(64);
  const found = { kernels: { a: digest("1"), b: digest("2") } };

  test("names what differs, what is not on record, and, of a full run, what was not computed", () => {
    const recorded = { kernels: { a: digest("1"), c: digest("3") }, layers: { d: digest("4") } };
    expect(compareDigests(found, recorded)).toEqual({ count: 2, differing: [], unknown: ["kernels: b"], missing: [] });
    expect(compareDigests(found, recorded, { full: true }).missing).toEqual(["kernels: c", "layers: d"]);
    expect(compareDigests(found, recorded, { full: true, parts: ["kernels"] }).missing).toEqual(["kernels: c"]);
    expect(compareDigests(found, { kernels: { a: digest("5"), b: digest("2") } }).differing).toEqual(["kernels: a"]);
  });

  test("refuses a file of another generation, a file that is none, and a part that there is not", async () => {
    expect(await rejectionOf(compareMachine({ ...FILE, bits: BITS + 1 }))).toBe(
      `goldens.json: expected digests of bits generation ${BITS}, got generation ${BITS + 1}`,
    );
    expect(await rejectionOf(compareMachine({ bits: BITS, digests: { kernels: { a: "1" } } }))).toMatch(
      /^goldens.json/,
    );
    expect(await rejectionOf(machineDigests({ parts: ["kernel" as "kernels"] }))).toMatch(
      /^parts: expected of kernels, /,
    );
  });

  test("is stopped by a signal", async () => {
    expect(await rejectionOf(machineDigests({ signal: AbortSignal.abort(new Error("enough")) }))).toBe("enough");
  });
});
