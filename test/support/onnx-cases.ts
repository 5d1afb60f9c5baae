/**
 * Every operation of ONNX that is read, alone, in the forms that its versions give it: what the tests of the reader walk
 * through. Each case is a file from `x` to `y`, the result flattened.
 */
import type { OnnxConstant, WrittenAttribute, WrittenNode } from "../../src/formats/onnx/write.ts";
import { noise32 } from "./noise.ts";
import { float, floatList, floats, int, ints, onnxFile, onnxNode, text, wholes } from "./onnx-files.ts";

export interface OnnxCase {
  readonly title: string;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is added to all numbers of the input, which lie in [-1, 1]. */
  readonly shift: number;
}

type Attributes = Readonly<Record<string, WrittenAttribute>>;
type Constants = Readonly<Record<string, OnnxConstant>>;

interface Options {
  opset?: number;
  attributes?: Attributes;
  /** In the order in which the operation takes them behind x; "" in a name's place leaves an input out. */
  constants?: Constants;
  inputs?: readonly string[];
  shift?: number;
  /** A word on the case, where an operation has several. */
  how?: string;
  batch?: number | string;
  /** Of a row, in the place of the usual one. */
  shape?: readonly number[];
}

const weights = (shape: readonly number[], seed = 3): OnnxConstant =>
  floats(
    shape,
    noise32(
      shape.reduce((product, n) => product * n, 1),
      seed,
    ),
  );
/** Numbers in [1/2, 3/2]. */
const positive = (shape: readonly number[]): OnnxConstant =>
  floats(
    shape,
    noise32(
      shape.reduce((product, n) => product * n, 1),
      4,
    ).map((value) => 1 + value / 2),
  );

function nodesCase(
  title: string,
  shape: readonly number[],
  nodes: readonly WrittenNode[],
  options: Options = {},
): OnnxCase {
  const { opset = 17, constants = {}, shift = 0, batch = "batch" } = options;
  const inputs = [{ name: "x", shape: [batch, ...shape] }];
  const bytes = onnxFile([...nodes, onnxNode("Flatten", ["r"], "y")], { opset, inputs, constants });
  return { title: `${title} of version ${opset}`, shape, bytes, shift };
}

function only(op: string, shape: readonly number[], options: Options = {}): OnnxCase {
  const { attributes = {}, constants = {}, how = "" } = options;
  const inputs = ["x", ...(options.inputs ?? Object.keys(constants))];
  const title = how === "" ? op : `${op}, ${how},`;
  return nodesCase(title, options.shape ?? shape, [onnxNode(op, inputs, "r", attributes)], options);
}

const IMAGE = [4, 6, 5];
const ROW = [7];

const UNARY = [
  ...["Abs", "Elu", "Erf", "Exp", "HardSigmoid", "HardSwish", "LeakyRelu", "Neg", "Relu", "Selu", "Sigmoid"],
  ...["Softplus", "Softsign", "Tanh", "ThresholdedRelu", "Celu"],
].map((op) => only(op, ROW));

/** What does nothing, before what does something. */
const idle = (op: string, attributes: Attributes = {}): OnnxCase =>
  nodesCase(op, ROW, [onnxNode(op, ["x"], "i", attributes), onnxNode("Relu", ["i"], "r")]);

const FUNCTIONS: OnnxCase[] = [
  ...UNARY,
  ...["Sqrt", "Log", "Reciprocal"].map((op) => only(op, ROW, { shift: 2 })),
  only("Elu", ROW, { attributes: { alpha: float(0.5) }, how: "alpha 1/2" }),
  only("Selu", ROW, { attributes: { alpha: float(1.5), gamma: float(1.25) }, how: "of other numbers" }),
  only("Celu", ROW, { attributes: { alpha: float(0.5) }, how: "alpha 1/2" }),
  only("HardSigmoid", ROW, { attributes: { alpha: float(0.5), beta: float(0.25) }, how: "of other numbers" }),
  only("LeakyRelu", IMAGE, { attributes: { alpha: float(0.25) }, how: "on images" }),
  only("ThresholdedRelu", ROW, { attributes: { alpha: float(0.25) }, how: "alpha 1/4" }),
  only("Mish", ROW, { opset: 18 }),
  only("Gelu", ROW, { opset: 20 }),
  only("Gelu", ROW, { opset: 20, attributes: { approximate: text("tanh") }, how: "by tanh" }),
  only("Clip", ROW, { opset: 7, attributes: { min: float(-0.5), max: float(0.25) }, how: "bounds as attributes" }),
  only("Clip", ROW, { constants: { lo: floats([], [-0.5]), hi: floats([], [0.25]) }, how: "bounds as inputs" }),
  only("Clip", ROW, { constants: { hi: floats([], [0.25]) }, inputs: ["", "hi"], how: "no lower bound" }),
  only("Clip", ROW, { constants: { lo: floats([], [0]), hi: floats([], [6]) }, how: "a relu6" }),
  only("PRelu", ROW, { constants: { slope: weights([7]) } }),
  only("PRelu", IMAGE, { constants: { slope: weights([4, 1, 1]) }, how: "a slope for each channel" }),
  nodesCase("x Sigmoid(x)", ROW, [onnxNode("Sigmoid", ["x"], "s"), onnxNode("Mul", ["s", "x"], "r")]),
  idle("Identity"),
  idle("Dropout"),
  idle("Cast", { to: int(1) }),
];

