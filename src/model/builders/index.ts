export { type AlexNetOptions, alexNet } from "./alexnet.ts";
export { type BuildOptions, fullyConnected, softmaxRegression } from "./fully-connected.ts";
export { type AutoencoderOptions, autoencoderClassifier, mnistConvnet, smallConvnet, withClassifier } from "./mnist.ts";
export {
  QUOCNET_FULL,
  type QuocNetOptions,
  type QuocNetSize,
  quocNet,
  quocNetSize,
  quocNetStages,
} from "./quocnet.ts";
