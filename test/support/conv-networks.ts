/** Small networks that between them hold every layer with a window, in the ways that take different paths. */
import { conv, dense, networkOf, part, type SmallNetwork } from "./networks.ts";

export const CONV_NETWORKS: readonly SmallNetwork[] = [
  {
    title: "Conv2D same and valid, MaxPooling2D, Dense, 7x6x1",
    network: () =>
      networkOf(
        [7, 6, 1],
        [
          conv(
            "Conv2D",
            { name: "c1", filters: 5, kernel_size: [3, 3], padding: "same", activation: "relu" },
            { kernel: [3, 3, 1, 5], bias: [5] },
          ),
          part("MaxPooling2D", { name: "p1", pool_size: [2, 2], strides: [2, 2], padding: "same" }),
          conv(
            "Conv2D",
            { name: "c2", filters: 9, kernel_size: [2, 2], strides: [1, 1], activation: "tanh" },
            { kernel: [2, 2, 5, 9] },
          ),
          part("Flatten", { name: "flat" }),
          dense("fc", 54, 3, "softmax"),
        ],
      ),
    softmax: true,
  },
  {
    title: "Conv2D with strides, with dilation and pointwise, AveragePooling2D same, GlobalAveragePooling2D, 9x8x3",
    // It differentiates no dilation, and AveragePooling2D as if its windows never met the border.
    tfjsFails: "gradients",
    network: () =>
      networkOf(
        [9, 8, 3],
        [
          conv(
            "Conv2D",
            { name: "c1", filters: 6, kernel_size: [3, 2], strides: [2, 1], padding: "same", activation: "linear" },
            { kernel: [3, 2, 3, 6], bias: [6] },
          ),
          conv(
            "Conv2D",
            {
              name: "c2",
              filters: 8,
              kernel_size: [3, 3],
              padding: "same",
              dilation_rate: [2, 2],
              activation: "sigmoid",
            },
            { kernel: [3, 3, 6, 8], bias: [8] },
          ),
          part("AveragePooling2D", { name: "p1", pool_size: [3, 3], strides: [2, 2], padding: "same" }),
          conv("Conv2D", { name: "c3", filters: 4, kernel_size: [1, 1] }, { kernel: [1, 1, 8, 4], bias: [4] }),
          part("GlobalAveragePooling2D", { name: "mean" }),
          part("Activation", { name: "answer", activation: "softmax" }),
        ],
      ),
    softmax: true,
  },
  {
    title: "DepthwiseConv2D with one and two filters a channel, AveragePooling2D, GlobalMaxPooling2D, 8x9x9",
    network: () =>
      networkOf(
        [8, 9, 9],
        [
          conv(
            "DepthwiseConv2D",
            { name: "d1", kernel_size: [3, 3], padding: "same", activation: "linear" },
            { depthwise_kernel: [3, 3, 9, 1], bias: [9] },
          ),
          part("AveragePooling2D", { name: "p1", pool_size: [2, 3], strides: [2, 1], padding: "valid" }),
          conv(
            "DepthwiseConv2D",
            { name: "d2", kernel_size: [2, 3], strides: [2, 2], depth_multiplier: 2, padding: "valid" },
            { depthwise_kernel: [2, 3, 9, 2] },
          ),
          part("GlobalMaxPooling2D", { name: "top" }),
          dense("fc", 18, 4, "softmax"),
        ],
      ),
    softmax: true,
  },
  {
    title: "SeparableConv2D with strides, plain logits, 7x7x4",
    network: () =>
      networkOf(
        [7, 7, 4],
        [
          conv(
            "SeparableConv2D",
            { name: "s1", filters: 5, kernel_size: [3, 3], strides: [2, 2], activation: "tanh" },
            { depthwise_kernel: [3, 3, 4, 1], pointwise_kernel: [1, 1, 4, 5], bias: [5] },
          ),
          part("MaxPooling2D", { name: "p1", pool_size: [3, 3], strides: [1, 1], padding: "valid" }),
          part("Flatten", { name: "flat" }),
        ],
      ),
    softmax: false,
  },
  {
    // Its SeparableConv2D does not say how many filters a channel it has when it is saved.
    tfjsFails: "everything",
    title: "SeparableConv2D with two filters a channel, plain logits, 7x7x4",
    network: () =>
      networkOf(
        [7, 7, 4],
        [
          conv(
            "SeparableConv2D",
            { name: "s1", filters: 5, kernel_size: [3, 3], strides: [2, 2], depth_multiplier: 2, activation: "tanh" },
            { depthwise_kernel: [3, 3, 4, 2], pointwise_kernel: [1, 1, 8, 5], bias: [5] },
          ),
          part("MaxPooling2D", { name: "p1", pool_size: [3, 3], strides: [1, 1], padding: "valid" }),
          part("Flatten", { name: "flat" }),
        ],
      ),
    softmax: false,
  },
  {
    // It differentiates no dilation.
    tfjsFails: "gradients",
    title: "Conv1D, AveragePooling1D, MaxPooling1D, 13x2",
    network: () =>
      networkOf(
        [13, 2],
        [
          conv(
            "Conv1D",
            { name: "c1", filters: 7, kernel_size: [3], strides: [1], padding: "same", activation: "relu" },
            { kernel: [3, 2, 7], bias: [7] },
          ),
          part("AveragePooling1D", { name: "p1", pool_size: [2], strides: [2], padding: "valid" }),
          conv(
            "Conv1D",
            { name: "c2", filters: 3, kernel_size: [2], dilation_rate: [2] },
            { kernel: [2, 7, 3], bias: [3] },
          ),
          part("MaxPooling1D", { name: "p2", pool_size: [2], strides: [1], padding: "same" }),
          part("Flatten", { name: "flat" }),
          dense("fc", 12, 3, "softmax"),
        ],
      ),
    softmax: true,
  },
];
