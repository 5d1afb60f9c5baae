/** Networks that are graphs, against f64 on a tape and TensorFlow.js: every layer's output, every gradient, and the way back. */
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import type { Network } from "../../src/model/index.ts";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { firstDifferent } from "../support/bounds.ts";
import { describeGraph } from "../support/graph-tests.ts";
import { call, SMALL_GRAPHS } from "../support/graphs.ts";
import { noise32 } from "../support/noise.ts";

for (const graph of SMALL_GRAPHS) describeGraph(graph);

test("an output within a graph is the network up to there, with the weights of the rest left out", async () => {
  const model = (SMALL_GRAPHS[0] as (typeof SMALL_GRAPHS)[number]).build();
  const whole = await fromLayersModel(model);
  const part = await fromLayersModel(model, { output: "sum" });
  expect(part.layers.map(({ name }) => name).toSorted()).toEqual(["left", "right", "stem", "sum"]);
  const rows = noise32(3 * part.inputSize, 71, 2);
  expect(firstDifferent(part.predict(rows), whole.activations(rows, "sum"))).toBe(-1);
  const stem: Network = await fromLayersModel(model, { output: "stem" });
  expect((stem.toArtifacts().modelTopology as { class_name: string }).class_name).toBe("Sequential");
  expect(firstDifferent(stem.predict(rows), whole.activations(rows, "stem"))).toBe(-1);
});

test("a vector is added to every pixel as if it had the axes that it lacks, which tfjs plans but cannot run", async () => {
  const { add, dense, flatten, reshape } = layers.layers;
  const model = (hasAxes: boolean) => {
    const x = layers.input({ shape: [2, 3, 4], name: "x" });
    const vector = call(dense({ name: "vector", units: 4 }), call(flatten({ name: "flat" }), x));
    const other = hasAxes ? call(reshape({ name: "axes", targetShape: [1, 1, 4] }), vector) : vector;
    const sum = call(add({ name: "sum" }), [other, x]);
    return layers.model({ inputs: x, outputs: call(flatten({ name: "end" }), sum) });
  };
  const [lacking, having] = [await fromLayersModel(model(false)), await fromLayersModel(model(true))];
  lacking.setParameters(having.getParameters());
  const rows = noise32(3 * lacking.inputSize, 81, 2);
  const [a, b] = [lacking, having].map((network) => network.lossGradient(rows, [0, 1, 2]));
  expect(firstDifferent(a?.logits ?? [], b?.logits ?? [])).toBe(-1);
  expect(firstDifferent(a?.gradient ?? [], b?.gradient ?? [])).toBe(-1);
  expect(a?.gradient.some((v) => v !== 0)).toBe(true);
});
