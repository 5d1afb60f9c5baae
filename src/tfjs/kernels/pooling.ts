/** Pooling as 4.22 has it wrong on the wasm backend: the gradients of the largest, and of volumes the largest itself. */
import {
  AvgPool3DGrad,
  AvgPoolGrad,
  backend_util,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { outOfRange } from "../../check.ts";
import type { Volume } from "../../wasm/index.ts";
import type { Heap } from "../heap.ts";
import {
  type Attributes,
  type HeapKernel,
  type Inputs,
  isEmpty,
  requireShape,
  type Shape4,
  type Shape5,
  take,
  windowOf,
} from "./kernel.ts";

/** Windows of images. */
function planes(kernel: string, shape: number[], { filterSize, strides, pad, dimRoundingMode }: Attributes) {
  const info = backend_util.computePool2DInfo(
    shape as Shape4,
    ...([filterSize, strides, 1, pad, dimRoundingMode] as const),
  );
  return { info, window: windowOf(kernel, info) };
}

/** Windows of volumes. */
function volumes(kernel: string, shape: number[], attributes: Attributes) {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attributes;
  const info = backend_util.computePool3DInfo(
    shape as Shape5,
    ...([filterSize, strides, 1, pad, dimRoundingMode, dataFormat ?? "NDHWC"] as const),
  );
  if (info.dataFormat !== "channelsLast") outOfRange(`${kernel} dataFormat`, '"NDHWC"', '"NCDHW"');
  const { front, top, left } = info.padInfo;
  const volume: Volume = {
    ...{ d: info.inDepth, h: info.inHeight, w: info.inWidth, c: info.inChannels },
    ...{ od: info.outDepth, oh: info.outHeight, ow: info.outWidth },
    ...{ kd: info.filterDepth, kh: info.filterHeight, kw: info.filterWidth },
    ...{ sd: info.strideDepth, sh: info.strideHeight, sw: info.strideWidth },
    ...{ front, top, left },
  };
  return { info, volume };
}

/** What the passes back of all pools share: the shapes are required, and where there is nothing the gradient is zero. */
function gradientKernel<Windows extends { info: { outShape: number[]; batchSize: number } }>(
  name: string,
  others: readonly string[],
  windows: (kernel: string, shape: number[], attributes: Attributes) => Windows,
  compute: (heap: Heap, windows: Windows, dy: TensorInfo, gradient: TensorInfo, inputs: Inputs) => void,
): HeapKernel {
  return {
    name,
    floats: ["dy", ...others],
    run(heap, inputs, attributes) {
      const [dy, x] = take(name, inputs, "dy", "input");
      const found = windows(name, x.shape, attributes);
      requireShape(`${name} dy`, dy, found.info.outShape);
      const gradient = heap.zeros(x.shape);
      if (!isEmpty(x) && !isEmpty(dy)) compute(heap, found, dy, gradient, inputs);
      return gradient;
    },
  };
}

/** 4.22's own takes no pixel for the largest that is not above 0. Of equal pixels the first takes the gradient. */
export const maxPoolGrad = gradientKernel(
  MaxPoolGrad,
  ["input", "output"],
  planes,
  (heap, { info, window }, dy, gradient, inputs) => {
    const [x, y] = take(MaxPoolGrad, inputs, "input", "output");
    requireShape(`${MaxPoolGrad} output`, y, info.outShape);
    heap.kernels.max_pool_grad_f32(info.batchSize, window, heap.at(x), heap.at(y), heap.at(dy), heap.at(gradient));
  },
);

/** The same in volumes. Of equal voxels the last takes the gradient, as on the cpu backend. */
export const maxPool3dGrad = gradientKernel(
  MaxPool3DGrad,
  ["input"],
  volumes,
  (heap, { info, volume }, dy, gradient, inputs) => {
    const [x] = take(MaxPool3DGrad, inputs, "input");
    heap.kernels.max_pool_3d_grad_f32(info.batchSize, volume, heap.at(x), heap.at(dy), heap.at(gradient));
  },
);

/** 4.22's own gives 1.2e-38 for a window without a voxel above 0. */
export const maxPool3d: HeapKernel = {
  name: MaxPool3D,
  floats: ["x"],
  leaves: ({ x }) => x?.dtype !== "float32",
  run(heap, inputs, attributes) {
    const [x] = take(this.name, inputs, "x");
    const { info, volume } = volumes(this.name, x.shape, attributes);
    const y = heap.zeros(info.outShape);
    if (isEmpty(x) || isEmpty(y)) return y;
    heap.kernels.max_pool_3d_f32(info.batchSize, volume, heap.at(x), heap.at(y));
    return y;
  },
};

/** 4.22's own divides by the whole window, where the forward pass counts only the voxels inside. */
export const avgPool3dGrad = gradientKernel(AvgPool3DGrad, [], volumes, (heap, { info, volume }, dy, gradient) => {
  heap.kernels.avg_pool_3d_grad_f32(info.batchSize, volume, heap.at(dy), heap.at(gradient));
});

/** The same of planes. tfjs's own tests prescribe the division by the whole window here, so it is asked for by name. */
export const avgPoolGrad = gradientKernel(AvgPoolGrad, [], planes, (heap, { info, window }, dy, gradient) => {
  heap.kernels.avg_pool_grad_f32(info.batchSize, window, heap.at(dy), heap.at(gradient));
});
