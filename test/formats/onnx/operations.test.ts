import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { networkOf } from "../../../src/formats/index.ts";
import { forwardError } from "../../support/forward-error.ts";
import { noise32 } from "../../support/noise.ts";
import { ONNX_CASES, type OnnxCase } from "../../support/onnx-cases.ts";
import { rowsFor } from "../../support/onnx-rows.ts";
import { runOnnx } from "../../support/onnxruntime.ts";

const COUNT = 3;

async function expectAnswers({ bytes, shape, shift }: OnnxCase): Promise<void> {
  const network = await networkOf(
    { name: "model.onnx", bytes, beside: () => Promise.reject(new Error("nothing")) },
    {},
  );
  const size = shape.reduce((product, n) => product * n, 1);
  const rows = noise32(COUNT * size, 11).map((value) => value + shift);
  const own = network.predict(rowsFor(network, rows, shape));
  const isOne = new TextDecoder().decode(bytes).includes("batch") === false;
  const judged: number[] = [];
  for (let r = 0; r < COUNT; r += isOne ? 1 : COUNT) {
    const part = isOne ? rows.subarray(r * size, (r + 1) * size) : rows;
    judged.push(...(await runOnnx(bytes, part, [part.length / size, ...shape])));
  }
  expect(own.length).toBe(judged.length);
  const apart = own.reduce((most, value, i) => Math.max(most, Math.abs(value - (judged[i] as number))), 0);
  let bound = 1e-5;
  try {
    bound = forwardError(network, rows);
  } catch (e) {
    console.log(String(e));
  }
  expect(apart).toBeLessThanOrEqual(bound);
}

describe("every operation answers what onnxruntime answers", () => {
  for (const each of ONNX_CASES) test(each.title, () => expectAnswers(each));
});
