/** GraphModels as networks: operation by operation beside tfjs on the cpu, outputs and input gradients. */
import { describe, expect, test } from "vitest";
import { Network } from "../../src/model/index.ts";
import { CASES, weights, window } from "../support/graph-examples.ts";
import { expectAgreement, networkFrom } from "../support/judged-graph.ts";
import { noise32 } from "../support/noise.ts";
import { TinyGraph, text, wholes } from "../support/tiny-graph.ts";

/** tfjs has no gradient of these, or a wrong one: that of MirrorPad leaves out what is mirrored, that of a resized image is right for the first row alone. Their layers have tests of their own. */
const WITHOUT_GRADIENT = [/^MirrorPad/, /^StridedSlice/, /^a layer normalisation/, /^Prod/, /^Resize/];

describe("operations agree with tfjs", () => {
  for (const [what, terms, graph] of CASES) {
    const hasGradient = !WITHOUT_GRADIENT.some((pattern) => pattern.test(what));
    test(`${what}${hasGradient ? "" : ", forward"}`, async () => {
      await expectAgreement(graph(), terms, { hasGradient });
    });
  }
});

describe("a GraphModel and the LayersModel of the same weights are one network", () => {
  const layer = (class_name: string, name: string, config: object) => ({ class_name, config: { name, ...config } });
  const k = weights(3 * 3 * 3 * 8, 4);
  const w = weights(8 * 8 * 8 * 5, 5);

  test("to the last bit, of outputs and of every gradient", async () => {
    const graph = new TinyGraph()
      .input("x", [-1, 16, 16, 3])
      .constant("k", [3, 3, 3, 8], k)
      .constant("b", [8], weights(8, 6))
      .node("Conv2D", "c", ["x", "k"], window("SAME"))
      .node("BiasAdd", "d", ["c", "b"], { data_format: text("NHWC") })
      .node("Relu", "r", ["d"])
      .node("MaxPool", "p", ["r"], { ...window("VALID", [2, 2]), ksize: wholes(1, 2, 2, 1) })
      .whole("s", [2], [-1, 512])
      .node("Reshape", "f", ["p", "s"])
      .constant("w", [512, 5], w)
      .node("MatMul", "m", ["f", "w"])
      .node("Softmax", "y", ["m"]);
    const ours = await networkFrom(graph);
    const twin = Network.fromArtifacts({
      modelTopology: {
        class_name: "Sequential",
        config: {
          name: "twin",
          layers: [
            layer("Conv2D", "c", {
              filters: 8,
              kernel_size: [3, 3],
              padding: "same",
              activation: "relu",
              batch_input_shape: [null, 16, 16, 3],
            }),
            layer("MaxPooling2D", "p", { pool_size: [2, 2] }),
            layer("Flatten", "f", {}),
            layer("Dense", "m", { units: 5, use_bias: false, activation: "softmax" }),
          ],
        },
      },
      weightSpecs: [
        { name: "c/kernel", shape: [3, 3, 3, 8], dtype: "float32" },
        { name: "c/bias", shape: [8], dtype: "float32" },
        { name: "m/kernel", shape: [512, 5], dtype: "float32" },
      ],
      weightData: Float32Array.from([...k, ...weights(8, 6), ...w]).buffer,
    });
    const rows = noise32(3 * 768, 9);
    expect(ours.head).toEqual({ kind: "softmax", outputs: 5 });
    expect(ours.predict(rows)).toEqual(twin.predict(rows));
    expect(ours.lossGradient(rows, [0, 1, 2])).toEqual(twin.lossGradient(rows, [0, 1, 2]));
    expect(ours.parameterGradient(rows, [0, 1, 2])).toEqual(twin.parameterGradient(rows, [0, 1, 2]));
    const again = Network.fromArtifacts(ours.toArtifacts());
    expect(again.predict(rows)).toEqual(ours.predict(rows));
  });
});
