/**
 * The operations that nodes of ONNX and GraphModels compute, forward and to the input, beside the same on tfjs-wasm on one thread, in
 * processor time. A gradient that tfjs-wasm lacks stands without a rival.
 *
 *     npm run build && node bench/operations.bench.mjs [--out file.json]
 */
import { Network } from "../dist/index.js";
import { registerGradientKernels } from "../dist/tfjs/index.js";
import { header, processorTime, race, report } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const tf = await tfjsWasm();
registerGradientKernels();

const IMAGE = [64, 64, 32];
const noise = (n, shift = 0) => new Float32Array(n).map((_, i) => ((i * 2654435761) % 1000) / 1000 + shift);
const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** A network of one layer, its weights noise. */
function networkOf(className, config, shape, weights = {}) {
  const specs = Object.entries(weights).map(([name, extents]) => ({
    name: `it/${name}`,
    shape: extents,
    dtype: "float32",
  }));
  const layers = [
    { class_name: className, config: { name: "it", batch_input_shape: [null, ...shape], ...config } },
    { class_name: "Flatten", config: { name: "flat" } },
  ];
  const weightData = noise(specs.reduce((sum, spec) => sum + sizeOf(spec.shape), 0)).buffer;
  return Network.fromArtifacts({
    modelTopology: { class_name: "Sequential", config: { name: "operation", layers } },
    ...{ weightSpecs: specs, weightData },
  });
}

const weight = (shape) => tf.tensor(noise(sizeOf(shape)), shape);
const elementwise = (name, f, parameters = []) => [name, "Elementwise", { function: name, parameters }, IMAGE, {}, f];
const reduce = (of, f) => [`Reduce, ${of}`, "Reduce", { of, axes: [0, 1] }, IMAGE, {}, f];
const constant = (of, f) => {
  const c = weight([32]);
  return [
    `WithConstant, ${of}`,
    "WithConstant",
    { function: of, shape: [32] },
    IMAGE,
    { constant: [32] },
    (x) => f(x, c),
  ];
};
const matrix = weight([64, 64]);
const kernel = /** @type {import("@tensorflow/tfjs-core").Tensor4D} */ (weight([3, 3, 16, 32]));
const filter = /** @type {import("@tensorflow/tfjs-core").Tensor5D} */ (weight([3, 3, 3, 8, 16]));

