/** Small functional models as tfjs builds them: diamonds, shared layers, merges of every kind. */
import * as layers from "@tensorflow/tfjs-layers";
import { tf } from "./tfjs.ts";

type Symbolic = layers.SymbolicTensor;

export const call = (layer: { apply(x: unknown): unknown }, x: Symbolic | Symbolic[]): Symbolic =>
  layer.apply(x) as Symbolic;

const { add, average, concatenate, dense, depthwiseConv2d, flatten, maximum, multiply, reshape } = layers.layers;
export const fc = (name: string, units: number, activation?: "relu" | "tanh" | "sigmoid") =>
  dense({ name, units, biasInitializer: "glorotNormal" as "zeros", ...(activation ? { activation } : {}) });

/** Keras's layer of that name, which tfjs 4.22 lacks. */
class Subtract extends layers.layers.Layer {
  static className = "Subtract";

  override computeOutputShape([shape]: layers.Shape[]): layers.Shape {
    return shape as layers.Shape;
  }

  override call([a, b]: tf.Tensor[]): tf.Tensor {
    return tf.sub(a as tf.Tensor, b as tf.Tensor);
  }
}
tf.serialization.registerClass(Subtract);

export interface SmallGraph {
  title: string;
  build: () => layers.LayersModel;
  /** tfjs cannot differentiate it. */
  lacksGradient?: boolean;
}

export const graph = (title: string, shape: number[], body: (x: Symbolic) => Symbolic): SmallGraph => ({
  title,
  build: () => {
    const x = layers.input({ shape, name: "rows" });
    return layers.model({ inputs: x, outputs: body(x), name: "graph" });
  },
});

/** Each ends in a layer `logits`. */
export const SMALL_GRAPHS: readonly SmallGraph[] = [
  graph("a diamond: two branches of one layer, added", [7], (x) => {
    const stem = call(fc("stem", 9, "relu"), x);
    const sum = call(add({ name: "sum" }), [call(fc("left", 5, "tanh"), stem), call(fc("right", 5), stem)]);
    return call(fc("logits", 3), sum);
  }),
  graph("a layer shared by three calls, one on another's output", [6], (x) => {
    const shared = fc("shared", 6, "relu");
    const once = call(shared, x);
    const twice = call(shared, once);
    const other = call(shared, call(fc("other", 6, "tanh"), x));
    return call(fc("logits", 4), call(concatenate({ name: "all" }), [twice, other, once]));
  }),
  graph("multiply of three, one input twice", [5], (x) => {
    const [a, b] = [call(fc("a", 6), x), call(fc("b", 6, "sigmoid"), x)];
    return call(fc("logits", 3), call(multiply({ name: "product" }), [a, b, a]));
  }),
  graph("subtract, average of three and maximum, over the input itself", [8], (x) => {
    const [a, b] = [call(fc("a", 8), x), call(fc("b", 8, "relu"), x)];
    const difference = call(new Subtract({ name: "difference" }), [a, x]);
    const mean = call(average({ name: "mean" }), [difference, b, x]);
    const top = call(maximum({ name: "top" }), [mean, a, call(fc("c", 8), b)]);
    return call(fc("logits", 5), top);
  }),
  graph("concatenations along the first, the middle and the last axis", [2, 3, 4], (x) => {
    const a = call(fc("a", 4, "tanh"), x);
    const first = call(concatenate({ name: "first", axis: 1 }), [x, a, x]);
    const b = call(fc("b", 4, "relu"), first);
    const middle = call(concatenate({ name: "middle", axis: 2 }), [b, first]);
    const last = call(concatenate({ name: "last", axis: -1 }), [middle, call(fc("c", 2), middle)]);
    return call(fc("logits", 3), call(flatten({ name: "flat" }), last));
  }),
  graph("depthwise convolutions of one image, in two strides, beside the image itself", [5, 4, 3], (x) => {
    const wide = call(depthwiseConv2d({ name: "wide", kernelSize: 3, padding: "same" }), x);
    const coarse = call(depthwiseConv2d({ name: "coarse", kernelSize: 3, strides: 2, padding: "same" }), x);
    const flat = [x, wide, coarse].map((image, i) => call(flatten({ name: `flat${i}` }), image));
    return call(fc("logits", 3), call(concatenate({ name: "all" }), flat));
  }),
  graph("layers without operations on the branches, a merge of one output twice", [12], (x) => {
    const grid = call(reshape({ name: "grid", targetShape: [3, 4] }), x);
    const flat = call(flatten({ name: "flat" }), grid);
    const doubled = call(add({ name: "doubled" }), [flat, flat]);
    return call(fc("logits", 4), call(add({ name: "sum" }), [doubled, x]));
  }),
  graph("a model with a branch used as a layer twice, and another model within it", [6], (x) => {
    const first = dense({ name: "d1", units: 4, activation: "tanh", inputShape: [6] });
    const deep = layers.sequential({ name: "deep", layers: [first, fc("d2", 6)] });
    const start = layers.input({ shape: [6], name: "rows" });
    const bent = call(fc("bent", 6, "relu"), start);
    const block = layers.model({
      inputs: start,
      outputs: call(add({ name: "around" }), [bent, call(deep, bent)]),
      name: "block",
    });
    const once = call(block, x);
    return call(fc("logits", 3), call(concatenate({ name: "both" }), [once, call(block, once)]));
  }),
  {
    title: "a Sequential model that begins with a model and goes on",
    build: () => {
      const start = layers.input({ shape: [5], name: "start" });
      const side = call(fc("side", 5, "sigmoid"), start);
      const stem = layers.model({
        inputs: start,
        outputs: call(multiply({ name: "gate" }), [side, start]),
        name: "stem",
      });
      return layers.sequential({ name: "chain", layers: [stem, fc("middle", 4, "relu"), fc("logits", 3)] });
    },
  },
  graph("a gate of one number a channel over an image, and one number a row added and averaged", [3, 4, 5], (x) => {
    const pixels = call(fc("pixels", 5, "tanh"), x);
    const short = call(reshape({ name: "flat", targetShape: [60] }), x);
    const squeezed = call(fc("squeeze", 5, "sigmoid"), short);
    const gate = call(reshape({ name: "gate", targetShape: [1, 1, 5] }), squeezed);
    const gated = call(multiply({ name: "gated" }), [gate, pixels, gate]);
    const column = call(reshape({ name: "column", targetShape: [3, 1, 1] }), call(fc("heights", 3), short));
    const sum = call(add({ name: "sum" }), [gated, column, call(average({ name: "mean" }), [column, gate])]);
    return call(fc("logits", 3), call(flatten({ name: "end" }), sum));
  }),
  {
    // tfjs gives the gradient of a Maximum the shape of the output.
    lacksGradient: true,
    ...graph("the larger of an image and one number a channel, less one number a row", [2, 3, 4], (x) => {
      const short = call(reshape({ name: "flat", targetShape: [24] }), x);
      const channel = call(reshape({ name: "channel", targetShape: [1, 1, 4] }), call(fc("four", 4, "tanh"), short));
      const column = call(reshape({ name: "column", targetShape: [2, 1, 1] }), call(fc("two", 2), short));
      const top = call(maximum({ name: "top" }), [channel, x]);
      const less = call(new Subtract({ name: "less" }), [top, column]);
      return call(fc("logits", 3), call(flatten({ name: "end" }), less));
    }),
  },
  graph("a merge as the output itself", [5], (x) => call(add({ name: "logits" }), [call(fc("a", 5, "tanh"), x), x])),
];
