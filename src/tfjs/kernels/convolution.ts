/** The gradients of tf.conv2d, of one plane: those of the layers, over tfjs's own tensors. */
import { backend_util, Conv2DBackpropFilter, Conv2DBackpropInput, type TensorInfo } from "@tensorflow/tfjs-core";
import { ConvolutionOperation } from "../../model/layers/convolution.ts";
import { inputGradientFor } from "../../model/layers/convolution-gradient.ts";
import {
  type Attributes,
  filterAt,
  filterOfGradient,
  type HeapKernel,
  hasShape,
  isEmpty,
  productsOf,
  requireShape,
  type Shape4,
  take,
  windowOf,
} from "./kernel.ts";

/** Its own is missing in 4.22. */
export const conv2dBackpropFilter: HeapKernel = {
  name: Conv2DBackpropFilter,
  floats: ["x", "dy"],
  run(heap, inputs, { strides, pad, dataFormat, dimRoundingMode, filterShape }) {
    const [x, dy] = take(this.name, inputs, "x", "dy");
    const format = backend_util.convertConv2DDataFormat(dataFormat ?? "NHWC");
    const info = backend_util.computeConv2DInfo(
      x.shape as Shape4,
      ...([filterShape, strides, 1, pad, dimRoundingMode, false, format] as const),
    );
    const window = windowOf(this.name, info);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(filterShape);
    if (isEmpty(x) || isEmpty(dy) || isEmpty(gradient)) return gradient;
    const { workspace } = heap;
    const filter = filterOfGradient(filterShape, heap.at(gradient));
    const convolution = new ConvolutionOperation(workspace, window, filter, undefined);
    const scratch = workspace.arena.allocate(convolution.scratchBytes());
    convolution.parameterGradient(info.batchSize, heap.at(x), heap.at(dy), scratch);
    return gradient;
  },
};

/** The window of a gradient to an input of that shape. */
function windowTo(inputShape: readonly number[], filter: TensorInfo, { strides, pad, dimRoundingMode }: Attributes) {
  return backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filter.shape as Shape4,
    ...([strides, 1, pad, dimRoundingMode] as const),
  );
}

/** Its own is right, and takes three to twelve times as long (bench/tfjs-gradients.bench.mjs). Also the forward pass of tf.conv2dTranspose. */
export const conv2dBackpropInput: HeapKernel = {
  name: Conv2DBackpropInput,
  floats: ["dy", "filter"],
  // tf.conv2dTranspose allows a dy that is larger than the window's outputs, and takes its first rows and columns.
  leaves({ dy, filter }, attributes) {
    if (attributes.dataFormat === "NCHW" || !dy || !filter) return true;
    return !hasShape(dy.shape, windowTo(attributes.inputShape, filter, attributes).outShape);
  },
  run(heap, inputs, attributes) {
    const [dy, filter] = take(this.name, inputs, "dy", "filter");
    const info = windowTo(attributes.inputShape, filter, attributes);
    const window = windowOf(this.name, info);
    const gradient = heap.zeros(info.inShape);
    if (isEmpty(dy) || isEmpty(filter) || isEmpty(gradient)) return gradient;
    const way = productsOf(heap, dy, filter);
    const toInput = inputGradientFor(heap.workspace, window, filterAt(filter.shape, heap.at(filter)), way);
    toInput.add(info.batchSize, heap.at(dy), heap.at(gradient));
    return gradient;
  },
};