const BINARY: OnnxCase[] = [
  ...["Add", "Sub", "Mul", "Max", "Min", "Sum", "Mean"].flatMap((op) => [
    only(op, ROW, { constants: { c: weights([7]) }, how: "with a vector" }),
    only(op, IMAGE, { constants: { c: weights([4, 1, 1]) }, how: "with a number for each channel" }),
    nodesCase(`${op} of two values`, IMAGE, [onnxNode("Relu", ["x"], "a"), onnxNode(op, ["a", "x"], "r")]),
  ]),
  only("Add", IMAGE, { constants: { c: weights([1, 5]) }, how: "with a number for each column" }),
  only("Div", ROW, { constants: { c: positive([7]) }, how: "by a vector" }),
  only("Div", ROW, { constants: { c: weights([]) }, inputs: ["c"], how: "by a number" }),
  nodesCase("Div of two values", ROW, [onnxNode("Exp", ["x"], "a"), onnxNode("Div", ["x", "a"], "r")]),
  nodesCase("a number over x", ROW, [onnxNode("Div", ["c", "x"], "r")], {
    constants: { c: floats([], [2]) },
    shift: 3,
  }),
  nodesCase("a number less x", ROW, [onnxNode("Sub", ["c", "x"], "r")], { constants: { c: floats([], [2]) } }),
  ...[2, 0.5, 3, -1, 1.5].map((p) => {
    return only("Pow", ROW, { constants: { p: floats([], [p]) }, shift: 2, how: `by ${p}` });
  }),
  nodesCase("Max of three", ROW, [onnxNode("Neg", ["x"], "a"), onnxNode("Max", ["x", "a", "c"], "r")], {
    constants: { c: weights([7]) },
  }),
  nodesCase("a gate for each channel", IMAGE, [
    onnxNode("GlobalAveragePool", ["x"], "p"),
    onnxNode("Sigmoid", ["p"], "g"),
    onnxNode("Mul", ["x", "g"], "r"),
  ]),
];

const conv = (how: string, kernel: readonly number[], attributes: Attributes = {}, options: Options = {}): OnnxCase =>
  only("Conv", IMAGE, {
    constants: { w: weights(kernel), b: weights([kernel[0] as number], 9) },
    attributes,
    how,
    ...options,
  });
const back = (how: string, kernel: readonly number[], attributes: Attributes = {}, options: Options = {}): OnnxCase =>
  only("ConvTranspose", IMAGE, { constants: { w: weights(kernel) }, attributes, how, ...options });

