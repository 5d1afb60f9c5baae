/** GraphModels that are refused, in words that say all that is wrong and the way that works; and the options that pick a part. */
import { describe, expect, test } from "vitest";
import "../../src/wasm/inline.ts";
import { networkOf } from "../../src/formats/load.ts";
import type { NetworkOptions } from "../../src/model/index.ts";
import { rejectionOf } from "../message-of.ts";
import { fileOf } from "../support/judged-graph.ts";
import { noise32 } from "../support/noise.ts";
import { TinyGraph, text, truth, type, whole, wholes } from "../support/tiny-graph.ts";

const load = (graph: TinyGraph, options: NetworkOptions = {}) => networkOf(fileOf(graph), options);
const refusal = (graph: TinyGraph, options: NetworkOptions = {}) => rejectionOf(load(graph, options));
const row = () => new TinyGraph().input("x", [-1, 4]);

test("every operation that does not run is named at once, with its nodes and the way that works", async () => {
  const graph = row()
    .node("Enter", "loop/Enter", ["x"])
    .node("Merge", "loop/Merge", ["loop/Enter", "loop/Next"])
    .node("Switch", "loop/Switch", ["loop/Merge", "loop/Merge"])
    .node("NextIteration", "loop/Next", ["loop/Switch"])
    .node("TopKV2", "top", ["loop/Switch"]);
  expect(await refusal(graph)).toBe(
    "tiny: expected operations that run here (fromTfModel of blindspot/tfjs runs it on tfjs; the option output names a node " +
      "before them), got 5 others: TopKV2 (top); Switch (loop/Switch); Merge (loop/Merge); Enter (loop/Enter); NextIteration (loop/Next)",
  );
});

test("what does not lead to the output is not asked for", async () => {
  const graph = row().node("Relu", "y", ["x"]).node("TopKV2", "top", ["y"]);
  expect((await load(graph, { output: "y" })).inputSize).toBe(4);
});

describe("several outputs", () => {
  const graph = () => row().node("Relu", "a", ["x"]).node("Softmax", "b", ["a"]).node("Tanh", "c", ["x"]);
  test("are named, and the option picks one, or any node", async () => {
    expect(await refusal(graph())).toBe("model tiny: expected one output, or the option output, got 2 (b, c)");
    expect((await load(graph(), { output: "c" })).layers.map(({ name }) => name)).toEqual(["c"]);
    expect((await load(graph(), { output: "a" })).layers.map(({ name }) => name)).toEqual(["a"]);
    expect((await load(graph(), { output: "b:0" })).head.kind).toBe("softmax");
    expect(await refusal(graph(), { output: "d" })).toBe(
      'output: expected an output of tiny: the name of a node, got "d"',
    );
  });

  test("go by their names in the signature", async () => {
    const { json } = graph();
    const signed = { ...graph().json(), signature: { outputs: { scores: { name: "b:0" }, other: { name: "c" } } } };
    const file = { ...fileOf(graph()), bytes: new TextEncoder().encode(JSON.stringify(signed)) };
    expect(typeof json).toBe("function");
    expect((await networkOf(file, { output: "scores" })).head.kind).toBe("softmax");
    expect(await rejectionOf(networkOf(file, {}))).toBe(
      "model tiny: expected one output, or the option output, got 2 (scores, other)",
    );
  });
});

describe("an input of whole numbers", () => {
  const tokens = () =>
    new TinyGraph()
      .input("ids", [-1, 3], "DT_INT32")
      .constant("table", [10, 4], noise32(40, 1))
      .whole("axis", [], [0])
      .node("GatherV2", "embedding", ["table", "ids", "axis"])
      .whole("axes", [1], [1])
      .node("Mean", "mean", ["embedding", "axes"], { keep_dims: truth(false) })
      .node("Softmax", "y", ["mean"]);

  test("is refused as what it is", async () => {
    expect(await refusal(tokens())).toBe(
      "model tiny: input ids: expected real numbers, which a small change leads to others, got whole numbers, taken by " +
        "embedding (GatherV2); the option inputs names the value behind them that is to be the input",
    );
  });

  test("is left out where the option inputs names the embedding", async () => {
    const network = await load(tokens(), { inputs: "embedding" });
    expect(network.inputShape).toEqual([3, 4]);
    expect(network.lossGradient(noise32(12, 2), [1]).gradient.some((slope) => slope !== 0)).toBe(true);
    expect(await refusal(tokens(), { inputs: "nothing" })).toBe(
      'inputs: expected inputs that the model makes, got "nothing"',
    );
  });

  test("is taken where all that is done to it is to make real numbers of it", async () => {
    const graph = new TinyGraph()
      .input("x", [-1, 4], "DT_UINT8")
      .node("Cast", "c", ["x"], { SrcT: type("DT_UINT8"), DstT: type("DT_FLOAT") })
      .node("Relu", "y", ["c"]);
    expect((await load(graph)).predict(Float32Array.of(0.5, -1, 2, 3))).toEqual(Float32Array.of(0.5, 0, 2, 3));
  });
});

