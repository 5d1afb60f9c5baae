/** Pooling as 4.22 has it wrong on the wasm backend: the gradients of the largest, and of volumes the largest itself. */
import { AvgPool3DGrad, AvgPoolGrad, backend_util, MaxPool3D, MaxPool3DGrad, MaxPoolGrad } from "@tensorflow/tfjs-core";
import { outOfRange } from "../../check.ts";
import type { Volume } from "../../wasm/index.ts";
import {
  type Attributes,
  type HeapKernel,
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

/** 4.22's own takes no pixel for the largest that is not above 0. Of equal pixels the first takes the gradient. */
export const maxPoolGrad: HeapKernel = {
  name: MaxPoolGrad,
  floats: ["dy", "input", "output"],
  run(heap, inputs, attributes) {
    const [dy, x, y] = take(this.name, inputs, "dy", "input", "output");
    const { info, window } = planes(this.name, x.shape, attributes);
    requireShape(`${this.name} output`, y, info.outShape);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(x.shape);
    if (isEmpty(x) || isEmpty(dy)) return gradient;
    heap.kernels.max_pool_grad_f32(info.batchSize, window, heap.at(x), heap.at(y), heap.at(dy), heap.at(gradient));
    return gradient;
  },
};

/** The same in volumes. Of equal voxels the last takes the gradient, as on the cpu backend. */
export const maxPool3dGrad: HeapKernel = {
  name: MaxPool3DGrad,
  floats: ["dy", "input"],
  run(heap, inputs, attributes) {
    const [dy, x] = take(this.name, inputs, "dy", "input");
    const { info, volume } = volumes(this.name, x.shape, attributes);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(x.shape);
    if (isEmpty(x) || isEmpty(dy)) return gradient;
    heap.kernels.max_pool_3d_grad_f32(info.batchSize, volume, heap.at(x), heap.at(dy), heap.at(gradient));
    return gradient;
  },
};

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
export const avgPool3dGrad: HeapKernel = {
  name: AvgPool3DGrad,
  floats: ["dy"],
  run(heap, inputs, attributes) {
    const [dy, x] = take(this.name, inputs, "dy", "input");
    const { info, volume } = volumes(this.name, x.shape, attributes);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(x.shape);
    if (isEmpty(x) || isEmpty(dy)) return gradient;
    heap.kernels.avg_pool_3d_grad_f32(info.batchSize, volume, heap.at(dy), heap.at(gradient));
    return gradient;
  },
};

/** The same of planes. tfjs's own tests prescribe the division by the whole window here, so it is asked for by name. */
export const avgPoolGrad: HeapKernel = {
  name: AvgPoolGrad,
  floats: ["dy"],
  run(heap, inputs, attributes) {
    const [dy, x] = take(this.name, inputs, "dy", "input");
    const { info, window } = planes(this.name, x.shape, attributes);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(x.shape);
    if (isEmpty(x) || isEmpty(dy)) return gradient;
    heap.kernels.avg_pool_grad_f32(info.batchSize, window, heap.at(dy), heap.at(gradient));
    return gradient;
  },
};
