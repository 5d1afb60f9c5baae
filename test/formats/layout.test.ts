/** Graphs turned to channels last: the same numbers, to the last bit where nothing else changes, and no transpose that is not needed. */
import { describe, expect, test } from "vitest";
import "../../src/wasm/inline.ts";
import { GraphBuilder } from "../../src/formats/builder.ts";
import { floats } from "../../src/formats/fold.ts";
import { BATCH, type Graph, type GraphNode, type Operation } from "../../src/formats/graph.ts";
import { channelsLast } from "../../src/formats/layout/index.ts";
import { reshapeKept } from "../../src/formats/layout/order.ts";
import { lower } from "../../src/formats/lower/index.ts";
import { Network } from "../../src/model/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { noise32 } from "../support/noise.ts";

function networkOf(graph: Graph): Network {
  const { topology, weights } = lower(graph);
  return Network.fromWeights(topology, () => weights);
}

/** Rows of shape [h, w, c] as rows of shape [c, h, w]. */
function channelsFirst(rows: Float32Array, [h, w, c]: readonly [number, number, number]): Float32Array {
  return rows.map((_, i) => {
    const within = i % (h * w * c);
    const [channel, at] = [Math.floor(within / (h * w)), within % (h * w)];
    return rows[i - within + at * c + channel] as number;
  });
}

const SIDES = {
  strides: [1, 1],
  dilations: [1, 1],
  pads: [
    [1, 1],
    [1, 1],
  ],
} as const;
const POOL = {
  strides: [2, 2],
  dilations: [1, 1],
  pads: [
    [0, 0],
    [0, 0],
  ],
  taps: [2, 2],
} as const;

/** A convnet in either layout: its matrix has the rows of a flattened image with channels first. */
function convnet(layout: "channels first" | "channels last"): Graph {
  const isFirst = layout === "channels first";
  const builder = new GraphBuilder("net");
  const add = (name: string, inputs: string[], operation: Operation) =>
    builder.add({ ...operation, name, inputs } as GraphNode);
  builder.input("x", isFirst ? [BATCH, 3, 8, 8] : [BATCH, 8, 8, 3]);
  builder.constant("mean", floats([0.5, 0.25, 0.125], isFirst ? [3, 1, 1] : [3]));
  builder.constant("k", floats(noise32(3 * 3 * 3 * 4, 1), [3, 3, 3, 4]));
  builder.constant("b", floats(noise32(4, 2), isFirst ? [1, 4, 1, 1] : [4]));
  for (const [i, name] of ["g", "o", "m"].entries()) builder.constant(name, floats(noise32(4, 3 + i), [4]));
  builder.constant("v", floats([1, 2, 0.5, 3], [4]));
  const rows = noise32(4 * 4 * 4 * 5, 7);
  // Row (c, h, w) of the matrix is row (h, w, c) of the other.
  const permuted = rows.map((_, i) => {
    const [row, unit] = [Math.floor(i / 5), i % 5];
    const [h, w, c] = [Math.floor(row / 16), Math.floor(row / 4) % 4, row % 4];
    return rows[(c * 16 + h * 4 + w) * 5 + unit] as number;
  });
  builder.constant("w", floats(isFirst ? rows : permuted, [64, 5]));
  add("centred", ["x", "mean"], { op: "binary", function: "subtract" });
  add("c", ["centred", "k"], { op: "convolution", layout, groups: 1, ...SIDES });
  add("d", ["c", "b"], { op: "binary", function: "add" });
  add("r", ["d"], { op: "unary", function: "relu" });
  add("n", ["r", "g", "o", "m", "v"], { op: "batch normalisation", axis: isFirst ? 1 : 3, epsilon: 0.001 });
  add("p", ["n"], { op: "pool", kind: "maximum", countsBorder: false, layout, ...POOL });
  add("cat", ["p", "p"], { op: "concatenate", axis: isFirst ? 2 : 1 });
  const halves = { starts: [0, 0, 0, 0], steps: [1, 1, 1, 1], sizes: isFirst ? [BATCH, 4, 4, 4] : [BATCH, 4, 4, 4] };
  add("half", ["cat"], { op: "slice", ...halves });
  add("f", ["p"], { op: "reshape", shape: [BATCH, 64] });
  add("e", ["f", "w"], { op: "matmul" });
  add("y", ["e"], { op: "softmax", axis: 1 });
  return builder.finish("y");
}

