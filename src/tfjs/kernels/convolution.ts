/** The gradients of tf.conv2d, of one plane: those of the layers, over tfjs's own tensors. */
import { backend_util, Conv2DBackpropFilter, Conv2DBackpropInput } from "@tensorflow/tfjs-core";
import { ConvolutionOperation } from "../../model/layers/convolution.ts";
import { inputGradientFor } from "../../model/layers/convolution-gradient.ts";
import { filterAt, type HeapKernel, isEmpty, take, windowOf } from "./kernel.ts";

/** Its own is missing in 4.22. */
export const conv2dBackpropFilter: HeapKernel = {
  name: Conv2DBackpropFilter,
  floats: ["x", "dy"],
  run(heap, inputs, { strides, pad, dataFormat, dimRoundingMode, filterShape }) {
    const [x, dy] = take(this.name, inputs, "x", "dy");
    const format = backend_util.convertConv2DDataFormat(dataFormat ?? "NHWC");
    const info = backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      ...([filterShape, strides, 1, pad, dimRoundingMode, false, format] as const),
    );
    const window = windowOf(this.name, info);
    const gradient = heap.zeros(filterShape);
    if (isEmpty(x) || isEmpty(dy) || isEmpty(gradient)) return gradient;
    const { workspace } = heap;
    const filter = filterAt(filterShape, 0, heap.at(gradient));
    const convolution = new ConvolutionOperation(workspace, window, filter, undefined);
    const scratch = workspace.arena.allocate(convolution.scratchBytes());
    convolution.parameterGradient(info.batchSize, heap.at(x), heap.at(dy), scratch);
    return gradient;
  },
};

/** Its own is right, and takes ten times as long. Also the forward pass of tf.conv2dTranspose. */
export const conv2dBackpropInput: HeapKernel = {
  name: Conv2DBackpropInput,
  floats: ["dy", "filter"],
  leaves: (_, { dataFormat }) => dataFormat === "NCHW",
  run(heap, inputs, { strides, pad, dimRoundingMode, inputShape }) {
    const [dy, filter] = take(this.name, inputs, "dy", "filter");
    const info = backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as [number, number, number, number],
      ...([strides, 1, pad, dimRoundingMode] as const),
    );
    const window = windowOf(this.name, info);
    const gradient = heap.zeros(inputShape);
    if (isEmpty(dy) || isEmpty(filter) || isEmpty(gradient)) return gradient;
    const toInput = inputGradientFor(heap.workspace, window, filterAt(filter.shape, heap.at(filter)));
    toInput.add(info.batchSize, heap.at(dy), heap.at(gradient));
    return gradient;
  },
};
