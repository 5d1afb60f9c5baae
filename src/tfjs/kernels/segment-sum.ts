/** tf.unsortedSegmentSum, missing in 4.22: what the gradient of tf.gather is made of. */
import { UnsortedSegmentSum } from "@tensorflow/tfjs-core";
import { outOfRange } from "../../check.ts";
import { sizeOf } from "../../model/layers/layer.ts";
import { type HeapKernel, isEmpty, take } from "./kernel.ts";

/** Rows whose segment is not in [0, numSegments) are dropped, as on the cpu backend. */
export const unsortedSegmentSum: HeapKernel = {
  name: UnsortedSegmentSum,
  floats: ["x"],
  run(heap, inputs, { numSegments }) {
    const [x, ids] = take(this.name, inputs, "x", "segmentIds");
    if (ids.dtype !== "int32") outOfRange(`${this.name} segmentIds`, "dtype int32", ids.dtype);
    const [rows = 0, ...rest] = x.shape;
    if (ids.shape.length !== 1 || ids.shape[0] !== rows) {
      outOfRange(`${this.name} segmentIds`, `shape [${rows}], one a row of x`, `[${ids.shape.join(", ")}]`);
    }
    const y = heap.zeros([numSegments, ...rest]);
    if (isEmpty(x) || isEmpty(y)) return y;
    heap.kernels.segment_sum_f32(rows, sizeOf(rest), numSegments, heap.at(x), heap.at(ids), heap.at(y));
    return y;
  },
};