const PRODUCTS: OnnxCase[] = [
  conv("3 x 3", [3, 4, 3, 3]),
  conv("3 x 2 with a border", [3, 4, 3, 2], { pads: ints(1, 0, 2, 1), strides: ints(2, 1) }),
  conv("SAME_UPPER", [3, 4, 3, 2], { auto_pad: text("SAME_UPPER"), strides: ints(2, 2) }),
  conv("SAME_LOWER", [3, 4, 3, 2], { auto_pad: text("SAME_LOWER"), strides: ints(2, 2) }),
  conv("VALID", [3, 4, 3, 2], { auto_pad: text("VALID") }),
  conv("dilated", [3, 4, 2, 2], { dilations: ints(2, 3) }),
  conv("in two groups", [6, 2, 3, 3], { group: int(2), pads: ints(1, 1, 1, 1) }),
  conv("depthwise", [4, 1, 3, 3], { group: int(4) }),
  conv("depthwise, two filters a channel", [8, 1, 3, 3], { group: int(4) }),
  conv("1 x 1", [5, 4, 1, 1]),
  conv("without an offset", [3, 4, 3, 3], {}, { constants: { w: weights([3, 4, 3, 3]) } }),
  conv("of version 7", [3, 4, 3, 3], { kernel_shape: ints(3, 3) }, { opset: 7 }),
  only("Conv", [3, 9], { constants: { w: weights([2, 3, 3]) }, attributes: { strides: ints(2) }, how: "of sequences" }),
  back("2 x 2, stride 2", [4, 3, 2, 2], { strides: ints(2, 2) }),
  back("3 x 3 with a border", [4, 3, 3, 3], {
    strides: ints(2, 2),
    pads: ints(1, 1, 1, 1),
    output_padding: ints(1, 1),
  }),
  back("of a stated extent", [4, 3, 3, 3], { strides: ints(2, 2), output_shape: ints(12, 10) }),
  back("SAME_UPPER", [4, 3, 3, 3], { strides: ints(2, 2), auto_pad: text("SAME_UPPER") }),
  back("SAME_LOWER", [4, 3, 3, 2], { strides: ints(2, 3), auto_pad: text("SAME_LOWER") }),
  back("VALID", [4, 3, 3, 2], { strides: ints(2, 2), auto_pad: text("VALID") }),
  back("a stride beyond its taps", [4, 3, 2, 1], { strides: ints(3, 2) }),
  back("of a stated extent with uneven borders", [4, 3, 4, 3], { strides: ints(2, 1), output_shape: ints(11, 6) }),
  back("dilated", [4, 3, 3, 2], { dilations: ints(2, 3), strides: ints(2, 1) }),
  back("dilated, with a border and more behind", [4, 3, 3, 2], {
    ...{ dilations: ints(2, 3), strides: ints(2, 2), pads: ints(1, 0, 2, 1), output_padding: ints(1, 1) },
  }),
  back("in two groups", [4, 3, 2, 2], { strides: ints(2, 2), group: int(2) }),
  back(
    "in two groups, with an offset and a border",
    [4, 3, 3, 2],
    { strides: ints(2, 1), group: int(2), pads: ints(1, 1, 0, 0) },
    {
      constants: { w: weights([4, 3, 3, 2]), b: weights([6], 9) },
    },
  ),
  back("a group for each channel", [4, 1, 4, 4], { strides: ints(2, 2), group: int(4), pads: ints(1, 1, 1, 1) }),
  back(
    "two channels a filter in four groups",
    [8, 1, 3, 3],
    { strides: ints(2, 2), group: int(4) },
    { shape: [8, 4, 3] },
  ),
  back("of version 7", [4, 3, 3, 3], { kernel_shape: ints(3, 3), strides: ints(2, 2) }, { opset: 7 }),
  only("ConvTranspose", [3, 9], {
    constants: { w: weights([3, 2, 3]) },
    ...{ attributes: { strides: ints(2), pads: ints(1, 0), output_padding: ints(1) }, how: "of sequences" },
  }),
  nodesCase(
    "ConvTranspose with its offset and a relu behind it",
    IMAGE,
    [
      onnxNode("ConvTranspose", ["x", "w"], "c", { strides: ints(2, 2) }),
      ...[onnxNode("Add", ["c", "b"], "a"), onnxNode("Relu", ["a"], "r")],
    ],
    { constants: { w: weights([4, 3, 2, 2]), b: weights([3, 1, 1]) } },
  ),
  only("Gemm", ROW, { constants: { w: weights([7, 5]), b: weights([5]) } }),
  only("Gemm", ROW, {
    constants: { w: weights([5, 7]), b: weights([1, 5]) },
    attributes: { transB: int(1) },
    how: "transposed",
  }),
  only("Gemm", ROW, {
    constants: { w: weights([7, 5]), b: weights([5]) },
    ...{ attributes: { alpha: float(0.5), beta: float(2) }, how: "scaled" },
  }),
  only("Gemm", ROW, { constants: { w: weights([7, 5]) }, opset: 11, how: "without an offset" }),
  only("MatMul", ROW, { constants: { w: weights([7, 5]) } }),
  only("MatMul", [3, 7], { constants: { w: weights([7, 5]) }, how: "of sequences" }),
  nodesCase("MatMul by a constant on the left", [3, 4], [onnxNode("MatMul", ["w", "x"], "r")], {
    constants: { w: weights([5, 3]) },
  }),
  nodesCase("MatMul by another constant for each head", [2, 3, 4], [onnxNode("MatMul", ["x", "w"], "r")], {
    constants: { w: weights([1, 2, 4, 5]) },
  }),
  nodesCase(
    "MatMul of two values",
    [3, 4],
    [onnxNode("Transpose", ["x"], "t", { perm: ints(0, 2, 1) }), onnxNode("MatMul", ["x", "t"], "r")],
  ),
];

