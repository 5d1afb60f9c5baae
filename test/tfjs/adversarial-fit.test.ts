/** Adversarial training of a LayersModel: the bits of the same network, written back. */
import { expect, test } from "vitest";
import { fullyConnected } from "../../src/model/index.ts";
import { adversarialFit, fromLayersModel, toLayersModel } from "../../src/tfjs/index.ts";
import { adversarialFit as fitNetwork } from "../../src/train/index.ts";
import { rejectionOf } from "../message-of.ts";
import { blobs } from "../support/blobs.ts";
import { firstDifferent } from "../support/bounds.ts";
import { predictions } from "../support/tfjs.ts";

const data = blobs(45, 6, 3);
const build = () => fullyConnected([6, 5, 4, 3], { seed: 2 });
const OPTIONS = { epochs: 3, batch: 10, rate: 0.02, pool: 20 };

test("a LayersModel gets the weights that the network of it gets, and answers with them", async () => {
  const network = build();
  const expected = await fitNetwork(network, data, OPTIONS);
  const model = await toLayersModel(build());
  const before = predictions(model, data.rows, [6]);
  const found = await adversarialFit(model, data, OPTIONS);
  expect(found).toEqual(expected);
  expect(firstDifferent((await fromLayersModel(model)).getParameters(), network.getParameters())).toBe(-1);
  expect(firstDifferent(predictions(model, data.rows, [6]), before)).not.toBe(-1);
  const direct = build();
  expect(await adversarialFit(direct, data, OPTIONS)).toEqual(expected);
  expect(firstDifferent(direct.getParameters(), network.getParameters())).toBe(-1);
  model.dispose();
});

test("a run that is refused leaves the model as it was", async () => {
  const model = await toLayersModel(build());
  expect(await rejectionOf(adversarialFit(model, data, { ...OPTIONS, pool: 46 }))).toBe(
    "pool: expected at most the 45 rows of the data, got 46",
  );
  expect(firstDifferent((await fromLayersModel(model)).getParameters(), build().getParameters())).toBe(-1);
  model.dispose();
});