describe("a convnet with channels first", () => {
  const turned = channelsLast(convnet("channels first"));
  const network = networkOf(turned);
  const twin = networkOf(convnet("channels last"));
  const rows = noise32(2 * 192, 11);

  test("takes images with channels last, and moves no number at run time", () => {
    expect(network.inputShape).toEqual([8, 8, 3]);
    expect(turned.nodes.filter(({ op }) => op === "transpose")).toEqual([]);
    expect(network.layers.map(({ className }) => className)).toEqual(twin.layers.map(({ className }) => className));
  });

  test("answers with the bits of its twin with channels last, and has its gradients", () => {
    expect(network.predict(rows)).toEqual(twin.predict(rows));
    expect(network.lossGradient(rows, [1, 2])).toEqual(twin.lossGradient(rows, [1, 2]));
  });
});

describe("a transpose of the model costs nothing", () => {
  test("between images with channels first and windows over channels last", () => {
    const builder = new GraphBuilder("net");
    builder.input("x", [BATCH, 6, 6, 3]);
    builder.constant("k", floats(noise32(3 * 3 * 3 * 3, 1), [3, 3, 3, 3]));
    let last = "x";
    for (let i = 0; i < 2; i++) {
      builder.add({
        name: `c${i}`,
        op: "convolution",
        layout: "channels last",
        groups: 1,
        inputs: [last, "k"],
        ...SIDES,
      });
      builder.add({ name: `first${i}`, op: "transpose", order: [0, 3, 1, 2], inputs: [`c${i}`] });
      builder.add({ name: `r${i}`, op: "unary", function: "relu", inputs: [`first${i}`] });
      builder.add({ name: `last${i}`, op: "transpose", order: [0, 2, 3, 1], inputs: [`r${i}`] });
      last = `last${i}`;
    }
    builder.add({ name: "mean", op: "reduce", kind: "mean", axes: [1, 2], keepsAxes: false, inputs: [last] });
    const graph = builder.finish("mean");
    const turned = channelsLast(graph);
    expect(turned.nodes.map(({ op }) => op).join()).toBe("convolution,unary,convolution,unary,reduce");
    const rows = noise32(108, 3);
    expect(networkOf(turned).predict(rows)).toEqual(networkOf(graph).predict(rows));
  });

  test("a shuffle of channels is one move of channels", () => {
    const builder = new GraphBuilder("net");
    builder.input("x", [BATCH, 6, 4, 4]);
    builder.constant("k", floats(noise32(6, 1), [1, 1, 1, 6]));
    const window = {
      ...SIDES,
      pads: [
        [0, 0],
        [0, 0],
      ] as const,
    };
    builder.add({ name: "c", op: "convolution", layout: "channels first", groups: 6, inputs: ["x", "k"], ...window });
    builder.add({ name: "g", op: "reshape", shape: [BATCH, 2, 3, 4, 4], inputs: ["c"] });
    builder.add({ name: "t", op: "transpose", order: [0, 2, 1, 3, 4], inputs: ["g"] });
    builder.add({ name: "s", op: "reshape", shape: [BATCH, 6, 4, 4], inputs: ["t"] });
    builder.add({
      name: "p",
      op: "pool",
      kind: "maximum",
      countsBorder: false,
      layout: "channels first",
      inputs: ["s"],
      ...POOL,
    });
    builder.add({ name: "y", op: "reduce", kind: "mean", axes: [2, 3], keepsAxes: false, inputs: ["p"] });
    const turned = channelsLast(builder.finish("y"));
    expect(turned.nodes.filter(({ op }) => op === "transpose")).toHaveLength(1);
    const rows = noise32(96, 3);
    const plain = channelsFirst(rows, [4, 4, 6]);
    const k = noise32(6, 1);
    const expected = [0, 3, 1, 4, 2, 5].map((channel) => {
      const values = Array.from(plain.subarray(channel * 16, channel * 16 + 16), (x) => x * (k[channel] as number));
      const pooled = [0, 2, 8, 10].map((at) => Math.max(...[0, 1, 4, 5].map((step) => values[at + step] as number)));
      return pooled.reduce((sum, value) => sum + value, 0) / 4;
    });
    const found = networkOf(turned).predict(rows);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
  });
});