const pool = (op: string, how: string, attributes: Attributes, opset = 17): OnnxCase =>
  only(op, IMAGE, { attributes: { kernel_shape: ints(3, 2), ...attributes }, how, opset });

const POOLS: OnnxCase[] = [
  ...["MaxPool", "AveragePool"].flatMap((op) => [
    pool(op, "plain", {}, 7),
    pool(op, "stride 2", { strides: ints(2, 2) }),
    pool(op, "with a border", { strides: ints(2, 2), pads: ints(1, 0, 1, 1) }),
    pool(op, "SAME_UPPER", { strides: ints(2, 2), auto_pad: text("SAME_UPPER") }),
    pool(op, "rounded up", { strides: ints(2, 2), ceil_mode: int(1) }),
    pool(op, "rounded up, with a border", { strides: ints(2, 2), pads: ints(1, 1, 1, 1), ceil_mode: int(1) }),
  ]),
  pool("MaxPool", "dilated", { dilations: ints(2, 2) }),
  pool("MaxPool", "dilated, with a border and strides", {
    ...{ dilations: ints(2, 3), strides: ints(2, 1), pads: ints(1, 1, 2, 0) },
  }),
  pool("AveragePool", "dilated", { dilations: ints(2, 1) }, 19),
  pool(
    "AveragePool",
    "dilated, counting its border",
    {
      ...{ dilations: ints(2, 2), pads: ints(1, 1, 1, 1), count_include_pad: int(1) },
    },
    19,
  ),
  only("MaxPool", [3, 9], { attributes: { kernel_shape: ints(3), dilations: ints(2) }, how: "of sequences, dilated" }),
  pool("AveragePool", "counting its border", { pads: ints(1, 1, 1, 1), count_include_pad: int(1) }),
  only("GlobalAveragePool", IMAGE),
  only("GlobalMaxPool", IMAGE),
];

const reduce = (op: string, shape: readonly number[], axes: readonly number[], options: Options = {}): OnnxCase =>
  only(op, shape, {
    attributes: { axes: ints(...axes), ...options.attributes },
    how: `over ${axes.join(" and ")}`,
    ...options,
  });

const REDUCTIONS: OnnxCase[] = [
  ...["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"].flatMap(
    (op) => [reduce(op, IMAGE, [2, 3]), reduce(op, [3, 7], [-1])],
  ),
  reduce("ReduceSum", IMAGE, [2, 3], { opset: 11 }),
  reduce("ReduceProd", [3, 4], [-1], { shift: 2 }),
  reduce("ReduceLogSum", [3, 4], [-1], { shift: 2 }),
  reduce("ReduceMean", IMAGE, [1]),
  only("ReduceSum", IMAGE, {
    constants: { axes: wholes(2, 3) },
    attributes: { keepdims: int(0) },
    how: "axes as an input",
  }),
  only("ReduceMean", IMAGE, { constants: { axes: wholes(2, 3) }, opset: 18, how: "axes as an input" }),
  only("Softmax", [3, 7], { attributes: { axis: int(-1) } }),
  only("Softmax", IMAGE, { attributes: { axis: int(1) }, how: "over the channels" }),
  only("Softmax", [3, 7], { opset: 11, how: "over all axes from the second on" }),
  only("LogSoftmax", [3, 7], { attributes: { axis: int(-1) } }),
];

const moments = { scale: weights([4]), offset: weights([4], 7), mean: weights([4], 8), variance: positive([4]) };

