/** A GraphModel of 224 x 224 photographs as a target of the attack, through tfjs's gradients on the wasm backend. */
import { expect, test } from "vitest";
import { lbfgsAttack } from "../../src/attacks/index.ts";
import { fromTfModel, registerGradientKernels } from "../../src/tfjs/index.ts";
import { nsfwGraphModel } from "../support/graph-model.ts";
import { noise32 } from "../support/noise.ts";
import "../support/tfjs-wasm.ts";

const graph = await nsfwGraphModel();

test.skipIf(!graph)("mobilenet_v2_mid of nsfwjs is driven to its second answer", async () => {
  registerGradientKernels();
  const target = fromTfModel(graph as NonNullable<typeof graph>);
  const image = noise32(target.inputSize, 5).map((v) => (v + 1) / 2);
  const answer = await target.predict(image);
  const goal = answer.indexOf([...answer].sort((a, b) => b - a)[1] as number);
  const found = await lbfgsAttack(target, { rows: image, labels: [goal] });
  expect([...found.success]).toEqual([1]);
  expect(found.distortion[0]).toBeLessThan(0.01);
});
