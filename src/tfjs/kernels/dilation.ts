/** tf.dilation2d and its gradients, in which 4.22's own take no sum for the largest that is not above 0. */
import {
  backend_util,
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import {
  type Attributes,
  type HeapKernel,
  type Inputs,
  isEmpty,
  requireShape,
  type Shape3,
  type Shape4,
  take,
  windowOf,
} from "./kernel.ts";

/** Its own is right for whole numbers. */
const leaves = ({ x }: Inputs) => x?.dtype === "int32";

function dilation(kernel: string, x: TensorInfo, filter: TensorInfo, { strides, pad, dilations }: Attributes) {
  const info = backend_util.computeDilation2DInfo(
    x.shape as Shape4,
    filter.shape as Shape3,
    ...([strides, pad, "NHWC", dilations] as const),
  );
  return { info, window: windowOf(kernel, info) };
}

export const dilation2d: HeapKernel = {
  name: Dilation2D,
  floats: ["x", "filter"],
  leaves,
  run(heap, inputs, attributes) {
    const [x, filter] = take(this.name, inputs, "x", "filter");
    const { info, window } = dilation(this.name, x, filter, attributes);
    const y = heap.zeros(info.outShape);
    if (isEmpty(x) || isEmpty(filter) || isEmpty(y)) return y;
    heap.kernels.dilation_f32(info.batchSize, window, heap.at(x), heap.at(filter), heap.at(y));
    return y;
  },
};

/** A gradient by one of the two kernels, of the shape of one of the two inputs. */
function gradient(
  name: string,
  to: "x" | "filter",
  kernel: "dilation_input_grad_f32" | "dilation_filter_grad_f32",
): HeapKernel {
  return {
    name,
    floats: ["x", "filter", "dy"],
    leaves,
    run(heap, inputs, attributes) {
      const [x, filter, dy] = take(name, inputs, "x", "filter", "dy");
      const { info, window } = dilation(name, x, filter, attributes);
      requireShape(`${name} dy`, dy, info.outShape);
      const slope = heap.zeros((to === "x" ? x : filter).shape);
      if (isEmpty(x) || isEmpty(filter) || isEmpty(dy)) return slope;
      heap.kernels[kernel](info.batchSize, window, heap.at(x), heap.at(filter), heap.at(dy), heap.at(slope));
      return slope;
    },
  };
}

export const dilation2dBackpropInput = gradient(Dilation2DBackpropInput, "x", "dilation_input_grad_f32");
export const dilation2dBackpropFilter = gradient(Dilation2DBackpropFilter, "filter", "dilation_filter_grad_f32");
