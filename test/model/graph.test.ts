/** Networks that are graphs, against f64 on a tape and TensorFlow.js: every layer's output, every gradient, and the way back. */
import { expect, test } from "vitest";
import type { Network } from "../../src/model/index.ts";
import { fromLayersModel } from "../../src/tfjs/index.ts";
import { firstDifferent } from "../support/bounds.ts";
import { describeGraph } from "../support/graph-tests.ts";
import { SMALL_GRAPHS } from "../support/graphs.ts";
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
