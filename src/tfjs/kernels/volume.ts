/**
 * Convolutions of volumes as sums of convolutions of planes: slice m of the output meets slice m sd + p - front of the
 * input at slice p of the filter.
 */
import { backend_util, Conv3DBackpropFilterV2, Conv3DBackpropInputV2 } from "@tensorflow/tfjs-core";
import { ConvolutionOperation } from "../../model/layers/convolution.ts";
import { inputGradientFor } from "../../model/layers/convolution-gradient.ts";
import { sizeOf } from "../../model/layers/shape.ts";
import type { Window } from "../../model/layers/window.ts";
import { type F32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import {
  filterAt,
  filterOfGradient,
  type HeapKernel,
  isEmpty,
  productsOf,
  requireShape,
  type Shape5,
  take,
  windowOf,
} from "./kernel.ts";

/** The window within a plane. */
function planeOf(kernel: string, info: backend_util.Conv3DInfo): Window {
  return windowOf(kernel, info as unknown as backend_util.Conv2DInfo);
}

/** Calls `use(volume, slice of the output, slice of the input)` where the filter's slice meets one, both ascending. */
function eachMeeting(info: backend_util.Conv3DInfo, slice: number, use: (output: number, input: number) => void): void {
  const { batchSize, inDepth, outDepth, strideDepth, padInfo } = info;
  for (let volume = 0; volume < batchSize; volume++) {
    for (let m = 0; m < outDepth; m++) {
      const depth = m * strideDepth + slice - padInfo.front;
      if (depth >= 0 && depth < inDepth) use(volume * outDepth + m, volume * inDepth + depth);
    }
  }
}

/** 4.22's own gives zeros, or values of the neighbours. Also the forward pass of tf.conv3dTranspose. */
export const conv3dBackpropInput: HeapKernel = {
  name: Conv3DBackpropInputV2,
  floats: ["dy", "filter"],
  run(heap, inputs, { pad, strides, inputShape }) {
    const [dy, filter] = take(this.name, inputs, "dy", "filter");
    const info = backend_util.computeConv3DInfo(inputShape, filter.shape as Shape5, strides, 1, pad);
    const window = planeOf(this.name, info);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(inputShape);
    if (isEmpty(dy) || isEmpty(filter) || isEmpty(gradient)) return gradient;
    const { arena } = heap.workspace;
    const [from, to, weights] = [heap.at(dy), heap.at(gradient), heap.at(filter)];
    const [plane, output] = [window.h * window.w * window.c, window.oh * window.ow * info.outChannels];
    const shape = filter.shape.slice(1);
    const way = productsOf(heap, dy, filter);
    for (let slice = 0; slice < info.filterDepth; slice++) {
      const top = arena.mark();
      const part = filterAt(shape, offset32(weights, slice * sizeOf(shape)));
      const toInput = inputGradientFor(heap.workspace, window, part, way);
      eachMeeting(info, slice, (m, n) => toInput.add(1, offset32(from, m * output), offset32(to, n * plane)));
      arena.release(top);
    }
    return gradient;
  },
};

/**
 * A plane as its windows see it. At strides above the filter's size tfjs's "same" border of a volume is negative: the first
 * window begins within the plane, and what lies before it is cut off here.
 */
class Plane {
  readonly window: Window;
  private readonly workspace: Workspace;
  private readonly whole: Window;
  private readonly cut: F32Pointer | undefined;

  constructor(workspace: Workspace, whole: Window) {
    this.workspace = workspace;
    this.whole = whole;
    const { c, top, left, ph, pw } = whole;
    const [rows, columns] = [Math.max(0, -top), Math.max(0, -left)];
    const [h, w] = [whole.h - rows, whole.w - columns];
    // Where a side is cut there is no border: its windows end within the plane.
    const border = { top: Math.max(0, top), left: Math.max(0, left), ph: rows > 0 ? h : ph, pw: columns > 0 ? w : pw };
    this.window = { ...whole, h, w, ...border };
    if (rows + columns > 0) this.cut = workspace.arena.allocateF32(h * w * c);
  }

  /** Where the plane at x lies without what is cut off. */
  of(x: F32Pointer): F32Pointer {
    if (this.cut === undefined) return x;
    const { c } = this.whole;
    const { h, w } = this.window;
    const first = (this.whole.h - h) * this.whole.w + this.whole.w - w;
    this.workspace.kernels.copy_rows_f32(h, w * c, offset32(x, first * c), this.whole.w * c, this.cut, w * c);
    return this.cut;
  }
}

/** 4.22's own is wrong at strides above 1. */
export const conv3dBackpropFilter: HeapKernel = {
  name: Conv3DBackpropFilterV2,
  floats: ["x", "dy"],
  run(heap, inputs, { pad, strides, filterShape }) {
    const [x, dy] = take(this.name, inputs, "x", "dy");
    const info = backend_util.computeConv3DInfo(x.shape as Shape5, filterShape, strides, 1, pad);
    const window = planeOf(this.name, info);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(filterShape);
    if (isEmpty(x) || isEmpty(dy) || isEmpty(gradient)) return gradient;
    const { workspace } = heap;
    const cut = new Plane(workspace, window);
    const [from, slopes, to] = [heap.at(x), heap.at(dy), heap.at(gradient)];
    const [plane, output] = [window.h * window.w * window.c, window.oh * window.ow * info.outChannels];
    const shape = info.filterShape.slice(1);
    for (let slice = 0; slice < info.filterDepth; slice++) {
      const top = workspace.arena.mark();
      const part = filterOfGradient(shape, offset32(to, slice * sizeOf(shape)));
      const convolution = new ConvolutionOperation(workspace, cut.window, part, undefined);
      const scratch = workspace.arena.allocate(convolution.scratchBytes());
      eachMeeting(info, slice, (m, n) => {
        const image = cut.of(offset32(from, n * plane));
        convolution.parameterGradient(1, image, offset32(slopes, m * output), scratch);
      });
      workspace.arena.release(top);
    }
    return gradient;
  },
};
