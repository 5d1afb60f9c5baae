/** Operations of a network, by what they compute, as nodes of ONNX. */
import { outOfRange } from "../../../check.ts";
import type { Parameter } from "../../../model/index.ts";
import { gaussianWindow } from "../../../model/layers/contrast.ts";
import type { LinearMap, OperationMap } from "../../../model/layers/index.ts";
import type { Window } from "../../../model/layers/window.ts";
import type { Workspace } from "../../../wasm/index.ts";
import { numbersOf } from "../../shapes.ts";
import { writeBinary } from "./binary.ts";
import { type FileValue, float, int, ints, type OnnxFile, text, transposed } from "./file.ts";
import { writeFunction } from "./functions.ts";

/** What the operations of a layer are written with. */
export interface Source {
  readonly file: OnnxFile;
  readonly workspace: Workspace;
  /** Of the layer: its name, and what its operations do not say of themselves. */
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type MapOf<Kind extends OperationMap["kind"]> = Extract<OperationMap, { kind: Kind }>;

function numbersIn({ workspace }: Source, { at, size }: Parameter): Float32Array {
  return workspace.arena.f32(at, size).slice();
}

function refuse({ name, className }: Source, kind: string): never {
  return outOfRange(`${name} (${className})`, "an operation that is written as ONNX", kind);
}

const ownName = ({ name }: Parameter): string => name.slice(name.lastIndexOf("/") + 1);

/** A parameter as a constant. */
function parameter(source: Source, of: Parameter): string {
  return source.file.floats(ownName(of), of.shape, numbersIn(source, of));
}

/** A kernel as a constant, its axes in another order; in a shape of as many numbers, if one is given. */
function turnedKernel(
  source: Source,
  kernel: Parameter,
  shape: readonly number[],
  order: readonly number[],
  made: readonly number[] = order.map((axis) => shape[axis] as number),
): string {
  return source.file.floats(ownName(kernel), made, transposed(numbersIn(source, kernel), shape, order));
}

function filled(source: Source, wanted: string, count: number, value: number): string {
  return source.file.floats(wanted, [count], new Float32Array(count).fill(value));
}

/** Where a window slides, as ONNX says it. */
function sliding({ kh, kw, sh, sw, dh, dw, h, w, top, left, ph, pw }: Window) {
  return {
    kernel_shape: ints([kh, kw]),
    strides: ints([sh, sw]),
    dilations: ints([dh, dw]),
    pads: ints([top, left, ph - h - top, pw - w - left]),
  };
}

/** The image that a window is laid over. */
function imageUnder({ file }: Source, x: FileValue, { h, w, c }: Window): FileValue {
  return file.first(file.shaped(x, [h, w, c]));
}

function convolution(
  source: Source,
  x: FileValue,
  map: Extract<LinearMap, { kind: "convolution" | "depthwise" }>,
): FileValue {
  const { file } = source;
  const { kernel, bias, window } = map;
  const { kh, kw } = window; // the kernel of a sequence has one side
  const [channels, filters] = kernel.shape.slice(-2) as [number, number];
  const isDepthwise = map.kind === "depthwise";
  const made = isDepthwise ? channels * filters : filters;
  const weights = isDepthwise
    ? turnedKernel(source, kernel, [kh, kw, channels, filters], [2, 3, 0, 1], [made, 1, kh, kw])
    : turnedKernel(source, kernel, [kh, kw, channels, filters], [3, 2, 0, 1]);
  const inputs = [imageUnder(source, x, window).name, weights, ...(bias ? [parameter(source, bias)] : [])];
  const group = int(isDepthwise ? channels : map.groups);
  return file.image(file.node("Conv", inputs, { group, ...sliding(window) }), [window.oh, window.ow, made]);
}

/** What a convolution takes from images of the output to those of the input, the other way around. */
function transposedConvolution(source: Source, x: FileValue, { of, bias }: MapOf<"transposed">): FileValue {
  const { file } = source;
  if (of.kind !== "convolution" && of.kind !== "depthwise") return refuse(source, `${of.kind}, transposed`);
  const { kernel, window } = of;
  const { h, w, c, oh, ow, kh, kw, sh, sw, dh, dw, ph, pw } = window;
  const channels = of.kind === "depthwise" ? kernel.size / (kh * kw) : (kernel.shape.at(-1) as number);
  const groups = of.kind === "depthwise" ? c : of.groups;
  const weights = turnedKernel(source, kernel, [kh, kw, c / groups, channels], [3, 2, 0, 1]);
  const image = file.first(file.shaped(x, [oh, ow, channels]));
  const left = [ph - (oh - 1) * sh - (kh - 1) * dh - 1, pw - (ow - 1) * sw - (kw - 1) * dw - 1];
  const attributes = { group: int(groups), ...sliding(window) };
  if ((left[0] as number) < sh && (left[1] as number) < sw) {
    const inputs = [image.name, weights, ...(bias ? [parameter(source, bias)] : [])];
    return file.image(file.node("ConvTranspose", inputs, { ...attributes, output_padding: ints(left) }), [h, w, c]);
  }
  // onnxruntime adds less than a step behind: what is more meets no tap, and is the bias alone.
  const part = file.node("ConvTranspose", [image.name, weights], attributes);
  const whole = file.node("Pad", [part, file.wholes("pads", [0, 0, 0, 0, 0, 0, ...left])]);
  const offset = bias && file.floats("bias", [c, 1, 1], numbersIn(source, bias));
  return file.image(offset ? file.node("Add", [whole, offset]) : whole, [h, w, c]);
}

/** A volume, turned to channels first for the one node. */
function volume(source: Source, x: FileValue, { slices, kernel, bias, depth }: MapOf<"volume">): FileValue {
  const { file } = source;
  const { window } = slices[0] as (typeof slices)[number];
  const weights = turnedKernel(source, kernel, kernel.shape, [4, 3, 0, 1, 2]);
  const turned = file.node("Transpose", [file.last(x).name], { perm: ints([0, 4, 1, 2, 3]) });
  const pads = (w: Window): readonly number[] => [w.top, w.left, w.ph - w.h - w.top, w.pw - w.w - w.left];
  const [[front, , behind], [top, left, bottom, right]] = [pads(depth), pads(window)] as [number[], number[]];
  const attributes = {
    strides: ints([depth.sh, window.sh, window.sw]),
    dilations: ints([depth.dh, window.dh, window.dw]),
    pads: ints([front, top, left, behind, bottom, right] as number[]),
  };
  const made = file.node("Conv", [turned, weights, ...(bias ? [parameter(source, bias)] : [])], attributes);
  const shape = [depth.oh, window.oh, window.ow, kernel.shape.at(-1) as number];
  return file.rows(file.node("Transpose", [made], { perm: ints([0, 2, 3, 4, 1]) }), shape);
}

function product(source: Source, x: FileValue, { kernel, bias, outer }: MapOf<"product">): FileValue {
  const { file } = source;
  const [inputs, units] = kernel.shape as [number, number];
  const weights = parameter(source, kernel);
  const offset = bias ? [parameter(source, bias)] : [];
  if (outer === 1) {
    const rows = file.shaped(x, [inputs]);
    return file.rows(file.node("Gemm", [rows.name, weights, ...offset]), [units]);
  }
  const shape = x.shape.at(-1) === inputs ? x.shape : [outer, inputs];
  const rows = file.last(file.shaped(x, shape));
  const made = file.node("MatMul", [rows.name, weights]);
  return file.rows(offset.length > 0 ? file.node("Add", [made, ...offset]) : made, [...shape.slice(0, -1), units]);
}

/** Patches cut out tap by tap, a matrix for each position. */
function local(source: Source, x: FileValue, { kernel, bias, window }: MapOf<"local">): FileValue {
  const { file } = source;
  const { kh, kw, sh, sw, oh, ow, h, w, c } = window;
  const [positions, taps, filters] = kernel.shape as [number, number, number];
  const image = file.last(file.shaped(x, [h, w, c]));
  const parts: string[] = [];
  for (let u = 0; u < kh; u++) {
    for (let v = 0; v < kw; v++) {
      const [from, to] = [
        [u, v],
        [u + (oh - 1) * sh + 1, v + (ow - 1) * sw + 1],
      ] as const;
      const bounds = [file.wholes("starts", from), file.wholes("ends", to), file.wholes("axes", [1, 2])];
      parts.push(file.node("Slice", [image.name, ...bounds, file.wholes("steps", [sh, sw])]));
    }
  }
  const patches = file.rows(parts.length > 1 ? file.node("Concat", parts, { axis: int(3) }) : (parts[0] as string), [
    oh,
    ow,
    taps,
  ]);
  const rows = file.shaped(patches, [positions, 1, taps]);
  const made = file.rows(file.node("MatMul", [rows.name, parameter(source, kernel)]), [positions, 1, filters]);
  const whole = file.shaped(made, [oh, ow, filters]);
  return bias ? file.rows(file.node("Add", [whole.name, parameter(source, bias)]), whole.shape) : whole;
}

function pool(source: Source, x: FileValue, map: MapOf<"pooling">): FileValue {
  const { file } = source;
  const { window } = map;
  const { oh, ow, kh, kw, c } = window;
  const { dilations: _, ...attributes } = sliding(window);
  const image = imageUnder(source, x, window);
  const shape = [oh, ow, c];
  if (map.of !== "root of squares") {
    const op = map.of === "maximum" ? "MaxPool" : "AveragePool";
    return file.image(file.node(op, [image.name], attributes), shape);
  }
  const squares = file.node("Mul", [image.name, image.name]);
  const means = file.node("AveragePool", [squares], { ...attributes, count_include_pad: int(1) });
  const sums = file.node("Mul", [means, file.scalar(kh * kw)]);
  const { epsilon = 0 } = map;
  const whole = epsilon === 0 ? sums : file.node("Add", [sums, file.scalar(epsilon)]);
  return file.image(file.node("Sqrt", [whole]), shape);
}

/** An image with channels last where there is one, or rows of channels as an image one pixel wide. */
function perChannel({ file }: Source, x: FileValue, channels: number): FileValue {
  if (x.shape.length === 1) return x;
  const shape = x.shape.length === 3 ? x.shape : [numbersOf(x.shape) / channels, 1, channels];
  return file.first(file.shaped(x, shape));
}

function scale(source: Source, x: FileValue, { mean, variance, gamma, beta, epsilon }: MapOf<"scale">): FileValue {
  const { file } = source;
  const value = perChannel(source, x, mean.size);
  const factors = gamma ? parameter(source, gamma) : filled(source, "gamma", mean.size, 1);
  const offsets = beta ? parameter(source, beta) : filled(source, "beta", mean.size, 0);
  const inputs = [value.name, factors, offsets, parameter(source, mean), parameter(source, variance)];
  return { ...value, name: file.node("BatchNormalization", inputs, { epsilon: float(epsilon) }) };
}

function standardise(source: Source, x: FileValue, map: MapOf<"standardise">): FileValue {
  const { file } = source;
  const { channels, gamma, beta, epsilon } = map;
  const value = file.last(
    file.shaped(x, x.shape.at(-1) === channels ? x.shape : [numbersOf(x.shape) / channels, channels]),
  );
  const factors = gamma ? parameter(source, gamma) : filled(source, "gamma", channels, 1);
  const inputs = [value.name, factors, ...(beta ? [parameter(source, beta)] : [])];
  return file.rows(file.node("LayerNormalization", inputs, { axis: int(-1), epsilon: float(epsilon) }), value.shape);
}

/** ONNX divides alpha by the size of the window. */
function localResponse(source: Source, x: FileValue, map: MapOf<"local response">): FileValue {
  const { file } = source;
  const { radius, bias, alpha, beta } = map;
  const size = 2 * radius + 1;
  const channels = x.shape.at(-1) as number;
  const value = perChannel(source, x.shape.length === 1 ? file.shaped(x, [1, 1, channels]) : x, channels);
  const attributes = { size: int(size), alpha: float(alpha * size), beta: float(beta), bias: float(bias) };
  return { ...value, name: file.node("LRN", [value.name], attributes) };
}

/** Weighted means over all maps, twice: of the image, and of what is left of it, squared. */
function localContrast(source: Source, x: FileValue, { size, threshold }: MapOf<"local contrast">): FileValue {
  const { file, workspace, config } = source;
  const image = file.first(x);
  const channels = x.shape[2] as number;
  const window = gaussianWindow(size, config.sigma as number, workspace);
  const weights = new Float32Array(channels * size * size);
  for (let i = 0; i < weights.length; i++) {
    const [u, v] = [Math.floor(i / size) % size, i % size];
    weights[i] = ((window[u] as number) * (window[v] as number)) / channels;
  }
  const kernel = file.floats("window", [1, channels, size, size], weights);
  const half = (size - 1) / 2;
  const attributes = { kernel_shape: ints([size, size]), pads: ints([half, half, half, half]) };
  const mean = file.node("Conv", [image.name, kernel], attributes);
  const rest = file.node("Sub", [image.name, mean]);
  const variance = file.node("Conv", [file.node("Mul", [rest, rest]), kernel], attributes);
  const deviation = file.node("Max", [file.node("Sqrt", [variance]), file.scalar(threshold)]);
  return { ...image, name: file.node("Div", [rest, deviation]) };
}

/** Terms for all numbers, for each channel or for stretches of a row; those that do nothing are left out. */
function affine({ file }: Source, x: FileValue, { terms }: MapOf<"affine">): FileValue {
  const { mean, factor, shift } = terms();
  const channels = x.shape.at(-1) as number;
  const period = [1, channels].find((step) => [mean, factor, shift].every((numbers) => repeats(numbers, step)));
  const size = period ?? factor.length;
  const rows = file.last(period ? x : file.shaped(x, [numbersOf(x.shape) / size, size]));
  const steps = [
    ["Sub", "mean", mean, 0],
    ["Mul", "factor", factor, 1],
    ["Add", "shift", shift, 0],
  ] as const;
  const name = steps.reduce((value, [op, wanted, numbers, idle]) => {
    if (numbers.every((number) => number === idle)) return value;
    return file.node(op, [value, file.floats(wanted, size === 1 ? [] : [size], numbers.slice(0, size))]);
  }, rows.name);
  return { ...rows, name };
}

/** A row and an array of the model stretch to one shape; the row's missing axes stand behind the batch. */
function withConstant(source: Source, x: FileValue, map: MapOf<"with constant">): FileValue {
  const { file } = source;
  const { of, constant, isFirst, inputShape, outputShape } = map;
  const missing = new Array<number>(outputShape.length - inputShape.length).fill(1);
  const row = file.last(file.shaped(x, [...missing, ...inputShape])).name;
  const numbers = parameter(source, constant);
  return file.rows(
    writeBinary(file, of, ...(isFirst ? ([numbers, row] as const) : ([row, numbers] as const))),
    outputShape,
  );
}

/** Whether numbers repeat after so many. */
function repeats(numbers: Float32Array, step: number): boolean {
  return numbers.every((number, i) => number === numbers[i % step]);
}

/** Each pixel becomes a block. */
function repeat({ file }: Source, x: FileValue, { size: [high, wide] }: MapOf<"repeat">): FileValue {
  const image = file.first(x);
  const [h, w, c] = x.shape as [number, number, number];
  const scales = file.floats("scales", [4], Float32Array.of(1, 1, high, wide));
  const attributes = {
    mode: text("nearest"),
    coordinate_transformation_mode: text("asymmetric"),
    nearest_mode: text("floor"),
  };
  return file.image(file.node("Resize", [image.name, "", scales], attributes), [h * high, w * wide, c]);
}

const PLACES = { "half pixel": "half_pixel", corners: "align_corners", corner: "asymmetric" } as const;

/** One axis of images of one channel for each of the others. */
function interpolation({ file }: Source, x: FileValue, map: MapOf<"interpolation">): FileValue {
  const { outer, from, to, inner, places } = map;
  const rows = file.last(file.shaped(x, [outer, from, inner]));
  // The least float that makes `to` of `from`, however the product is rounded down.
  const near = Math.fround(to / from);
  const factor = near * from >= to ? near : Math.fround(near * (1 + 2 ** -23));
  const scales = file.floats("scales", [4], Float32Array.of(1, 1, factor, 1));
  const attributes = { mode: text("linear"), coordinate_transformation_mode: text(PLACES[places]) };
  return file.rows(file.node("Resize", [rows.name, "", scales], attributes), [outer, to, inner]);
}

/** Writes an operation; `sources` gives of one that moves numbers where each of its output comes from, -1 where it is zero. */
export function writeOperation(source: Source, x: FileValue, map: OperationMap, sources: () => Int32Array): FileValue {
  const { file } = source;
  switch (map.kind) {
    case "product":
      return product(source, x, map);
    case "convolution":
    case "depthwise":
      return convolution(source, x, map);
    case "local":
      return local(source, x, map);
    case "transposed":
      return transposedConvolution(source, x, map);
    case "volume":
      return volume(source, x, map);
    case "affine":
      return affine(source, x, map);
    case "moves":
      return moves(source, x, sources());
    case "stepwise":
      return stepwise(source, x, map, sources);
    case "take":
      return taken(source, x, map.sources(), map.fill);
    case "reduction":
      return reduction(source, x, map);
    case "repeat":
      return x.shape.length === 3 ? repeat(source, x, map) : moves(source, x, sources());
    case "pooling":
      return pool(source, x, map);
    case "global pooling": {
      const { h, w, c } = map.window;
      const image = file.first(file.shaped(x, [h, w, c]));
      const op = map.of === "maximum" ? "GlobalMaxPool" : "GlobalAveragePool";
      return file.image(file.node(op, [image.name]), [1, 1, c]);
    }
    case "elementwise":
      return writeFunction(file, x, map.activation);
    case "prelu": {
      const value = file.last(x);
      return file.rows(file.node("PRelu", [value.name, parameter(source, map.alpha)]), value.shape);
    }
    case "with constant":
      return withConstant(source, x, map);
    case "softmax":
    case "log softmax": {
      const op = map.kind === "softmax" ? "Softmax" : "LogSoftmax";
      const value = file.last(
        file.shaped(x, x.shape.at(-1) === map.width ? x.shape : [numbersOf(x.shape) / map.width, map.width]),
      );
      return file.rows(file.node(op, [value.name], { axis: int(-1) }), value.shape);
    }
    case "matrix product": {
      const { matrix, isFirst, inputShape, outputShape } = map;
      const value = file.last(file.shaped(x, inputShape)).name;
      const constant = parameter(source, matrix);
      return file.rows(file.node("MatMul", isFirst ? [constant, value] : [value, constant]), outputShape);
    }
    case "interpolation":
      return interpolation(source, x, map);
    case "scale":
      return scale(source, x, map);
    case "standardise":
      return standardise(source, x, map);
    case "local response":
      return localResponse(source, x, map);
    case "local contrast":
      return localContrast(source, x, map);
    default:
      return refuse(source, map.kind);
  }
}

type Margins = readonly (readonly [number, number])[];

/** A border, a part, another order of the axes; anything else number by number. */
function moves(source: Source, x: FileValue, sources: Int32Array): FileValue {
  const { file, className, config } = source;
  if (className === "ZeroPadding2D") {
    const [[top, bottom], [left, right]] = config.padding as [Margins[0], Margins[1]] as [
      [number, number],
      [number, number],
    ];
    const [h, w, c] = x.shape as [number, number, number];
    const pads = file.wholes("pads", [0, 0, top, left, 0, 0, bottom, right]);
    return file.image(file.node("Pad", [file.first(x).name, pads]), [h + top + bottom, w + left + right, c]);
  }
  if (className === "Cropping2D") {
    const [[top, bottom], [left, right]] = config.cropping as [[number, number], [number, number]];
    const [h, w, c] = x.shape as [number, number, number];
    const bounds = [
      [top, left],
      [h - bottom, w - right],
      [2, 3],
    ].map((list, i) => file.wholes(["starts", "ends", "axes"][i] as string, list));
    return file.image(file.node("Slice", [file.first(x).name, ...bounds]), [h - top - bottom, w - left - right, c]);
  }
  if (className === "Permute") {
    const dims = config.dims as number[];
    const made = file.node("Transpose", [file.last(x).name], { perm: ints([0, ...dims]) });
    return file.rows(
      made,
      dims.map((axis) => x.shape[axis - 1] as number),
    );
  }
  return taken(source, x, sources, 0);
}

/** Each step as a row of its own. */
function stepwise(
  source: Source,
  x: FileValue,
  { steps, of }: MapOf<"stepwise">,
  sources: () => Int32Array,
): FileValue {
  const { file } = source;
  const inner = x.shape.length > 1 ? x.shape.slice(1) : [numbersOf(x.shape) / steps];
  const apart = file.node("Reshape", [file.last(x).name, file.wholes("shape", [-1, ...inner])]);
  const made = file.last(writeOperation(source, file.rows(apart, inner), of, sources));
  const shape = [steps, ...made.shape];
  return file.rows(file.node("Reshape", [made.name, file.wholes("shape", [-1, ...shape])]), shape);
}

/** Number by number, each one of the row's, or `fill` where its source is below zero. */
function taken({ file }: Source, x: FileValue, sources: Int32Array, fill: number): FileValue {
  const size = numbersOf(x.shape);
  const row = file.shaped(x, [size]);
  const isWhole = sources.every((at) => at >= 0);
  const pads = (): string[] => [file.wholes("pads", [0, 0, 0, 1]), ...(fill === 0 ? [] : [file.scalar(fill)])];
  const padded = isWhole ? row.name : file.node("Pad", [row.name, ...pads()]);
  const indices = file.wholes(
    "indices",
    Array.from(sources, (at) => (at < 0 ? size : at)),
  );
  return file.rows(file.node("Gather", [padded, indices], { axis: int(1) }), [sources.length]);
}

const REDUCTIONS: Readonly<Record<MapOf<"reduction">["of"], string>> = {
  sum: "ReduceSum",
  mean: "ReduceMean",
  largest: "ReduceMax",
  least: "ReduceMin",
  "sum of squares": "ReduceSumSquare",
  "root of squares": "ReduceL2",
  "sum of magnitudes": "ReduceL1",
  product: "ReduceProd",
  "log of exponentials": "ReduceLogSumExp",
};

/** The axes are an input since version 18, of sums since 13. */
function reduction({ file }: Source, x: FileValue, { of, outer, count, inner }: MapOf<"reduction">): FileValue {
  const rows = file.last(file.shaped(x, [outer, count, inner]));
  const keepdims = int(0);
  const op = REDUCTIONS[of];
  const name =
    of === "sum" || file.opset >= 18
      ? file.node(op, [rows.name, file.wholes("axes", [2])], { keepdims })
      : file.node(op, [rows.name], { axes: ints([2]), keepdims });
  return file.rows(name, [outer, inner]);
}