/** Title, layer, its configuration, the shape of a row, its weights, the same in tfjs. */
const OPERATIONS = [
  elementwise("exp", (x) => tf.exp(x)),
  elementwise("log", (x) => tf.log(x)),
  elementwise("sqrt", (x) => tf.sqrt(x)),
  elementwise("erf", (x) => tf.erf(x)),
  elementwise("clip", (x) => tf.clipByValue(x, 0.25, 0.75), [0.25, 0.75]),
  constant("product", (x, c) => tf.mul(x, c)),
  constant("squared difference", (x, c) => tf.squaredDifference(x, c)),
  constant("largest", (x, c) => tf.maximum(x, c)),
  reduce("sum", (x) => tf.sum(x, [1, 2])),
  reduce("mean", (x) => tf.mean(x, [1, 2])),
  reduce("largest", (x) => tf.max(x, [1, 2])),
  ["LogSoftmax", "LogSoftmax", { axis: -1 }, [64, 128], {}, (x) => tf.logSoftmax(x)],
  [
    "MatMulWithConstant",
    ...["MatMulWithConstant", { shape: [64, 64] }, [16, 64], { constant: [64, 64] }],
    (x) => tf.matMul(tf.reshape(x, [-1, 64]), matrix),
  ],
  [
    "Resize, linear",
    "Resize",
    { extents: [64, 48] },
    IMAGE,
    {},
    (x) => tf.image.resizeBilinear(x, [64, 48], false, true),
  ],
  [
    "Resize, nearest",
    ...["Resize", { extents: [64, 48], method: "nearest", places: "corner" }, IMAGE, {}],
    (x) => tf.image.resizeNearestNeighbor(x, [64, 48]),
  ],
  [
    "Slice",
    ...["Slice", { starts: [2, 3, 0], sizes: [20, 20, 32], steps: [1, 1, 1] }, IMAGE, {}],
    (x) => tf.slice(x, [0, 2, 3, 0], [-1, 20, 20, 32]),
  ],
  [
    "Pad, reflect",
    ...[
      "Pad",
      {
        pads: [
          [1, 1],
          [2, 2],
          [0, 0],
        ],
        mode: "reflect",
      },
      IMAGE,
      {},
    ],
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [2, 2],
          [0, 0],
        ],
        "reflect",
      ),
  ],
  [
    "Gather",
    "Gather",
    { axis: 2, indices: [...Array(16).keys()].map((i) => 2 * i) },
    IMAGE,
    {},
    (x) =>
      tf.gather(
        x,
        [...Array(16).keys()].map((i) => 2 * i),
        3,
      ),
  ],
  [
    "Conv2DTranspose, stride 2",
    ...["Conv2DTranspose", { filters: 16, kernel_size: 3, strides: 2, padding: "same", use_bias: false }, IMAGE],
    { kernel: [3, 3, 16, 32] },
    (x) =>
      tf.conv2dTranspose(
        /** @type {import("@tensorflow/tfjs-core").Tensor4D} */ (x),
        kernel,
        [1, 128, 128, 16],
        2,
        "same",
      ),
  ],
  [
    "Conv3D",
    ...["Conv3D", { filters: 16, kernel_size: 3, use_bias: false }, [8, 16, 16, 8], { kernel: [3, 3, 3, 8, 16] }],
    (x) => tf.conv3d(/** @type {import("@tensorflow/tfjs-core").Tensor5D} */ (x), filter, 1, "valid"),
  ],
  ["MaxPooling3D", ...["MaxPooling3D", { pool_size: 2 }, [8, 16, 16, 16], {}], (x) => tf.maxPool3d(x, 2, 2, "valid")],
];

const lines = [header("operations"), `${"".padEnd(34)}      forward  tfjs   times      to input  tfjs   times`];
const results = {};
for (const [title, className, config, shape, weights, theirs] of OPERATIONS) {
  const network = networkOf(className, config, shape, weights);
  const rows = noise(network.inputSize, 0.01);
  const x = tf.tensor(rows, [1, ...shape]);
  const slopes = noise(network.head.outputs);
  const gradient = tf.grad((x) =>
    tf.sum(tf.mul(tf.reshape(theirs(x), [1, -1]), tf.tensor(slopes, [1, slopes.length]))),
  );
  const read = (f) => () => tf.tidy(() => f(x).dataSync());
  // The backend computes at once; its numbers are not read, which takes longer than most operations.
  const run = (f) => () => tf.tidy(() => void f(x));
  const tryOut = (f) => {
    try {
      return f();
    } catch {
      return undefined;
    }
  };
  const [mine, other] = [network.predict(rows), tryOut(read(theirs))];
  const most = mine.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const off = other ? mine.reduce((largest, value, i) => Math.max(largest, Math.abs(value - other[i])), 0) / most : 0;
  if (!(off <= 1e-4)) throw new Error(`${title}: expected the answer of tfjs within 1e-4, got ${off}`);
  const last = network.layers.length - 1;
  const times = race(
    {
      forward: () => network.predict(rows),
      "to input": () => network.activationGradient(rows, last, slopes),
      ...(other && { "forward, tfjs": run(theirs) }),
      ...(tryOut(read(gradient)) && { "to input, tfjs": run(gradient) }),
    },
    { rounds: 7, slice: 4, clock: processorTime },
  );
  results[title] = times;
  const words = (pass) => {
    const own = 1000 * times[pass].median;
    const rival = times[`${pass}, tfjs`];
    if (!rival) return `${own.toFixed(2).padStart(9)} ms     -      -  `;
    const theirs = 1000 * rival.median;
    return `${own.toFixed(2).padStart(9)} ms ${theirs.toFixed(2).padStart(6)} ${(theirs / own).toFixed(2).padStart(6)}`;
  };
  lines.push(`${title.padEnd(34)} ${words("forward")}   ${words("to input")}`);
}
report(lines, results);
