/** tf.unsortedSegmentSum, missing in 4.22: what the gradient of tf.gather is made of. */
import { UnsortedSegmentSum } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../model/layers/shape.ts";
import { type HeapKernel, isEmpty, requireInt32, requireShape, take } from "./kernel.ts";

/** Rows whose segment is not in [0, numSegments) are dropped, as on the cpu backend. */
export const unsortedSegmentSum: HeapKernel = {
  name: UnsortedSegmentSum,
  floats: ["x"],
  run(heap, inputs, { numSegments }) {
    const [x, ids] = take(this.name, inputs, "x", "segmentIds");
    requireInt32(`${this.name} segmentIds`, ids);
    const [rows = 0, ...rest] = x.shape;
    requireShape(`${this.name} segmentIds`, ids, [rows]);
    const y = heap.zeros([numSegments, ...rest]);
    if (isEmpty(x) || isEmpty(y)) return y;
    heap.kernels.segment_sum_f32(rows, sizeOf(rest), numSegments, heap.at(x), heap.i32At(ids), heap.at(y));
    return y;
  },
};
