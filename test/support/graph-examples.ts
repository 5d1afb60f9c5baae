/** Small GraphModels of every operation that is read: a test runs each beside tfjs, a fuzzer damages them. */
import { noise32 } from "./noise.ts";
import { real, TinyGraph, text, texts, truth, type, whole, wholes } from "./tiny-graph.ts";

const IMAGE = [-1, 6, 5, 4];
const PICTURE = () => new TinyGraph().input("x", IMAGE);
export const weights = (n: number, seed = 1) => noise32(n, seed);
export const window = (padding: string, strides = [1, 1], dilations = [1, 1]) => ({
  padding: text(padding),
  strides: wholes(1, ...strides, 1),
  dilations: wholes(1, ...dilations, 1),
  data_format: text("NHWC"),
});
const kernel = (graph: TinyGraph, ...shape: number[]) =>
  graph.constant("k", shape, weights(shape.reduce((a, b) => a * b)));

export const CASES: readonly (readonly [what: string, terms: number, graph: () => TinyGraph])[] = [
  ["Conv2D, valid", 36, () => kernel(PICTURE(), 3, 3, 4, 5).node("Conv2D", "y", ["x", "k"], window("VALID"))],
  [
    "Conv2D, same, strides",
    36,
    () => kernel(PICTURE(), 3, 3, 4, 5).node("Conv2D", "y", ["x", "k"], window("SAME", [2, 1])),
  ],
  ...["Relu", "Relu6", "Elu", "Sigmoid"].map(
    (name) =>
      [
        `_FusedConv2D with ${name}`,
        37,
        () =>
          kernel(PICTURE(), 3, 3, 4, 5)
            .constant("b", [5], weights(5, 2))
            .node("_FusedConv2D", "y", ["x", "k", "b"], {
              ...window("SAME"),
              fused_ops: texts("BiasAdd", name),
              num_args: whole(1),
            }),
      ] as const,
  ),
  [
    "_FusedConv2D with Prelu",
    37,
    () =>
      kernel(PICTURE(), 3, 3, 4, 5)
        .constant("b", [5], weights(5, 2))
        .constant("alpha", [1, 1, 5], weights(5, 3))
        .node("_FusedConv2D", "y", ["x", "k", "b", "alpha"], {
          ...window("SAME"),
          fused_ops: texts("BiasAdd", "Prelu"),
          num_args: whole(2),
        }),
  ],
  [
    "_FusedConv2D with LeakyRelu",
    37,
    () =>
      kernel(PICTURE(), 3, 3, 4, 5)
        .constant("b", [5], weights(5, 2))
        .node("_FusedConv2D", "y", ["x", "k", "b"], {
          ...window("SAME"),
          fused_ops: texts("BiasAdd", "LeakyRelu"),
          num_args: whole(1),
          leakyrelu_alpha: real(0.125),
        }),
  ],
  [
    "DepthwiseConv2dNative, two filters a channel",
    9,
    () => kernel(PICTURE(), 3, 3, 4, 2).node("DepthwiseConv2dNative", "y", ["x", "k"], window("SAME")),
  ],
  [
    "FusedDepthwiseConv2dNative",
    10,
    () =>
      kernel(PICTURE(), 3, 3, 4, 1)
        .constant("b", [4], weights(4, 2))
        .node("FusedDepthwiseConv2dNative", "y", ["x", "k", "b"], {
          ...window("SAME", [2, 2]),
          fused_ops: texts("BiasAdd", "Relu6"),
          num_args: whole(1),
        }),
  ],
  [
    "BiasAdd and Relu behind a convolution, which take no layer of their own",
    37,
    () =>
      kernel(PICTURE(), 3, 3, 4, 5)
        .constant("b", [5], weights(5, 2))
        .node("Conv2D", "c", ["x", "k"], window("SAME"))
        .node("BiasAdd", "d", ["c", "b"], { data_format: text("NHWC") })
        .node("Relu", "y", ["d"]),
  ],
  ...(
    [
      ["same, strides", "SAME", [2, 3], [12, 15]],
      ["same, an odd extent", "SAME", [2, 2], [11, 9]],
      ["valid", "VALID", [2, 1], [13, 6]],
    ] as const
  ).map(
    ([what, padding, strides, extents]) =>
      [
        `Conv2DBackpropInput, ${what}`,
        36,
        () =>
          PICTURE()
            .node("Shape", "s", ["x"], { out_type: type("DT_INT32") })
            .whole("b", [1], [0])
            .whole("e", [1], [1])
            .whole("t", [1], [1])
            .node("StridedSlice", "n", ["s", "b", "e", "t"], { shrink_axis_mask: whole(1) })
            .whole("h", [], [extents[0]])
            .whole("w", [], [extents[1]])
            .whole("c", [], [5])
            .node("Pack", "p", ["n", "h", "w", "c"], { axis: whole(0) })
            .constant("k", [3, 2, 5, 4], weights(120))
            .node("Conv2DBackpropInput", "y", ["p", "k", "x"], window(padding, [...strides])),
      ] as const,
  ),
  [
    "Conv2DBackpropInput with a bias and Relu behind it",
    37,
    () =>
      PICTURE()
        .whole("p", [4], [2, 12, 10, 5])
        .constant("k", [4, 4, 5, 4], weights(320))
        .constant("b", [5], weights(5, 2))
        .node("Conv2DBackpropInput", "c", ["p", "k", "x"], window("SAME", [2, 2]))
        .node("BiasAdd", "d", ["c", "b"], { data_format: text("NHWC") })
        .node("Relu", "y", ["d"]),
  ],
  ["MaxPool", 8, () => PICTURE().node("MaxPool", "y", ["x"], { ...window("SAME", [2, 2]), ksize: wholes(1, 3, 3, 1) })],
  [
    "AvgPool",
    8,
    () => PICTURE().node("AvgPool", "y", ["x"], { ...window("VALID", [2, 2]), ksize: wholes(1, 2, 2, 1) }),
  ],
  [
    "Mean over the image",
    30,
    () =>
      PICTURE()
        .whole("axes", [2], [1, 2])
        .node("Mean", "y", ["x", "axes"], { keep_dims: truth(false) }),
  ],
  [
    "Mean that keeps axes",
    30,
    () =>
      PICTURE()
        .whole("axes", [2], [-3, 2])
        .node("Mean", "y", ["x", "axes"], { keep_dims: truth(true) }),
  ],
  [
    "Mean over channels",
    8,
    () =>
      PICTURE()
        .whole("axes", [1], [3])
        .node("Mean", "y", ["x", "axes"], { keep_dims: truth(false) }),
  ],
  [
    "Max over rows",
    8,
    () =>
      PICTURE()
        .whole("axes", [1], [1])
        .node("Max", "y", ["x", "axes"], { keep_dims: truth(false) }),
  ],
  ["Pad", 8, () => PICTURE().whole("p", [4, 2], [0, 0, 1, 2, 0, 1, 0, 0]).node("Pad", "y", ["x", "p"])],
  ["Reshape with an open extent", 8, () => PICTURE().whole("s", [2], [-1, 120]).node("Reshape", "y", ["x", "s"])],
  ["Transpose", 8, () => PICTURE().whole("o", [4], [0, 3, 1, 2]).node("Transpose", "y", ["x", "o"])],
  [
    "ExpandDims and Squeeze",
    8,
    () =>
      PICTURE()
        .whole("a", [], [2])
        .node("ExpandDims", "e", ["x", "a"])
        .node("Squeeze", "y", ["e"], { squeeze_dims: wholes(2) }),
  ],
  ["ConcatV2", 8, () => PICTURE().node("Relu", "r", ["x"]).whole("a", [], [3]).node("ConcatV2", "y", ["x", "r", "a"])],
  [
    "Pack",
    8,
    () =>
      PICTURE()
        .node("Relu", "r", ["x"])
        .node("Pack", "y", ["x", "r"], { axis: whole(-1) }),
  ],
  [
    "AddV2, Sub, Mul, Maximum of two values",
    8,
    () =>
      PICTURE()
        .node("Relu", "r", ["x"])
        .node("AddV2", "a", ["x", "r"])
        .node("Sub", "s", ["a", "x"])
        .node("Mul", "m", ["s", "x"])
        .node("Maximum", "y", ["m", "x"]),
  ],
  ["AddN", 8, () => PICTURE().node("Relu", "r", ["x"]).node("AddN", "y", ["x", "r", "x"])],
  [
    "a gate of one number a channel",
    30,
    () =>
      PICTURE()
        .whole("axes", [2], [1, 2])
        .node("Mean", "m", ["x", "axes"], { keep_dims: truth(true) })
        .node("Sigmoid", "s", ["m"])
        .node("Mul", "y", ["x", "s"]),
  ],
  [
    "numbers of the model: for all",
    8,
    () =>
      PICTURE()
        .constant("two", [], [2])
        .constant("one", [], [0.75])
        .node("Mul", "m", ["two", "x"])
        .node("Sub", "y", ["m", "one"]),
  ],
  [
    "one a channel",
    8,
    () =>
      PICTURE()
        .constant("a", [4], weights(4))
        .constant("b", [1, 1, 1, 4], weights(4, 2))
        .node("Mul", "m", ["x", "a"])
        .node("AddV2", "y", ["m", "b"]),
  ],
  ["one a pixel", 8, () => PICTURE().constant("a", [6, 5, 1], weights(30)).node("Mul", "y", ["x", "a"])],
  [
    "one a column, and a shift a channel",
    8,
    () =>
      PICTURE()
        .constant("a", [1, 1, 5, 1], weights(5))
        .constant("b", [4], weights(4, 2))
        .node("Mul", "m", ["x", "a"])
        .node("AddV2", "y", ["m", "b"]),
  ],
  [
    "from a constant, and divided by one",
    8,
    () =>
      PICTURE()
        .constant("a", [4], weights(4))
        .constant("b", [], [3])
        .node("Sub", "m", ["a", "x"])
        .node("RealDiv", "y", ["m", "b"]),
  ],
  [
    "Minimum and Maximum as bounds",
    8,
    () =>
      PICTURE()
        .constant("a", [], [0.25])
        .constant("b", [], [0])
        .node("Relu", "r", ["x"])
        .node("Minimum", "m", ["r", "a"])
        .node("Maximum", "y", ["m", "b"]),
  ],
  ["Prelu", 8, () => PICTURE().constant("a", [1, 1, 4], weights(4)).node("Prelu", "y", ["x", "a"])],
  ["LeakyRelu", 8, () => PICTURE().node("LeakyRelu", "y", ["x"], { alpha: real(0.25) })],
  ...["Relu", "Relu6", "Elu", "Selu", "Sigmoid", "Tanh", "Softplus", "Neg"].map(
    (op) => [op, 8, () => PICTURE().node(op, "y", ["x"])] as const,
  ),
  ...["Exp", "Square", "Abs", "Erf"].map((op) => [op, 16, () => PICTURE().node(op, "y", ["x"])] as const),
  ...["Log", "Sqrt", "Rsqrt", "Reciprocal"].map(
    (op) =>
      [op, 64, () => PICTURE().constant("c", [], [1.5]).node("AddV2", "a", ["x", "c"]).node(op, "y", ["a"])] as const,
  ),
  [
    "Minimum, SquaredDifference, RealDiv of two values",
    64,
    () =>
      PICTURE()
        .node("Sigmoid", "s", ["x"])
        .node("Minimum", "m", ["x", "s"])
        .node("SquaredDifference", "d", ["m", "s"])
        .node("RealDiv", "y", ["d", "s"]),
  ],
  [
    "one divided by a value, and its square",
    64,
    () =>
      PICTURE()
        .constant("c", [], [1])
        .constant("p", [], [2])
        .node("Sigmoid", "s", ["x"])
        .node("RealDiv", "d", ["c", "s"])
        .node("Pow", "y", ["d", "p"]),
  ],
  [
    "bounds of both signs",
    8,
    () => PICTURE().constant("a", [], [-0.25]).constant("b", [], [0.5]).node("ClipByValue", "y", ["x", "a", "b"]),
  ],
  [
    "a constant that is larger than the value",
    8,
    () =>
      PICTURE()
        .whole("axes", [2], [1, 2])
        .node("Mean", "m", ["x", "axes"], { keep_dims: truth(true) })
        .constant("a", [3, 2, 4], weights(24))
        .node("Mul", "y", ["m", "a"]),
  ],
  ...(
    [
      ["Sum", [1]],
      ["Min", [2, 3]],
      ["Prod", [2]],
      ["Max", [1, 2, 3]],
      ["Mean", [1, 3]],
    ] as const
  ).map(
    ([op, axes]) =>
      [
        `${op} over axes ${axes}`,
        40,
        () =>
          PICTURE()
            .whole("axes", [axes.length], axes)
            .node(op, "y", ["x", "axes"], { keep_dims: truth(false) }),
      ] as const,
  ),
  [
    "PadV2 with a value, of channels too",
    8,
    () =>
      PICTURE()
        .whole("p", [4, 2], [0, 0, 1, 2, 0, 1, 1, 0])
        .constant("v", [], [0.5])
        .node("PadV2", "y", ["x", "p", "v"]),
  ],
  ...["REFLECT", "SYMMETRIC"].map(
    (mode) =>
      [
        `MirrorPad, ${mode}`,
        8,
        () =>
          PICTURE()
            .whole("p", [4, 2], [0, 0, 1, 2, 2, 1, 0, 0])
            .node("MirrorPad", "y", ["x", "p"], { mode: text(mode) }),
      ] as const,
  ),
  [
    "Slice",
    8,
    () => PICTURE().whole("b", [4], [0, 1, 0, 2]).whole("s", [4], [-1, 3, -1, 2]).node("Slice", "y", ["x", "b", "s"]),
  ],
  [
    "StridedSlice with masks and steps",
    8,
    () =>
      PICTURE()
        .whole("b", [4], [0, 1, 4, 0])
        .whole("e", [4], [0, -1, 0, 3])
        .whole("t", [4], [1, 2, -1, 2])
        .node("StridedSlice", "y", ["x", "b", "e", "t"], { begin_mask: whole(1), end_mask: whole(5) }),
  ],
  [
    "StridedSlice that drops an axis, behind an ellipsis",
    8,
    () =>
      PICTURE()
        .whole("b", [2], [0, 1])
        .whole("e", [2], [0, 2])
        .whole("t", [2], [1, 1])
        .node("StridedSlice", "y", ["x", "b", "e", "t"], { ellipsis_mask: whole(1), shrink_axis_mask: whole(2) }),
  ],
  [
    "Split",
    8,
    () =>
      PICTURE()
        .whole("a", [], [3])
        .node("Split", "s", ["a", "x"], { num_split: whole(2) })
        .node("Sub", "y", ["s:1", "s"]),
  ],
  [
    "SplitV",
    8,
    () =>
      PICTURE()
        .whole("n", [2], [1, -1])
        .whole("a", [], [1])
        .node("SplitV", "s", ["x", "n", "a"])
        .node("Relu", "y", ["s:1"]),
  ],
  [
    "Unpack",
    8,
    () =>
      PICTURE()
        .node("Unpack", "u", ["x"], { axis: whole(3), num: whole(4) })
        .node("Mul", "y", ["u:3", "u"]),
  ],
  [
    "GatherV2",
    8,
    () => PICTURE().whole("i", [3], [3, 0, 3]).whole("a", [], [3]).node("GatherV2", "y", ["x", "i", "a"]),
  ],
  ["Tile", 8, () => PICTURE().whole("r", [4], [1, 2, 1, 3]).node("Tile", "y", ["x", "r"])],
  ["LogSoftmax", 40, () => new TinyGraph().input("x", [-1, 9]).node("LogSoftmax", "y", ["x"])],
  [
    "LRN",
    64,
    () =>
      PICTURE().node("LRN", "y", ["x"], { depth_radius: whole(1), bias: real(1), alpha: real(0.5), beta: real(0.75) }),
  ],
  [
    "a layer normalisation in parts",
    64,
    () =>
      new TinyGraph()
        .input("x", [-1, 6, 8])
        .whole("axes", [1], [2])
        .node("Mean", "m", ["x", "axes"], { keep_dims: truth(true) })
        .node("SquaredDifference", "d", ["x", "m"])
        .node("Mean", "v", ["d", "axes"], { keep_dims: truth(true) })
        .constant("e", [], [0.25])
        .node("AddV2", "a", ["v", "e"])
        .node("Rsqrt", "r", ["a"])
        .constant("g", [8], weights(8))
        .node("Mul", "s", ["r", "g"])
        .node("Sub", "c", ["x", "m"])
        .node("Mul", "y", ["c", "s"]),
  ],
  ...(
    [
      ["repeats pixels", [12, 15], false, false],
      ["of other sides", [4, 7], false, false],
      ["by half pixels", [9, 8], false, true],
      ["corner to corner", [11, 9], true, false],
    ] as const
  ).map(
    ([what, extents, corners, half]) =>
      [
        `ResizeNearestNeighbor ${what}`,
        8,
        () =>
          PICTURE()
            .whole("s", [2], extents)
            .node("ResizeNearestNeighbor", "y", ["x", "s"], {
              align_corners: truth(corners),
              half_pixel_centers: truth(half),
            }),
      ] as const,
  ),
  ["Softmax", 16, () => PICTURE().node("Softmax", "y", ["x"])],
  [
    "FusedBatchNormV3",
    8,
    () =>
      PICTURE()
        .constant("g", [4], weights(4))
        .constant("b", [4], weights(4, 2))
        .constant("m", [4], weights(4, 3))
        .constant("v", [4], [1, 1.5, 2, 0.75])
        .node("FusedBatchNormV3", "y", ["x", "g", "b", "m", "v"], { epsilon: real(0.001), data_format: text("NHWC") }),
  ],
  [
    "MatMul",
    30,
    () => new TinyGraph().input("x", [-1, 30]).constant("w", [30, 7], weights(210)).node("MatMul", "y", ["x", "w"]),
  ],
  [
    "MatMul, transposed",
    30,
    () =>
      new TinyGraph()
        .input("x", [-1, 30])
        .constant("w", [7, 30], weights(210))
        .node("MatMul", "y", ["x", "w"], { transpose_b: truth(true) }),
  ],
  [
    "_FusedMatMul",
    31,
    () =>
      new TinyGraph()
        .input("x", [-1, 30])
        .constant("w", [30, 7], weights(210))
        .constant("b", [7], weights(7, 2))
        .node("_FusedMatMul", "y", ["x", "w", "b"], { fused_ops: texts("BiasAdd", "Relu"), num_args: whole(1) }),
  ],
  [
    "BatchMatMulV2 of two values, one of them transposed",
    20,
    () =>
      new TinyGraph()
        .input("x", [-1, 4, 5])
        .node("Relu", "r", ["x"])
        .node("BatchMatMulV2", "y", ["x", "r"], { adj_x: truth(false), adj_y: truth(true) }),
  ],
  ...(["Conv3D", "MaxPool3D", "AvgPool3D"] as const).map(
    (op) =>
      [
        op,
        54,
        () => {
          const graph = new TinyGraph().input("x", [-1, 4, 5, 6, 2]);
          const sliding = { padding: text("SAME"), strides: wholes(1, 2, 1, 2, 1), data_format: text("NDHWC") };
          // With [2, 3, 2] and a border tfjs on the cpu gives other gradients than f64 does (volume.test.ts).
          const cubes = { ...sliding, padding: text("VALID"), ksize: wholes(1, 2, 2, 2, 1) };
          if (op !== "Conv3D") return graph.node(op, "y", ["x"], cubes);
          return graph
            .constant("k", [3, 2, 3, 2, 3], weights(108))
            .node(op, "y", ["x", "k"], { ...sliding, dilations: wholes(1, 1, 1, 1, 1) });
        },
      ] as const,
  ),
  [
    "BatchMatMulV2 over the last axis",
    5,
    () =>
      new TinyGraph().input("x", [-1, 6, 5]).constant("w", [5, 7], weights(35)).node("BatchMatMulV2", "y", ["x", "w"]),
  ],
  [
    "a flattening that asks for the shape of its input",
    8,
    () =>
      PICTURE()
        .node("Shape", "s", ["x"], { out_type: type("DT_INT32") })
        .whole("b", [1], [0])
        .whole("e", [1], [1])
        .whole("t", [1], [1])
        .node("StridedSlice", "n", ["s", "b", "e", "t"], { shrink_axis_mask: whole(1) })
        .whole("rest", [], [120])
        .node("Pack", "p", ["n", "rest"], { axis: whole(0) })
        .node("Reshape", "y", ["x", "p"]),
  ],
];

export const EXAMPLE_GRAPHS = CASES.map(([, , graph]) => graph);
