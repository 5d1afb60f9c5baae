import { describe, expect, test } from "vitest";
import { BATCH, type GraphNode } from "../../../src/formats/graph.ts";
import { onnxGraph } from "../../../src/formats/onnx/graph.ts";
import { parseOnnx, readOnnx } from "../../../src/formats/onnx/model.ts";
import { ModelProto } from "../../../src/formats/onnx/proto.ts";
import type { WrittenNode } from "../../../src/formats/onnx/write.ts";
import { writeMessage } from "../../../src/formats/protobuf.ts";
import { messageOf } from "../../message-of.ts";
import { ONNX_CASES } from "../../support/onnx-cases.ts";
import {
  type FileOptions,
  float,
  floats,
  int,
  ints,
  onnxFile,
  onnxNode,
  text,
  wholes,
} from "../../support/onnx-files.ts";

const graphOf = (bytes: Uint8Array) => onnxGraph(readOnnx("m.onnx", parseOnnx("m.onnx", bytes)));
const graph = (nodes: readonly WrittenNode[], options?: FileOptions) => graphOf(onnxFile(nodes, options));
const refusal = (nodes: readonly WrittenNode[], options?: FileOptions) => messageOf(() => graph(nodes, options));
/** The node that makes the output, without its name. */
function last(nodes: readonly WrittenNode[], options?: FileOptions): Omit<GraphNode, "name"> {
  const { name: _, ...node } = graph(nodes, options).nodes.at(-1) as GraphNode;
  return node;
}
const image = { inputs: [{ name: "x", shape: ["n", 3, 6, 5] }] };

describe("every operation is translated", () => {
  for (const { title, bytes } of ONNX_CASES) test(title, () => expect(graphOf(bytes).shapes.size).toBeGreaterThan(1));
});

test("what versions say by attributes and by inputs is one node", () => {
  const as = (opset: number, node: WrittenNode, constants = {}) => last([node], { opset, constants, ...image });
  expect(as(11, onnxNode("Unsqueeze", ["x"], "y", { axes: ints(1) }))).toEqual(
    as(13, onnxNode("Unsqueeze", ["x", "a"], "y"), { a: wholes(1) }),
  );
  expect(as(9, onnxNode("Slice", ["x"], "y", { starts: ints(1), ends: ints(3), axes: ints(2) }))).toEqual(
    as(10, onnxNode("Slice", ["x", "s", "e", "a"], "y"), { s: wholes(1), e: wholes(3), a: wholes(2) }),
  );
  const bounds = { l: floats([], [-1]), h: floats([], [2]) };
  expect(as(10, onnxNode("Clip", ["x"], "y", { min: float(-1), max: float(2) }))).toEqual(
    as(11, onnxNode("Clip", ["x", "l", "h"], "y"), bounds),
  );
});

test("softmax before version 13 is one over all axes behind the given one", () => {
  const ops = (opset: number) => graph([onnxNode("Softmax", ["x"], "y", { axis: int(1) })], { opset, ...image }).nodes;
  expect(ops(12).map(({ op }) => op)).toEqual(["reshape", "softmax", "reshape"]);
  expect(ops(13)).toMatchObject([{ op: "softmax", axis: 1 }]);
});

test("what does nothing leaves no node", () => {
  const chain = [
    ...[
      onnxNode("Identity", ["x"], "a"),
      onnxNode("Dropout", ["a"], ["b", "mask"]),
      onnxNode("Cast", ["b"], "c", { to: int(1) }),
    ],
    ...[
      onnxNode("QuantizeLinear", ["c", "s"], "q"),
      onnxNode("DequantizeLinear", ["q", "s"], "d"),
      onnxNode("Relu", ["d"], "y"),
    ],
  ];
  const { nodes, input } = graph(chain, { constants: { s: floats([], [0.5]) } });
  expect(nodes.filter(({ op }) => op !== "cast")).toMatchObject([{ op: "unary", function: "relu" }]);
  expect(input).toBe("x");
});

