/** tf.oneHot to float32, where 4.22's own writes whole numbers into the floats: 1.4e-45 for 1. It answers the other types. */
import { OneHot } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../model/layers/shape.ts";
import { type HeapKernel, requireInt32, take } from "./kernel.ts";

export const oneHot: HeapKernel = {
  name: OneHot,
  floats: [],
  leaves: (_, { dtype }) => dtype !== "float32",
  run(heap, inputs, { depth, onValue, offValue }) {
    const [indices] = take(this.name, inputs, "indices");
    requireInt32(`${this.name} indices`, indices);
    const count = sizeOf(indices.shape);
    const y = heap.zeros([...indices.shape, depth]);
    if (count === 0 || depth === 0) return y;
    const { arena } = heap.workspace;
    const values = arena.f32(heap.at(y), count * depth).fill(offValue);
    arena.i32(heap.i32At(indices), count).forEach((index, i) => {
      if (index >= 0 && index < depth) values[i * depth + index] = onValue;
    });
    return y;
  },
};
