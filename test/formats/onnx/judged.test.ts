import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { loadNetwork } from "../../../src/node/index.ts";
import { forwardError } from "../../support/forward-error.ts";
import { noise32 } from "../../support/noise.ts";
import { fromBytes } from "../../support/onnx-files.ts";
import { runOnnx } from "../../support/onnxruntime.ts";
import { sharedData } from "../../support/shared-data.ts";

/** Networks that others trained, as ONNX files and as LayersModels of the same weights. */
const TWINS = [
  ["acasxu", "ACASXU_run2a_1_1_batch_2000.onnx", "acasxu_1_1"],
  ["acasxu", "ACASXU_run2a_1_7_batch_2000.onnx", "acasxu_1_7"],
  ["acasxu", "ACASXU_run2a_2_1_batch_2000.onnx", "acasxu_2_1"],
  ["sigmoid6x200", "ffnnSIGMOID__Point_6x200.onnx", ""],
  ["vnncomp-mnist-fc", "mnist-net_256x2.onnx.gz", "mnist-net_256x2"],
  ["vnncomp-mnist-fc", "mnist-net_256x4.onnx.gz", "mnist-net_256x4"],
  ["vnncomp-mnist-fc", "mnist-net_256x6.onnx.gz", "mnist-net_256x6"],
] as const;

function unzipped(path: string): Uint8Array<ArrayBuffer> {
  const bytes = readFileSync(path);
  return new Uint8Array(path.endsWith(".gz") ? gunzipSync(bytes) : bytes);
}

const furthest = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

describe("an ONNX file and the LayersModel of the same weights", () => {
  for (const [name, file, twin] of TWINS) {
    const data = sharedData(name, file);
    test.skipIf(!data.isThere)(`${file} give the same scores and gradients, to the bit${data.note}`, async () => {
      const bytes = unzipped(join(data.folder, file));
      const [network, layers] = [await fromBytes(bytes), await loadNetwork(join(data.folder, "tfjs", twin))];
      const rows = noise32(5 * network.inputSize, 3);
      const bound = forwardError(network, rows) + forwardError(layers, rows);
      if (name === "sigmoid6x200") {
        // Its twin has the scale of the pixels in the weights of its first layer.
        expect(furthest(network.scores(rows), layers.scores(rows))).toBeLessThanOrEqual(bound);
      } else {
        expect(network.scores(rows)).toEqual(layers.scores(rows));
        const labels = [0, 1, 2, 3, 4];
        expect(network.lossGradient(rows, labels)).toEqual(layers.lossGradient(rows, labels));
      }
      const one = rows.subarray(0, network.inputSize);
      const judge = await runOnnx(bytes, one, [1, ...network.inputShape]);
      const own = network.predict(one);
      expect(furthest(own, judge)).toBeLessThanOrEqual(bound);
      expect(own.indexOf(Math.max(...own))).toBe(judge.indexOf(Math.max(...judge)));
    });
  }
});