describe("functions that exporters spell out are one node", () => {
  const constants = {
    half: floats([], [0.5]),
    one: floats([], [1]),
    root: floats([], [Math.SQRT2]),
    back: floats([], [Math.SQRT1_2]),
  };
  const gate = [onnxNode("Erf", ["s"], "e"), onnxNode("Add", ["e", "one"], "g")];
  const divided = [onnxNode("Div", ["x", "root"], "s"), ...gate];
  const scaled = [onnxNode("Mul", ["x", "back"], "s"), ...gate];
  for (const [name, nodes] of [
    ["swish", [onnxNode("Sigmoid", ["x"], "s"), onnxNode("Mul", ["x", "s"], "y")]],
    ["swish", [onnxNode("Sigmoid", ["x"], "s"), onnxNode("Mul", ["s", "x"], "y")]],
    ["hard_swish", [onnxNode("HardSigmoid", ["x"], "s", { alpha: float(1 / 6) }), onnxNode("Mul", ["x", "s"], "y")]],
    ["gelu", [...divided, onnxNode("Mul", ["x", "g"], "m"), onnxNode("Mul", ["m", "half"], "y")]],
    ["gelu", [...divided, onnxNode("Mul", ["x", "half"], "m"), onnxNode("Mul", ["m", "g"], "y")]],
    ["gelu", [...scaled, onnxNode("Mul", ["g", "x"], "m"), onnxNode("Mul", ["half", "m"], "y")]],
  ] as const) {
    test(`${name}, ending in ${nodes.at(-1)?.inputs.join(" times ")}`, () => {
      expect(graph(nodes, { constants }).nodes).toMatchObject([{ op: "unary", function: name, inputs: ["x"] }]);
    });
  }

  test("but not where the numbers are others", () => {
    const other = { ...constants, half: floats([], [0.25]) };
    const nodes = [...divided, onnxNode("Mul", ["x", "g"], "m"), onnxNode("Mul", ["m", "half"], "y")];
    expect(graph(nodes, { constants: other }).nodes).toHaveLength(5);
    const twice = [onnxNode("Relu", ["x"], "r"), onnxNode("Sigmoid", ["r"], "s"), onnxNode("Mul", ["x", "s"], "y")];
    expect(graph(twice).nodes).toHaveLength(3);
  });
});

test("a file for one row takes any number of rows", () => {
  const inputs = [{ name: "x", shape: [1, 4] }];
  const { shapes } = graph([onnxNode("Reshape", ["x", "s"], "y")], { inputs, constants: { s: wholes(1, 2, -1) } });
  expect(shapes.get("y")).toEqual([BATCH, 2, 2]);
});

test("extents that the file leaves open are those of the option inputShape", () => {
  const bytes = onnxFile([onnxNode("Relu", ["x"], "y")], { inputs: [{ name: "x", shape: ["n", 3, "h", "w"] }] });
  const sized = (shape?: readonly number[]) => onnxGraph(readOnnx("m.onnx", parseOnnx("m.onnx", bytes)), shape);
  expect(sized([3, 8, 4]).shapes.get("y")).toEqual([BATCH, 3, 8, 4]);
  expect(messageOf(() => sized())).toContain("or the option inputShape, got an open one on axis 2");
  for (const shape of [
    [3, 8],
    [4, 8, 4],
  ]) {
    expect(messageOf(() => sized(shape))).toContain("a shape that fits the file's [3, ?, ?]");
  }
  for (const shape of [
    [3, 8, 0.5],
    [3, -1, 4],
    [3, 1e6, 1e6],
  ])
    expect(messageOf(() => sized(shape))).toContain("input x");
});

