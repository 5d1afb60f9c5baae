/**
 * The reproductions of docs/tfjs-wasm-defects.md: what tfjs's wasm backend answers as it comes, what its cpu backend
 * answers, and what the wasm backend answers with our kernels.
 *
 *     npm run build && node scripts/tfjs-defects.mjs
 */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs";
import { registerGradientKernels, unregisterGradientKernels } from "../dist/tfjs/index.js";

const image = (values, side) => tf.tensor4d(values, [1, side, side, 1]);
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);
const pair = (of) => tf.tensor4d(of, [1, 1, 2, 1]);

/** tf.grad, of functions that say more of their tensor than its type does. */
const grad = /** @type {(f: (x: any) => tf.Tensor) => (x: tf.Tensor, dy?: tf.Tensor) => tf.Tensor} */ (tf.grad);

const REPRODUCTIONS = {
  "MaxPoolGrad: tf.grad(x => tf.maxPool(x, 2, 2, 'valid')) at [-4, -3, -2, -1]": () =>
    grad((x) => tf.maxPool(x, 2, 2, "valid"))(image([-4, -3, -2, -1], 2)),
  "MaxPool3D: tf.maxPool3d([-4, -3, -2, -1], [1, 2, 2], 1, 'valid')": () =>
    tf.maxPool3d(tf.tensor5d([-4, -3, -2, -1], [1, 1, 2, 2, 1]), [1, 2, 2], 1, "valid"),
  "MaxPool3DGrad: its gradient": () =>
    grad((x) => tf.maxPool3d(x, [1, 2, 2], 1, "valid"))(tf.tensor5d([-4, -3, -2, -1], [1, 1, 2, 2, 1])),
  "MaxPool3DGrad, window [1, 2, 3] at [1 .. 6]": () =>
    grad((x) => tf.maxPool3d(x, [1, 2, 3], 1, "valid"))(tf.tensor5d(upTo(6), [1, 1, 2, 3, 1])),
  "Dilation2D: tf.dilation2d([-1], [0], 1, 'valid')": () =>
    tf.dilation2d(tf.tensor4d([-1], [1, 1, 1, 1]), tf.tensor3d([0], [1, 1, 1]), 1, "valid"),
  "Dilation2DBackpropInput: of [-2, -1] with a filter [0, 0]": () =>
    grad((x) => tf.dilation2d(x, tf.tensor3d([0, 0], [1, 2, 1]), 1, "valid"))(pair([-2, -1])),
  "Dilation2DBackpropFilter: the same to the filter": () =>
    grad((f) => tf.dilation2d(pair([-2, -1]), f, 1, "valid"))(tf.tensor3d([0, 0], [1, 2, 1])),
  "Conv3DBackpropInputV2: of ones [1, 2, 2, 2, 1], filter [3] of 1x1x1": () =>
    grad((x) => tf.conv3d(x, tf.tensor5d([3], [1, 1, 1, 1, 1]), 1, "valid"))(tf.ones([1, 2, 2, 2, 1])),
  "Conv3DBackpropFilterV2: ones [1, 4, 4, 4, 1], filter 2x2x2, strides 2": () =>
    grad((f) => tf.conv3d(/** @type {tf.Tensor5D} */ (tf.ones([1, 4, 4, 4, 1])), f, 2, "valid"))(
      tf.ones([2, 2, 2, 1, 1]),
    ),
  "AvgPool3DGrad: window 1x3x3, 'same', of ones [1, 1, 2, 2, 1]": () =>
    grad((x) => tf.avgPool3d(x, [1, 3, 3], 1, "same"))(tf.ones([1, 1, 2, 2, 1])),
  "AvgPoolGrad: window 3x3, 'same', of ones [1, 2, 2, 1]": () =>
    grad((x) => tf.avgPool(x, 3, 1, "same"))(tf.ones([1, 2, 2, 1])),
  "ResizeBilinearGrad: [1, 1, 2, 1] to 1x4, half-pixel centres, slope [1, 2, 3, 4]": () =>
    grad((x) => tf.image.resizeBilinear(x, [1, 4], false, true))(pair([0, 0]), tf.tensor4d(upTo(4), [1, 1, 4, 1])),
  "ResizeNearestNeighborGrad: [1, 1, 4, 1] to 1x2, half-pixel centres, slope [1, 2]": () =>
    grad((x) => tf.image.resizeNearestNeighbor(x, [1, 2], false, true))(
      tf.zeros([1, 1, 4, 1]),
      tf.tensor4d([1, 2], [1, 1, 2, 1]),
    ),
  "OneHot: tf.oneHot([1], 3, 1, 0, 'float32')": () => tf.oneHot(tf.tensor1d([1], "int32"), 3, 1, 0, "float32"),
  "gradient of mirrorPad: [1, 2, 3], one on each side, 'symmetric'": () =>
    grad((x) => tf.mirrorPad(x, [[1, 1]], "symmetric"))(tf.tensor1d([1, 2, 3])),
  "gradient of cumsum over rows, slope [[1, 2], [3, 4]]": () =>
    grad((x) => tf.cumsum(x, 0))(tf.zeros([2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2])),
};

function answer(make) {
  try {
    return tf.tidy(() => `[${Array.from(make().dataSync(), (v) => Number(v.toPrecision(4))).join(", ")}]`);
  } catch (error) {
    return error.message;
  }
}

await tf.setBackend("wasm");
for (const [title, make] of Object.entries(REPRODUCTIONS)) {
  console.log(title);
  console.log(`  wasm       ${answer(make)}`);
  await tf.setBackend("cpu");
  console.log(`  cpu        ${answer(make)}`);
  await tf.setBackend("wasm");
  registerGradientKernels({ exactAveragePools: true });
  console.log(`  with ours  ${answer(make)}`);
  unregisterGradientKernels();
}
