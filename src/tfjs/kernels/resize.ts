/**
 * The gradients of resized images. 4.22's own read no `halfPixelCenters`: they differentiate another function than the
 * one that ran. They answer the other calls.
 */
import { ResizeBilinearGrad, ResizeNearestNeighbor, ResizeNearestNeighborGrad } from "@tensorflow/tfjs-core";
import { outOfRange } from "../../check.ts";
import { type F32Pointer, type I32Pointer, offset32, type Workspace } from "../../wasm/index.ts";
import type { Heap } from "../heap.ts";
import { type Attributes, type HeapKernel, type Inputs, isEmpty, type Shape4, take } from "./kernel.ts";

const leaves = (_: Inputs, { halfPixelCenters }: Attributes) => !halfPixelCenters;

/** The two pixels between which each output of one side lies, and how far behind the first. */
function between(workspace: Workspace, size: number, outputs: number): [pixels: I32Pointer, behind: F32Pointer] {
  const { arena } = workspace;
  const [pixels, behind] = [arena.allocateI32(2 * outputs), arena.allocateF32(outputs)];
  const [places, shares] = [arena.i32(pixels, 2 * outputs), arena.f32(behind, outputs)];
  for (let i = 0; i < outputs; i++) {
    const at = Math.min(Math.max(((i + 0.5) * size) / outputs - 0.5, 0), size - 1);
    const first = Math.floor(at);
    places[i] = first;
    places[outputs + i] = Math.min(first + 1, size - 1);
    shares[i] = at - first;
  }
  return [pixels, behind];
}

export const resizeBilinearGrad: HeapKernel = {
  name: ResizeBilinearGrad,
  floats: ["dy", "images"],
  leaves,
  run(heap, inputs) {
    const [dy, images] = take(this.name, inputs, "dy", "images");
    const [n, h, w, c] = images.shape as Shape4;
    const [, oh, ow] = dy.shape as Shape4;
    const gradient = heap.zeros(images.shape);
    if (isEmpty(images) || isEmpty(dy)) return gradient;
    const { workspace } = heap;
    const [rows, down] = between(workspace, h, oh);
    const [columns, across] = between(workspace, w, ow);
    const [from, to] = [heap.at(dy), heap.at(gradient)];
    heap.kernels.resize_bilinear_grad_f32(n, { h, w, c, oh, ow }, rows, columns, down, across, from, to);
    return gradient;
  },
};

/** The pixel that each output takes, i32[oh,ow]: what the forward pass itself makes of an image of its pixels' numbers. */
function sources(heap: Heap, [, h, w]: Shape4, [, oh, ow]: Shape4, attributes: Attributes): I32Pointer {
  if (h * w > 2 ** 24)
    outOfRange(ResizeNearestNeighborGrad, "images of at most 2^24 pixels, which f32 can number", `${h * w}`);
  const numbers = heap.zeros([1, h, w, 1]);
  const { arena } = heap.workspace;
  const pixels = arena.f32(heap.at(numbers), h * w);
  for (let i = 0; i < pixels.length; i++) pixels[i] = i;
  const taken = heap.call(ResizeNearestNeighbor, { images: numbers }, { ...attributes, size: [oh, ow] });
  const ids = arena.allocateI32(oh * ow);
  arena.i32(ids, oh * ow).set(arena.f32(heap.at(taken), oh * ow));
  heap.dispose(numbers);
  heap.dispose(taken);
  return ids;
}

export const resizeNearestNeighborGrad: HeapKernel = {
  name: ResizeNearestNeighborGrad,
  floats: ["dy", "images"],
  leaves,
  run(heap, inputs, attributes) {
    const [dy, images] = take(this.name, inputs, "dy", "images");
    const [n, h, w, c] = images.shape as Shape4;
    const [, oh, ow] = dy.shape as Shape4;
    const gradient = heap.zeros(images.shape);
    if (isEmpty(images) || isEmpty(dy)) return gradient;
    const ids = sources(heap, images.shape as Shape4, dy.shape as Shape4, attributes);
    const [from, to] = [heap.at(dy), heap.at(gradient)];
    for (let image = 0; image < n; image++) {
      const [slopes, pixels] = [offset32(from, image * oh * ow * c), offset32(to, image * h * w * c)];
      heap.kernels.segment_sum_f32(oh * ow, c, h * w, slopes, ids, pixels);
    }
    return gradient;
  },
};
