/** The paper's networks for MNIST that are not plain fully connected ones. */
import { outOfRange, requireInteger, requireOptions } from "../../check.ts";
import type { Autoencoder } from "../autoencoder.ts";
import type { Network } from "../network.ts";
import { SequentialBuilder } from "./sequential.ts";

/** The sizes of AE400-10, and the seed of its weights. */
export interface AutoencoderOptions {
  /** Name of the network; default `ae` and the sizes of its layers. */
  name?: string;
  /** Numbers of a row; default 784. */
  inputs?: number;
  /** Units of the encoder; default 400. */
  units?: number;
  /** Default 10. */
  classes?: number;
  /** Seed of the initial weights; default 0. */
  seed?: number;
}

/**
 * AE400-10: the encoder of a sparse autoencoder, sigmoid units, with a softmax classifier on top. Layers `encoder` and
 * `classifier`: the paper trains the first without labels, freezes it, then fits the second. Throws for options that
 * are unknown or out of range.
 */
export function autoencoderClassifier(options: AutoencoderOptions = {}): Network {
  requireOptions("autoencoderClassifier", options, {
    name: true,
    inputs: true,
    units: true,
    classes: true,
    seed: true,
  });
  const { inputs = 784, units = 400, classes = 10, seed = 0 } = options;
  requireInteger("inputs", inputs, 1);
  requireInteger("units", units, 1);
  requireInteger("classes", classes, 1);
  return new SequentialBuilder(options.name ?? `ae${units}-${classes}`, [inputs])
    .dense("encoder", units, "sigmoid")
    .dense("classifier", classes, "softmax")
    .build(seed);
}

/**
 * The encoder of an autoencoder under a softmax classifier that was fitted on its units' activations: AE400-10,
 * trained. Throws for any other classifier.
 *
 * @param classifier one dense layer with bias, from as many numbers as the autoencoder has units
 */
export function withClassifier(name: string, autoencoder: Autoencoder, classifier: Network): Network {
  const { inputSize, units } = autoencoder;
  if (classifier.parameterCount !== (units + 1) * classifier.classes || classifier.inputSize !== units) {
    outOfRange("classifier", `one dense layer with bias from ${units} numbers`, `${classifier.name}`);
  }
  const network = autoencoderClassifier({ name, inputs: inputSize, units, classes: classifier.classes });
  const parameters = network.getParameters();
  const encoder = autoencoder.getParameters().subarray(0, (inputSize + 1) * units);
  parameters.set(encoder);
  parameters.set(classifier.getParameters(), encoder.length);
  network.setParameters(parameters);
  return network;
}

/**
 * A convolutional network for 28x28 images, for the paper's analysis of units. The paper does not describe its own; this
 * is the usual one: 32 filters 5x5, 2x2 pooling, 64 filters 5x5, 2x2 pooling, 128 units, softmax; ReLU. 184,586
 * parameters. Throws for options that are unknown or out of range.
 */
export function mnistConvnet(options: { classes?: number; seed?: number } = {}): Network {
  requireOptions("mnistConvnet", options, { classes: true, seed: true });
  const { classes = 10, seed = 0 } = options;
  requireInteger("classes", classes, 1);
  return new SequentialBuilder("mnist-convnet", [28, 28, 1])
    .convolution("conv1", { filters: 32, kernel: 5 })
    .maxPooling("pool1", 2, 2)
    .convolution("conv2", { filters: 64, kernel: 5 })
    .maxPooling("pool2", 2, 2)
    .flatten("flatten")
    .dense("fc1", 128, "relu")
    .dense("fc2", classes, "softmax")
    .build(seed);
}

/**
 * A small convolutional network for 28x28 images without pooling, whose bounds are easily trained: 16 filters 4x4 and 32 filters 4x4, both by
 * steps of two, 32 units, softmax; ReLU. 34,682 parameters. Throws for options that are unknown or out of range.
 */
export function smallConvnet(
  options: { name?: string; units?: number; classes?: number; seed?: number } = {},
): Network {
  requireOptions("smallConvnet", options, { name: true, units: true, classes: true, seed: true });
  const { name = "small-convnet", units = 32, classes = 10, seed = 0 } = options;
  requireInteger("units", units, 1);
  requireInteger("classes", classes, 1);
  return new SequentialBuilder(name, [28, 28, 1])
    .convolution("conv1", { filters: 16, kernel: 4, stride: 2 })
    .convolution("conv2", { filters: 32, kernel: 4, stride: 2 })
    .flatten("flatten")
    .dense("fc1", units, "relu")
    .dense("fc2", classes, "softmax")
    .build(seed);
}