describe("a reshape of what is kept in another order", () => {
  for (const [what, order, from, to, shape, made] of [
    ["splits channels where they lie", [0, 3, 1, 2], [9, 6, 4, 5], [9, 2, 3, 4, 5], [9, 4, 5, 2, 3], [0, 3, 4, 1, 2]],
    ["joins rows and columns", [0, 3, 1, 2], [9, 6, 4, 5], [9, 6, 20], [9, 20, 6], [0, 2, 1]],
    ["drops axes of extent 1", [0, 3, 1, 2], [9, 6, 1, 1], [9, 6], [9, 6], [0, 1]],
    ["puts in axes of extent 1", [0, 2, 1], [9, 6, 5], [9, 6, 1, 5], [9, 5, 6, 1], [0, 2, 3, 1]],
    ["flattens one column", [0, 3, 1, 2], [9, 1, 4, 5], [9, 20], [9, 20], [0, 1]],
  ] as const) {
    test(what, () => expect(reshapeKept(order, from, to)).toEqual({ shape, order: made }));
  }

  test("is none where an image is flattened over its channels", () => {
    expect(reshapeKept([0, 3, 1, 2], [9, 6, 4, 5], [9, 120])).toBeUndefined();
  });
});

/** A chain of random moves, functions and reductions over a value of 24 numbers. */
function randomGraph(seed: number): Graph {
  const random = new Random(seed);
  let drawn = 0;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform(drawn++) * list.length)] as T;
  const builder = new GraphBuilder(`random ${seed}`);
  builder.input("x", [BATCH, 2, 3, 4]);
  let last = "x";
  for (let i = 0; i < 8; i++) {
    const shape = builder.shapeOf(last);
    const rank = shape.length;
    const name = `n${i}`;
    const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
    const shapes = [[size], [1, size], [2, size / 2], [size / 2, 2], [size / 3, 3], [2, 3, size / 6], [size / 6, 3, 2]];
    const fitting = shapes.filter((list) => list.every(Number.isInteger));
    const axes = Array.from({ length: rank - 1 }, (_, axis) => axis + 1);
    const operation = pick<() => Operation>([
      () => ({ op: "transpose", order: [0, ...axes.toSorted(() => pick([-1, 1]))] }),
      () => ({ op: "reshape", shape: [BATCH, ...pick(fitting)] }),
      () => ({ op: "unary", function: pick(["tanh", "relu"] as const) }),
      () => ({ op: "concatenate", axis: pick(axes) }),
      () => ({ op: "softmax", axis: rank - 1 }),
      () => ({ op: "reduce", kind: "maximum", axes: [pick(axes)], keepsAxes: rank < 3 }),
      () => ({ op: "binary", function: "multiply" }),
      () => ({ op: "batch normalisation", axis: rank - 1, epsilon: 0.001 }),
      () => ({ op: "matmul" }),
    ])();
    const constant = (tail: string, extents: number[]) => {
      const count = extents.reduce((product, extent) => product * extent, 1);
      builder.constant(
        name + tail,
        floats(
          noise32(count, seed + i).map((value) => value + 1.5),
          extents,
        ),
      );
      return name + tail;
    };
    const inputs = (): string[] => {
      if (operation.op === "concatenate") return [last, last];
      if (operation.op === "binary")
        return [
          last,
          constant(
            "/c",
            shape.slice(1).map((n) => pick([1, n])),
          ),
        ];
      if (operation.op === "matmul") return [last, constant("/w", [shape.at(-1) as number, 3])];
      if (operation.op !== "batch normalisation") return [last];
      const channels = shape[operation.axis] as number;
      return [last, ...["/g", "/b", "/m", "/v"].map((tail) => constant(tail, [channels]))];
    };
    builder.add({ ...operation, name, inputs: inputs() } as GraphNode);
    last = name;
  }
  builder.add({ name: "end", op: "unary", function: "sigmoid", inputs: [last] });
  return builder.finish("end");
}

test("60 random graphs answer with the same bits in the order of their own and turned", () => {
  let turned = 0;
  for (let seed = 0; seed < 60; seed++) {
    const graph = randomGraph(seed);
    const other = channelsLast(graph);
    turned += Number(other !== graph);
    const rows = noise32(48, 100 + seed);
    expect(networkOf(other).predict(rows), graph.name).toEqual(networkOf(graph).predict(rows));
  }
  expect(turned).toBeGreaterThan(20);
});
