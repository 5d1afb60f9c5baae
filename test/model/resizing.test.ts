/** Images resized by layers of Keras, which takes pixels from half pixels, and by that of tfjs, which does not; its Resizing runs in no model. */
import * as layers from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { toLayersModel } from "../../src/tfjs/index.ts";
import { describeGraph } from "../support/graph-tests.ts";
import { call, fc, graph } from "../support/graphs.ts";
import { artifactsOf, type Part, part } from "../support/networks.ts";

const { concatenate, dense, flatten, upSampling2d } = layers.layers;

// Of an image that is not square tfjs 4.22 gives a gradient of another shape.
describeGraph({
  ...graph("UpSampling2D of tfjs between both neighbours", [3, 2, 2], (x) => {
    const large = call(
      upSampling2d({ name: "large", size: [2, 3], interpolation: "bilinear" }),
      call(dense({ name: "a", units: 3, activation: "tanh" }), x),
    );
    const parts = [call(flatten({ name: "flat" }), large), call(flatten({ name: "whole" }), x)];
    return call(fc("logits", 3), call(concatenate({ name: "all" }), parts));
  }),
  lacksGradient: true,
});

/** A network of one layer on images of one channel, as a writer of that name and version has it. */
function written(shape: number[], layer: Part, keras_version: string): Network {
  const artifacts = artifactsOf(shape, [layer, part("Flatten", { name: "flat" })]);
  return Network.fromArtifacts({ ...artifacts, modelTopology: { ...artifacts.modelTopology, keras_version } });
}

const answers = (network: Network, ...row: number[]): number[] => [...network.predict(Float32Array.from(row))];

describe("UpSampling2D between both neighbours", () => {
  const layer = part("UpSampling2D", { name: "it", size: [1, 2], interpolation: "bilinear" });

  test("is of half pixels where Keras wrote it, of corners where tfjs did", () => {
    for (const version of ["2.15.0", "3.4.1"]) {
      expect(answers(written([1, 2, 1], layer, version), 0, 4)).toEqual([0, 1, 3, 4]);
    }
    expect(answers(written([1, 2, 1], layer, "tfjs-layers 4.22.0"), 0, 4)).toEqual([0, 2, 4, 4]);
  });

  test("is saved with its meaning", async () => {
    for (const version of ["2.15.0", "tfjs-layers 4.22.0"]) {
      const network = written([1, 2, 1], layer, version);
      const again = Network.fromArtifacts(network.toArtifacts());
      expect(answers(again, 0, 4)).toEqual(answers(network, 0, 4));
    }
    await expect(toLayersModel(written([1, 2, 1], layer, "2.15.0"))).rejects.toThrow(
      "it: expected a layer that tfjs has",
    );
  });
});

describe("Resizing", () => {
  const of = (config: object, shape = [2, 4, 1]) =>
    written(shape, part("Resizing", { name: "it", height: 1, width: 2, ...config }), "2.15.0");

  test("takes both neighbours of half pixels, or the nearest, of the whole image or of the part of the shape", () => {
    const image = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(answers(of({}), ...image)).toEqual([2.5, 4.5]);
    expect(answers(of({ interpolation: "nearest" }), ...image)).toEqual([5, 7]);
    const square = { width: 1, crop_to_aspect_ratio: true };
    // Of two rows of four the two columns in the middle are as wide as high.
    expect(answers(of(square), ...image)).toEqual([3.5]);
    expect(answers(of({ ...square, interpolation: "nearest" }), ...image)).toEqual([6]);
  });
});