const NORMALISATIONS: OnnxCase[] = [
  only("BatchNormalization", IMAGE, { constants: moments, attributes: { epsilon: float(0.01) } }),
  only("BatchNormalization", [4], { constants: moments, how: "of vectors" }),
  only("LayerNormalization", [3, 8], { constants: { scale: weights([8]), offset: weights([8], 7) } }),
  only("LayerNormalization", [3, 8], {
    constants: { scale: weights([3, 8]) },
    attributes: { axis: int(1) },
    how: "over two axes",
  }),
  only("InstanceNormalization", IMAGE, { constants: { scale: weights([4]), offset: weights([4], 7) } }),
  only("GroupNormalization", IMAGE, {
    constants: { scale: weights([4]), offset: weights([4], 7) },
    ...{ attributes: { num_groups: int(2) }, opset: 21 },
  }),
  only("LRN", IMAGE, { attributes: { size: int(3), alpha: float(0.5), beta: float(0.75), bias: float(2) } }),
  only("LpNormalization", ROW, { attributes: { axis: int(-1) } }),
];

const SHAPES: OnnxCase[] = [
  only("Flatten", IMAGE),
  only("Reshape", IMAGE, { constants: { shape: wholes(-1, 120) } }),
  only("Reshape", IMAGE, { constants: { shape: wholes(0, 2, -1) }, how: "copying an extent" }),
  only("Reshape", IMAGE, { constants: { shape: wholes(1, -1) }, batch: 1, how: "of a file for one row" }),
  only("Transpose", IMAGE, { attributes: { perm: ints(0, 2, 3, 1) }, how: "to channels last" }),
  only("Transpose", IMAGE, { attributes: { perm: ints(0, 1, 3, 2) }, how: "of rows and columns" }),
  only("Squeeze", [4, 1, 5], { opset: 11, attributes: { axes: ints(2) }, how: "axes as an attribute" }),
  only("Squeeze", [4, 1, 5], { constants: { axes: wholes(-2) }, how: "axes as an input" }),
  only("Unsqueeze", [4, 5], { opset: 11, attributes: { axes: ints(1, 3) }, how: "axes as an attribute" }),
  only("Unsqueeze", [4, 5], { constants: { axes: wholes(-1) }, how: "axes as an input" }),
  nodesCase("Concat", IMAGE, [onnxNode("Neg", ["x"], "a"), onnxNode("Concat", ["x", "a"], "r", { axis: int(1) })]),
  nodesCase("Concat along columns", IMAGE, [
    onnxNode("Neg", ["x"], "a"),
    onnxNode("Concat", ["x", "a"], "r", { axis: int(-1) }),
  ]),
  only("Slice", IMAGE, {
    ...{ opset: 9, how: "bounds as attributes" },
    attributes: { starts: ints(1, 0), ends: ints(3, -1), axes: ints(1, 3) },
  }),
  only("Slice", IMAGE, {
    constants: { starts: wholes(1, 0), ends: wholes(3, 2 ** 52), axes: wholes(1, 2), steps: wholes(1, 2) },
    how: "in steps",
  }),
  only("Slice", ROW, {
    constants: { s: wholes(-1), e: wholes(-(2 ** 52)), a: wholes(1), t: wholes(-1) },
    how: "backwards",
  }),
  nodesCase("Split", IMAGE, [onnxNode("Split", ["x"], ["a", "b"], { axis: int(1) }), onnxNode("Sub", ["a", "b"], "r")]),
  nodesCase(
    "Split in stated parts",
    [7],
    [
      onnxNode("Split", ["x", "parts"], ["a", "b"], { axis: int(1) }),
      onnxNode("Neg", ["a"], "c"),
      onnxNode("Concat", ["b", "c"], "r", { axis: int(1) }),
    ],
    { constants: { parts: wholes(3, 4) } },
  ),
  only("Pad", IMAGE, { opset: 9, attributes: { pads: ints(0, 0, 1, 2, 0, 0, 0, 1) }, how: "as an attribute" }),
  only("Pad", IMAGE, { constants: { pads: wholes(0, 0, 1, 2, 0, 0, 0, 1) }, how: "as an input" }),
  only("Pad", IMAGE, {
    constants: { pads: wholes(0, 0, 1, 0, 0, 0, 0, 0), value: floats([], [0.5]) },
    how: "with a number",
  }),
  only("Pad", IMAGE, { constants: { pads: wholes(0, 0, -1, 0, 0, 0, 0, -2) }, how: "that cuts" }),
  only("Pad", IMAGE, {
    constants: { pads: wholes(0, 0, 1, 2, 0, 0, 2, 1) },
    attributes: { mode: text("reflect") },
    how: "reflected",
  }),
  only("Pad", IMAGE, {
    constants: { pads: wholes(0, 0, 1, 2, 0, 0, 2, 1) },
    attributes: { mode: text("edge") },
    how: "by its edge",
  }),
  only("Gather", IMAGE, { constants: { i: wholes(2, -4, 0) }, attributes: { axis: int(1) }, how: "of channels" }),
  only("Gather", [3, 7], {
    constants: { i: { shape: [], type: "int64", data: [1] } },
    attributes: { axis: int(1) },
    how: "of one",
  }),
  only("Tile", [3, 2], { constants: { repeats: wholes(1, 2, 3) } }),
  only("Expand", [1, 5], { constants: { shape: wholes(1, 3, 5) } }),
  only("DepthToSpace", IMAGE, { attributes: { blocksize: int(2) } }),
  only("DepthToSpace", IMAGE, { attributes: { blocksize: int(2), mode: text("CRD") }, how: "by columns" }),
  only("SpaceToDepth", [4, 6, 4], { attributes: { blocksize: int(2) } }),
];

