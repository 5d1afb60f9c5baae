import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { parseOnnx } from "../../../src/formats/onnx/model.ts";
import { forwardError } from "../../support/forward-error.ts";
import { noise32 } from "../../support/noise.ts";
import { ONNX_CASES, type OnnxCase } from "../../support/onnx-cases.ts";
import { fromBytes } from "../../support/onnx-files.ts";
import { rowsFor } from "../../support/onnx-rows.ts";
import { runOnnx } from "../../support/onnxruntime.ts";

const COUNT = 3;

async function expectAnswers({ bytes, shape, shift }: OnnxCase): Promise<void> {
  const network = await fromBytes(bytes);
  const size = shape.reduce((product, n) => product * n, 1);
  const rows = noise32(COUNT * size, 11).map((value) => value + shift);
  const own = network.predict(rowsFor(network, rows, shape));
  const judged = await judge(bytes, rows, shape);
  expect(own.length).toBe(judged.length);
  const apart = own.reduce((most, value, i) => Math.max(most, Math.abs(value - (judged[i] as number))), 0);
  // No worst case bounds a root that may be of zero; there a few roundings of the largest answer are asked for.
  const bound = forwardError(network, rows);
  const most = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  expect(apart).toBeLessThanOrEqual(Number.isFinite(bound) ? bound : 16 * 2 ** -24 * most);
}

/** What onnxruntime answers; a file for one row is asked row by row. */
async function judge(bytes: Uint8Array, rows: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const size = rows.length / COUNT;
  const [input] = parseOnnx("model.onnx", bytes).graph?.input ?? [];
  const isOpen = input?.type?.tensor_type?.shape?.dim[0]?.dim_value === undefined;
  if (isOpen) return runOnnx(bytes, rows, [COUNT, ...shape]);
  const answers: number[] = [];
  for (let r = 0; r < COUNT; r++) {
    answers.push(...(await runOnnx(bytes, rows.subarray(r * size, (r + 1) * size), [1, ...shape])));
  }
  return Float32Array.from(answers);
}

describe("every operation answers what onnxruntime answers", () => {
  for (const each of ONNX_CASES) test(each.title, () => expectAnswers(each));
});
