/** AlexNet [Krizhevsky et al. 2012], as the paper attacks it, and torchvision's network of that name. */
import { requireInteger, requireOptions } from "../../check.ts";
import type { Network } from "../network.ts";
import { SequentialBuilder } from "./sequential.ts";

/** The classes of an AlexNet, and how it is built. */
export interface AlexNetOptions {
  /** Default 1000. */
  classes?: number;
  /** Convolutions 2, 4 and 5 in two groups, as on the two processors of the original; default false. */
  grouped?: boolean;
  /** Seed of the initial weights; default 0. */
  seed?: number;
}

/** n = 5 neighbouring channels: a radius of 2. alpha multiplies the sum of their squares, as printed. */
const RESPONSE = { depth_radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };

/**
 * AlexNet over 227x227x3: five convolutions, two of them normalised, three overlapping poolings 3x3 / 2, three fully
 * connected layers. 62,378,344 parameters with 1000 classes, 60,965,224 when grouped.
 *
 * Memory: 250 MB of weights, as much again packed for the way forward, and again for the way back; with the values of a
 * batch of 4 rows, less than 800 MiB. The gradient to the parameters takes 750 MB more. Throws for options that are
 * unknown or out of range.
 */
export function alexNet(options: AlexNetOptions = {}): Network {
  requireOptions("alexNet", options, { classes: true, grouped: true, seed: true });
  const { classes = 1000, grouped = false, seed = 0 } = options;
  requireInteger("classes", classes, 1);
  const groups = grouped ? 2 : 1;
  return new SequentialBuilder(grouped ? "alexnet-grouped" : "alexnet", [227, 227, 3])
    .convolution("conv1", { filters: 96, kernel: 11, stride: 4 })
    .responseNormalization("norm1", RESPONSE)
    .maxPooling("pool1", 3, 2)
    .convolution("conv2", { filters: 256, kernel: 5, padding: "same", groups })
    .responseNormalization("norm2", RESPONSE)
    .maxPooling("pool2", 3, 2)
    .convolution("conv3", { filters: 384, kernel: 3, padding: "same" })
    .convolution("conv4", { filters: 384, kernel: 3, padding: "same", groups })
    .convolution("conv5", { filters: 256, kernel: 3, padding: "same", groups })
    .maxPooling("pool5", 3, 2)
    .flatten("flatten")
    .dense("fc6", 4096, "relu")
    .dropout("drop6", 0.5)
    .dense("fc7", 4096, "relu")
    .dropout("drop7", 0.5)
    .dense("fc8", classes, "softmax")
    .build(seed);
}

/**
 * torchvision's `alexnet` over 224x224x3: the narrower network of [Krizhevsky 2014], without normalisation. Its adaptive
 * pooling is the identity at this size. The images it was trained on have the mean (0.485, 0.456, 0.406) subtracted and the
 * deviation (0.229, 0.224, 0.225) divided out, channel by channel.
 */
export function torchvisionAlexNetBuilder(classes: number): SequentialBuilder {
  return new SequentialBuilder("torchvision-alexnet", [224, 224, 3])
    .zeroPadding("pad0", 2)
    .convolution("features.0", { filters: 64, kernel: 11, stride: 4 })
    .maxPooling("features.2", 3, 2)
    .convolution("features.3", { filters: 192, kernel: 5, padding: "same" })
    .maxPooling("features.5", 3, 2)
    .convolution("features.6", { filters: 384, kernel: 3, padding: "same" })
    .convolution("features.8", { filters: 256, kernel: 3, padding: "same" })
    .convolution("features.10", { filters: 256, kernel: 3, padding: "same" })
    .maxPooling("features.12", 3, 2)
    .flatten("flatten")
    .dropout("classifier.0", 0.5)
    .dense("classifier.1", 4096, "relu")
    .dropout("classifier.3", 0.5)
    .dense("classifier.4", 4096, "relu")
    .dense("classifier.6", classes, "softmax");
}
