/** Every operation of tfjs that has a gradient, on small inputs: what the wasm backend is compared over. */
import { type Case, tf } from "./tfjs-wasm.ts";

// biome-ignore lint/suspicious/noExplicitAny: operations are called by name, with tensors of whatever rank they take.
type Any = any;
const op = tf as Any;

export interface NamedCase extends Case {
  name: string;
}

const cases: NamedCase[] = [];
const add = (name: string, shapes: number[][], f: (...x: Any[]) => tf.Tensor) => cases.push({ name, shapes, f });

for (const name of (
  "abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor log log1p neg reciprocal relu relu6 round " +
  "rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan tanh leakyRelu logSigmoid softmax logSoftmax logSumExp"
).split(" ")) {
  add(name, [[3, 5]], (x) => op[name](x));
}
for (const name of "add sub mul div pow mod atan2 maximum minimum squaredDifference".split(" ")) {
  add(name, [[3, 5], [3, 5]], (a, b) => op[name](a, b)); // biome-ignore format: shapes
  if (["maximum", "minimum", "squaredDifference"].includes(name)) continue; // tfjs does not reduce what was broadcast
  add(`${name}, a row`, [[3, 5], [5]], (a, b) => op[name](a, b)); // biome-ignore format: shapes
  add(`${name}, a column`, [[3, 1], [2, 3, 5]], (a, b) => op[name](a, b)); // biome-ignore format: shapes
}
add("prelu", [[3, 5], [5]], (a, b) => tf.prelu(a, b)); // biome-ignore format: shapes
for (const name of ["sum", "mean", "max", "min", "prod"]) {
  for (const axis of [undefined, 0, 1, [0, 2], 2]) {
    add(`${name} over ${axis ?? "all"}`, [[3, 4, 5]], (x) => op[name](x, axis));
  }
}
for (const perm of [[2, 0, 1], [1, 0, 2], [0, 2, 1]]) add(`transpose ${perm}`, [[3, 4, 5]], (x) => tf.transpose(x, perm)); // biome-ignore format: list
add("transpose of 4", [[2, 3, 4, 5]], (x) => tf.transpose(x, [0, 3, 1, 2]));
add("reshape", [[3, 4]], (x) => tf.reshape(x, [2, 6]));
add("reverse", [[3, 4]], (x) => tf.reverse(x, [1]));
add("tile", [[2, 3, 2]], (x) => tf.tile(x, [2, 1, 3]));
add("pad", [[1, 2, 3, 2]], (x) => tf.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]], 0.5)); // biome-ignore format: pairs
add("slice", [[2, 3, 4, 5]], (x) => tf.slice(x, [0, 1, 1, 2], [2, 2, 2, 2]));
add("split", [[4, 6]], (x) => tf.split(x, [1, 2, 3], 1)[1] as tf.Tensor);
add("unstack", [[4, 3]], (x) => tf.unstack(x, 1)[1] as tf.Tensor);
add("stack", [[2, 3], [2, 3]], (a, b) => tf.stack([a, b], 1)); // biome-ignore format: shapes
add("concat", [[2, 3], [2, 2]], (a, b) => tf.concat([a, b], 1)); // biome-ignore format: shapes
add("expandDims", [[2, 3]], (x) => tf.expandDims(x, 1));
add("spaceToBatchND", [[2, 3, 3, 2]], (x) => tf.spaceToBatchND(x, [2, 2], [[1, 0], [0, 1]])); // biome-ignore format: pairs
add("batchToSpaceND", [[4, 2, 2, 1]], (x) => tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]])); // biome-ignore format: pairs
add("gather", [[4, 3]], (x) => tf.gather(x, tf.tensor2d([2, 0, 2, 1], [2, 2], "int32"), 0));
add("gather, axis 1", [[4, 3]], (x) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"), 1));
add("unsortedSegmentSum", [[5, 2]], (x) => tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, -1, 1], "int32"), 3));
add("where", [[3, 4], [3, 4]], (a, b) => tf.where(tf.tensor2d([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1], [3, 4], "bool"), a, b)); // biome-ignore format: shapes
add("clipByValue", [[3, 5]], (x) => tf.clipByValue(x, -1, 1));
add("cumsum of the last axis", [[2, 3, 4]], (x) => tf.cumsum(x, 2, true, true));
add("norm", [[3, 5]], (x) => tf.norm(x));
add("moments", [[3, 5]], (x) => tf.moments(x, [0]).variance);
add("broadcastTo", [[1, 3]], (x) => tf.broadcastTo(x, [4, 3]));
add("addN", [[2, 2], [2, 2], [2, 2]], (a, b, c) => tf.addN([a, b, c])); // biome-ignore format: shapes
for (const [a, b] of [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
]) {
  // biome-ignore format: list
  add(`matMul ${a} ${b}`, [a ? [4, 3] : [3, 4], b ? [5, 4] : [4, 5]], (x, y) => tf.matMul(x, y, a, b));
}
add("matMul of batches", [[2, 3, 4], [2, 4, 5]], (a, b) => tf.matMul(a, b)); // biome-ignore format: shapes
for (const activation of ["linear", "relu", "relu6", "elu", "sigmoid"] as const) {
  add(`fused.matMul, ${activation}`, [[3, 4], [4, 5], [5]], (a, b, bias) => tf.fused.matMul({ a, b, bias, activation })); // biome-ignore format: shapes
  const rest = { strides: 1, pad: "same", activation } as const;
  const images = [[2, 5, 5, 2], [3, 3, 2, 3], [3]]; // biome-ignore format: shapes
  add(`fused.conv2d, ${activation}`, images, (x, filter, bias) => tf.fused.conv2d({ x, filter, bias, ...rest }));
  const channels = [[2, 5, 5, 2], [3, 3, 2, 1], [2]]; // biome-ignore format: shapes
  add(`fused.depthwiseConv2d, ${activation}`, channels, (x, filter, bias) =>
    tf.fused.depthwiseConv2d({ x, filter, bias, ...rest }),
  );
}
add("localResponseNormalization", [[2, 2, 3, 6]], (x) => tf.localResponseNormalization(x, 2, 1, 0.7, 0.6));
add("batchNorm", [[2, 3, 3, 2], [2], [2], [2], [2]], (x, m, v, o, s) => tf.batchNorm(x, m, tf.abs(v), o, s, 0.01)); // biome-ignore format: shapes
add("maxPool", [[2, 5, 6, 3]], (x) => tf.maxPool(x, 3, 2, "same"));
add("avgPool", [[2, 5, 6, 3]], (x) => tf.avgPool(x, 2, 1, "valid"));
add("maxPool3d", [[2, 4, 5, 5, 2]], (x) => tf.maxPool3d(x, 2, 1, "valid"));
add("avgPool3d", [[2, 4, 5, 5, 2]], (x) => tf.avgPool3d(x, 2, 2, "valid"));
add("pool, dilated", [[1, 6, 6, 2]], (x) => tf.pool(x, 2, "max", "valid", 2));
add("conv1d", [[2, 6, 2], [3, 2, 3]], (x, f) => tf.conv1d(x, f, 1, "same")); // biome-ignore format: shapes
add("conv2d", [[2, 5, 6, 2], [3, 3, 2, 3]], (x, f) => tf.conv2d(x, f, 2, "same")); // biome-ignore format: shapes
add("conv2dTranspose", [[2, 5, 5, 3], [3, 3, 2, 3]], (x, f) => tf.conv2dTranspose(x, f, [2, 10, 10, 2], 2, "same")); // biome-ignore format: shapes
add("depthwiseConv2d", [[2, 5, 5, 2], [3, 3, 2, 2]], (x, f) => tf.depthwiseConv2d(x, f, 1, "same")); // biome-ignore format: shapes
add("separableConv2d", [[2, 5, 5, 2], [3, 3, 2, 2], [1, 1, 4, 3]], (x, d, p) => tf.separableConv2d(x, d, p, 1, "same")); // biome-ignore format: shapes
add("conv3d", [[2, 3, 4, 5, 2], [2, 2, 2, 2, 3]], (x, f) => tf.conv3d(x, f, 2, "same")); // biome-ignore format: shapes
add("dilation2d", [[2, 5, 6, 2], [3, 3, 2]], (x, f) => tf.dilation2d(x, f, 1, "same")); // biome-ignore format: shapes
const truth = () => tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1], [3, 4]);
for (const loss of "softmaxCrossEntropy sigmoidCrossEntropy huberLoss hingeLoss meanSquaredError absoluteDifference".split(
  " ",
)) {
  add(`losses.${loss}`, [[3, 4]], (x) => op.losses[loss](truth(), x));
}

export const GRADIENT_CASES: readonly NamedCase[] = cases;
