import { expect, test } from "vitest";
import { floats, onnxFile, onnxNode, wholes } from "../../support/onnx-files.ts";
import { runOnnx } from "../../support/onnxruntime.ts";

test("what is written is what onnxruntime runs", async () => {
  const nodes = [onnxNode("Add", ["x", "w"], "a"), onnxNode("Reshape", ["a", "shape"], "y")];
  const constants = { w: floats([4], [1, 2, 3, 4]), shape: wholes(-1, 2) };
  const y = await runOnnx(onnxFile(nodes, { constants }), Float32Array.of(0.5, 0, 0, 0, 1, 1, 1, 1), [2, 4]);
  expect([...y]).toEqual([1.5, 2, 3, 4, 2, 3, 4, 5]);
});

test("the same graph gives the same bytes", () => {
  const file = () => onnxFile([onnxNode("Relu", ["x"], "y")], { constants: { w: floats([2], [1, 2]) } });
  expect(file()).toEqual(file());
});
