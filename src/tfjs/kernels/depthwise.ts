/** The gradients of tf.depthwiseConv2d, both missing in 4.22: those of the layers, over tfjs's own tensors. */
import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
} from "@tensorflow/tfjs-core";
import { DepthwiseOperation } from "../../model/layers/depthwise.ts";
import {
  type Attributes,
  filterAt,
  filterOfGradient,
  type HeapKernel,
  isEmpty,
  requireShape,
  type Shape4,
  take,
  windowOf,
} from "./kernel.ts";

function infoOf(inputShape: number[], filterShape: number[], attributes: Attributes): backend_util.Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode } = attributes;
  return backend_util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    ...([strides, dilations, pad, dimRoundingMode, true] as const),
  );
}

export const depthwiseConv2dBackpropInput: HeapKernel = {
  name: DepthwiseConv2dNativeBackpropInput,
  floats: ["dy", "filter"],
  run(heap, inputs, attributes) {
    const [dy, filter] = take(this.name, inputs, "dy", "filter");
    const info = infoOf(attributes.inputShape, filter.shape, attributes);
    const window = windowOf(this.name, info);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(info.inShape);
    if (isEmpty(dy) || isEmpty(filter) || isEmpty(gradient)) return gradient;
    const convolution = new DepthwiseOperation(
      heap.workspace,
      window,
      filterAt(filter.shape, heap.at(filter)),
      undefined,
    );
    convolution.writeInputGradient(info.batchSize, heap.at(dy), heap.at(gradient));
    return gradient;
  },
};

export const depthwiseConv2dBackpropFilter: HeapKernel = {
  name: DepthwiseConv2dNativeBackpropFilter,
  floats: ["x", "dy"],
  run(heap, inputs, attributes) {
    const [x, dy] = take(this.name, inputs, "x", "dy");
    const info = infoOf(x.shape, attributes.filterShape, attributes);
    const window = windowOf(this.name, info);
    requireShape(`${this.name} dy`, dy, info.outShape);
    const gradient = heap.zeros(info.filterShape);
    if (isEmpty(x) || isEmpty(dy) || isEmpty(gradient)) return gradient;
    const { workspace } = heap;
    const filter = filterOfGradient(info.filterShape, heap.at(gradient));
    const convolution = new DepthwiseOperation(workspace, window, filter, undefined);
    const scratch = workspace.arena.allocate(convolution.scratchBytes());
    convolution.parameterGradient(info.batchSize, heap.at(x), heap.at(dy), scratch);
    return gradient;
  },
};