const scales = floats([4], [1, 1, 2, 3]);

const RESIZES: OnnxCase[] = [
  only("Upsample", IMAGE, { opset: 7, attributes: { scales: floatList(1, 1, 2, 3), mode: text("nearest") } }),
  only("Upsample", IMAGE, { opset: 9, constants: { scales }, how: "scales as an input" }),
  only("Resize", IMAGE, { opset: 10, constants: { scales } }),
  ...["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"].flatMap((places) => [
    only("Resize", IMAGE, {
      ...{ constants: { scales }, inputs: ["", "scales"], how: `linear, ${places}` },
      attributes: { mode: text("linear"), coordinate_transformation_mode: text(places) },
    }),
  ]),
  ...["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].map((rounding) =>
    only("Resize", IMAGE, {
      ...{ constants: { sizes: wholes(1, 4, 9, 3) }, inputs: ["", "", "sizes"], how: `nearest, ${rounding}`, batch: 1 },
      attributes: { nearest_mode: text(rounding) },
    }),
  ),
];

const CONSTANTS: OnnxCase[] = [
  nodesCase("Constant", ROW, [
    onnxNode("Constant", [], "c", { value: { kind: "tensor", value: weights([7]) } }),
    onnxNode("Add", ["x", "c"], "r"),
  ]),
  nodesCase("Constant as numbers", ROW, [
    onnxNode("Constant", [], "c", { value_floats: floatList(1, 2, 3, 4, 5, 6, 7) }),
    onnxNode("Mul", ["x", "c"], "r"),
  ]),
  nodesCase(
    "ConstantOfShape",
    ROW,
    [
      onnxNode("ConstantOfShape", ["s"], "c", { value: { kind: "tensor", value: floats([1], [2]) } }),
      onnxNode("Add", ["x", "c"], "r"),
    ],
    {
      constants: { s: wholes(7) },
    },
  ),
  nodesCase(
    "Reshape by the input's shape",
    IMAGE,
    [
      ...[
        onnxNode("Shape", ["x"], "s"),
        onnxNode("Gather", ["s", "zero"], "n"),
        onnxNode("Unsqueeze", ["n", "first"], "u"),
      ],
      ...[onnxNode("Concat", ["u", "open"], "t", { axis: int(0) }), onnxNode("Reshape", ["x", "t"], "r")],
    ],
    { constants: { zero: { shape: [], type: "int64", data: [0] }, first: wholes(0), open: wholes(-1) } },
  ),
  nodesCase(
    "QuantizeLinear and DequantizeLinear around a product",
    ROW,
    [...[onnxNode("DequantizeLinear", ["w", "by"], "d", { axis: int(1) }), onnxNode("MatMul", ["x", "d"], "r")]],
    {
      constants: {
        w: { shape: [7, 2], type: "int8", data: Array.from({ length: 14 }, (_, i) => 9 * i - 60) },
        by: floats([2], [0.5, 0.25]),
      },
    },
  ),
];

export const ONNX_CASES: readonly OnnxCase[] = [
  ...FUNCTIONS,
  ...BINARY,
  ...PRODUCTS,
  ...POOLS,
  ...REDUCTIONS,
  ...NORMALISATIONS,
  ...SHAPES,
  ...RESIZES,
  ...CONSTANTS,
];
