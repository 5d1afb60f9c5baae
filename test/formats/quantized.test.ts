/** Quantized weights of a folder, to the bits that tfjs decodes them to. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeWeights, type StoredWeight, storedBytes } from "../../src/formats/tfjs/quantized.ts";
import { readArtifacts } from "../../src/node/index.ts";
import { firstDifferent } from "../support/bounds.ts";
import { tf } from "../support/tfjs.ts";
import { temporaryFolder } from "../temporary.ts";

/** Every pattern of 16 bits, little-endian. */
const PATTERNS = Uint8Array.from({ length: 2 * 65536 }, (_, i) => ((i >> 1) >> (8 * (i & 1))) & 255);
const LINE = { scale: 0.003921568859368563, min: -0.4987654321 };

async function theirs(weights: readonly StoredWeight[], bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const specs = weights.map((weight) => ({ ...weight, dtype: "float32" }));
  const decoded = tf.io.decodeWeights(bytes.slice().buffer, specs as tf.io.WeightsManifestEntry[]);
  const values: number[] = [];
  for (const { name } of weights) values.push(...(await (decoded[name] as tf.Tensor).data()));
  return Float32Array.from(values);
}

describe("decodeWeights", () => {
  test("every half float but the NaN is decoded to the bits of tfjs, and a NaN to a NaN", async () => {
    const weights: StoredWeight[] = [
      { name: "w", shape: [65536], dtype: "float32", quantization: { dtype: "float16" } },
    ];
    const ours = new Float32Array(decodeWeights(weights, PATTERNS));
    const expected = await theirs(weights, PATTERNS);
    expect(firstDifferent(ours, expected)).toBe(-1);
    expect([ours[0x3c00], ours[0x0001], ours[0x83ff], ours[0x7bff], ours[0xfc00]]).toEqual([
      1,
      2 ** -24,
      -1023 * 2 ** -24,
      65504,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(ours.filter(Number.isNaN)).toHaveLength(2 * 1023);
  });

  for (const dtype of ["uint8", "uint16"] as const) {
    test(`every number of ${dtype} is decoded to the bits of tfjs`, async () => {
      const count = dtype === "uint8" ? 256 : 65536;
      const quantization = { dtype, scale: LINE.scale / (count / 256), min: LINE.min };
      const weights: StoredWeight[] = [{ name: "w", shape: [count], dtype: "float32", quantization }];
      const bytes = dtype === "uint8" ? Uint8Array.from({ length: 256 }, (_, i) => i) : PATTERNS;
      const ours = new Float32Array(decodeWeights(weights, bytes));
      expect(firstDifferent(ours, await theirs(weights, bytes))).toBe(-1);
      expect(ours[0]).toBe(Math.fround(LINE.min));
    });
  }

  test("weights of every kind behind one another, from odd places on", async () => {
    const weights: StoredWeight[] = [
      { name: "a", shape: [3], dtype: "float32", quantization: { dtype: "uint8", ...LINE } },
      { name: "b", shape: [2, 2], dtype: "float32", quantization: { dtype: "uint16", ...LINE } },
      { name: "c", shape: [2], dtype: "float32" },
      { name: "none", shape: [0], dtype: "float32" },
      { name: "d", shape: [], dtype: "float32", quantization: { dtype: "float16" } },
    ];
    expect(weights.map(storedBytes)).toEqual([3, 8, 8, 0, 2]);
    const bytes = new Uint8Array(21);
    const view = new DataView(bytes.buffer);
    [7, 8, 255].forEach((v, i) => {
      view.setUint8(i, v);
    });
    [0, 1, 65535, 300].forEach((v, i) => {
      view.setUint16(3 + 2 * i, v, true);
    });
    view.setFloat32(11, 0.1, true);
    view.setFloat32(15, -7.25, true);
    view.setUint16(19, 0xc500, true);
    const ours = new Float32Array(decodeWeights(weights, bytes));
    expect(firstDifferent(ours, await theirs(weights, bytes))).toBe(-1);
    expect(ours.slice(-3)).toEqual(Float32Array.of(0.1, -7.25, -5));
  });
});

test("a folder with quantized weights is read as plain ones", async () => {
  const folder = join(temporaryFolder(), "model");
  mkdirSync(folder);
  const weights = [
    { name: "fc/kernel", shape: [2, 1], dtype: "float32", quantization: { dtype: "uint8", scale: 0.5, min: -1 } },
    { name: "fc/bias", shape: [1], dtype: "float32", quantization: { dtype: "float16", original_dtype: "float32" } },
  ];
  const json = { format: "layers-model", modelTopology: {}, weightsManifest: [{ paths: ["w.bin"], weights }] };
  writeFileSync(join(folder, "model.json"), JSON.stringify(json));
  writeFileSync(join(folder, "w.bin"), Uint8Array.of(0, 6, 0x00, 0x3e));
  const { weightSpecs, weightData } = await readArtifacts(folder);
  expect(weightSpecs).toEqual(weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })));
  expect([...new Float32Array(weightData)]).toEqual([-1, 2, 1.5]);
});