describe("refuses", () => {
  test("every operation that does not run, at once, with the names of its nodes", () => {
    const nodes = [
      ...[
        onnxNode("NonZero", ["x"], "a"),
        onnxNode("TopK", ["a"], "b"),
        { ...onnxNode("Attention", ["b"], "c"), domain: "com.microsoft" },
      ],
      ...["d", "e", "f", "g", "h", "i"].map((to, i) => onnxNode("TopK", [String.fromCharCode(99 + i)], to)),
      onnxNode("Relu", ["i"], "y"),
    ];
    const line = refusal(nodes);
    for (const part of ["NonZero (a_node)", "TopK (b_node, d_node", "com.microsoft.Attention (c_node)"]) {
      expect(line).toContain(part);
    }
    expect(line).not.toContain("Relu");
  });

  test("a second output that something takes", () => {
    const nodes = [
      onnxNode("MaxPool", ["x"], ["p", "where"], { kernel_shape: ints(2, 2) }),
      onnxNode("Relu", ["where"], "y"),
    ];
    expect(refusal(nodes, image)).toContain("output 1 of MaxPool (p_node)");
  });

  test("versions that are not known", () => {
    for (const opset of [1, 6, 23, 1e6]) {
      expect(refusal([onnxNode("Relu", ["x"], "y")], { opset })).toBe(
        `m.onnx: expected operations of a version (opset) from 7 to 22, got ${opset}`,
      );
    }
  });

  const whole = (elem_type: number, shape: readonly object[]) => {
    const node = [{ op_type: "Relu", input: ["x"], output: ["y"] }];
    const input = [{ name: "x", type: { tensor_type: { elem_type, shape: { dim: shape } } } }];
    const graph = { node, input, output: [{ name: "y" }] };
    return messageOf(() => graphOf(writeMessage(ModelProto, { graph, opset_import: [{ version: 17 }] } as never)));
  };
  const open = { dim_param: "n" };
  for (const [what, type, shape, words] of [
    ["token ids", 7, [open, { dim_value: 8 }], "whole numbers"],
    ["strings", 8, [open, { dim_value: 8 }], "string"],
    [
      "an extent that is open behind the batch",
      1,
      [open, open],
      "known extents behind the batch, or the option inputShape, got an open one on axis 1",
    ],
    ["a batch of 2", 1, [{ dim_value: 2 }, { dim_value: 8 }], "a batch that is open or 1, got 2"],
    ["a batch alone", 1, [open], "rows behind the batch"],
    ["a billion numbers a row", 1, [open, { dim_value: 1e9 }], "numbers a row"],
  ] as const) {
    test(`an input of ${what}`, () => expect(whole(type, shape)).toContain(words));
  }

  for (const [what, nodes, options, words] of [
    [
      "two inputs",
      [onnxNode("Add", ["x", "z"], "y")],
      {
        inputs: [
          { name: "x", shape: ["n", 4] },
          { name: "z", shape: ["n", 4] },
        ],
      },
      "one input, got 2 (x, z)",
    ],
    [
      "an output that does not depend on the input",
      [onnxNode("Relu", ["c"], "y")],
      { constants: { c: floats([1], [1]) } },
      "one input, got none",
    ],
    [
      "an attribute of another type",
      [onnxNode("Elu", ["x"], "y", { alpha: text("1") })],
      {},
      "y_node (Elu) alpha: expected an attribute of type float",
    ],
    [
      "training",
      [onnxNode("BatchNormalization", ["x", "c", "c", "c", "c"], "y", { training_mode: int(1) })],
      { constants: { c: floats([4], [1, 1, 1, 1]) } },
      "training_mode 0, got 1",
    ],
    [
      "training of version 9",
      [onnxNode("BatchNormalization", ["x", "c", "c", "c", "c"], ["y", "m", "v", "sm", "sv"])],
      { opset: 9, constants: { c: floats([4], [1, 1, 1, 1]) } },
      "one output, as in inference, got 5, as in training",
    ],
    [
      "a word that is none",
      [onnxNode("Gelu", ["x"], "y", { approximate: text("exact") })],
      { opset: 20 },
      "approximate none or tanh, got exact",
    ],
    [
      "an axis that is none",
      [onnxNode("Softmax", ["x"], "y", { axis: int(2) })],
      {},
      "y_node (Softmax): expected an axis of 2, got 2",
    ],
    [
      "a reshape of too many numbers",
      [onnxNode("Reshape", ["x", "s"], "y")],
      { constants: { s: wholes(-1, 3) } },
      "y_node (Reshape)",
    ],
    [
      "a shape that the input's numbers say",
      [onnxNode("Cast", ["x"], "s", { to: int(7) }), onnxNode("Reshape", ["x", "s"], "y")],
      {},
      "known at load",
    ],
    [
      "a constant of a billion numbers",
      [onnxNode("ConstantOfShape", ["s"], "c"), onnxNode("Add", ["x", "c"], "y")],
      { constants: { s: wholes(1000, 1000, 1000) } },
      "at most",
    ],
    [
      "a range of a billion numbers",
      [onnxNode("Range", ["a", "b", "d"], "c"), onnxNode("Add", ["x", "c"], "y")],
      { constants: { a: floats([], [0]), b: floats([], [1e9]), d: floats([], [1]) } },
      "at most",
    ],
    [
      "a kernel of another rank",
      [onnxNode("Conv", ["x", "w"], "y")],
      { ...image, constants: { w: floats([1, 3, 1], [1, 1, 1]) } },
      "a kernel of rank 4, got rank 3",
    ],
    [
      "a kernel of other channels",
      [onnxNode("Conv", ["x", "w"], "y")],
      { ...image, constants: { w: floats([1, 2, 1, 1], [1, 1]) } },
      "[taps, 3 / 1, filters]",
    ],
    [
      "a stride of 0",
      [onnxNode("Conv", ["x", "w"], "y", { strides: ints(0, 1) })],
      { ...image, constants: { w: floats([1, 3, 1, 1], [1, 1, 1]) } },
      "strides of 2 whole numbers >= 1, got [0, 1]",
    ],
    [
      "indices beyond the end",
      [onnxNode("Gather", ["x", "i"], "y", { axis: int(1) })],
      { constants: { i: wholes(4) } },
      "indices in [0, 4)",
    ],
    [
      "a cubic resize",
      [onnxNode("Resize", ["x", "", "s"], "y", { mode: text("cubic") })],
      { ...image, constants: { s: floats([4], [1, 1, 2, 2]) } },
      "mode nearest or linear or bilinear, got cubic",
    ],
  ] as const) {
    test(what, () => expect(refusal(nodes as readonly WrittenNode[], options as FileOptions)).toContain(words));
  }
});