describe("inputs that are none of ours", () => {
  for (const [what, graph, message] of [
    [
      "two",
      () => row().input("z", [-1, 4]).node("AddV2", "y", ["x", "z"]),
      "model tiny: expected one input that leads to the output, got 2: x, z",
    ],
    [
      "none",
      () => new TinyGraph().constant("c", [4], [1, 2, 3, 4]).node("Relu", "y", ["c"]),
      "model tiny: expected one input that leads to the output, got none",
    ],
    [
      "a batch of 8",
      () => new TinyGraph().input("x", [8, 4]).node("Relu", "y", ["x"]),
      "model tiny: input x: expected an open batch in front, or one row, got [8, 4]",
    ],
    [
      "an open side",
      () => new TinyGraph().input("x", [1, -1, 4]).node("Relu", "y", ["x"]),
      "model tiny: input x: expected known extents beyond the batch, got [1, -1, 4]",
    ],
    [
      "10^9 numbers",
      () => new TinyGraph().input("x", [-1, 1e9]).node("Relu", "y", ["x"]),
      "input x: expected a shape of at most 67108864 numbers a row, got [batch, 1000000000]",
    ],
  ] as const) {
    test(what, async () => expect(await refusal(graph())).toBe(message));
  }
});

describe("graphs that are damaged", () => {
  for (const [what, graph, message] of [
    [
      "a cycle",
      () => row().node("AddV2", "a", ["x", "b"]).node("Relu", "b", ["a"]).node("Relu", "y", ["b"]),
      "model tiny: expected nodes without a cycle, got b -> a -> b",
    ],
    [
      "an input that is not there",
      () => row().node("AddV2", "y", ["x", "z"]),
      'y: expected inputs that are nodes of the model, got "z"',
    ],
    [
      "a constant without a weight",
      () => row().node("Const", "c").node("AddV2", "y", ["x", "c"]),
      "c (Const): expected a weight of that name, got none",
    ],
    [
      "two nodes of one name",
      () => row().node("Relu", "y", ["x"]).node("Relu", "y", ["x"]),
      'tiny: expected nodes of different names, got two named "y"',
    ],
    ["an input too few", () => row().node("AddV2", "y", ["x"]), "y (AddV2): expected an input 1, got 1 inputs"],
    [
      "matrices that do not fit",
      () => row().constant("w", [3, 2], noise32(6, 1)).node("MatMul", "y", ["x", "w"]),
      "y (matmul): expected matrices [..., m, k] and [..., k, n], got [batch, 4] and [3, 2]",
    ],
    [
      "a padding of no kind",
      () =>
        new TinyGraph().input("x", [-1, 4, 4, 1]).node("MaxPool", "y", ["x"], {
          padding: text("WIDE"),
          ksize: wholes(1, 2, 2, 1),
          strides: wholes(1, 1, 1, 1),
        }),
      "y (MaxPool): expected padding SAME, VALID or EXPLICIT, got WIDE",
    ],
    [
      "a number in the place of a text",
      () => new TinyGraph().input("x", [-1, 4, 4, 1]).node("MaxPool", "y", ["x"], { padding: { s: 3 } }),
      "y (MaxPool) padding: expected text in base64, got 3",
    ],
    [
      "axes that are none",
      () => row().whole("a", [1], [5]).node("Mean", "y", ["x", "a"]),
      "y (Mean): expected axes in [-2, 2), got 5",
    ],
    [
      "a shape that the input computes",
      () =>
        row()
          .node("Cast", "c", ["x"], { DstT: type("DT_INT32") })
          .node("Reshape", "y", ["x", "c"]),
      "y (Reshape): expected c to be known at load, got what is computed from the input",
    ],
    [
      "a split that does not come out even",
      () =>
        row()
          .whole("a", [], [1])
          .node("Split", "s", ["a", "x"], { num_split: whole(3) })
          .node("Relu", "y", ["s"]),
      "s (Split): expected a number of parts that divides 4, got 3",
    ],
    [
      "a mean over the batch",
      () =>
        row()
          .whole("a", [1], [0])
          .node("Mean", "y", ["x", "a"], { keep_dims: truth(true) }),
      "y (reduce): expected a shape with the batch in it, got [1, 4]",
    ],
  ] as const) {
    test(what, async () => expect(await refusal(graph())).toBe(message));
  }

  test("weights that are too short", async () => {
    const graph = row().constant("c", [4], [1, 2, 3, 4]).node("AddV2", "y", ["x", "c"]);
    const file = { ...fileOf(graph), beside: async () => new Uint8Array(12) };
    expect(await rejectionOf(networkOf(file, {}))).toBe(
      "tiny: expected 16 bytes of weights in weights.bin, got 12: too short",
    );
  });
});
