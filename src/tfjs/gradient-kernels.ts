/**
 * Makes the tfjs wasm backend differentiable: registers the gradient kernels that tfjs 4.22 lacks there, and replaces those
 * that give wrong numbers (docs/tfjs-wasm-defects.md). They work on the backend's tensors where they lie.
 */
import {
  getBackend,
  getKernel,
  backend as getTfBackend,
  KernelBackend,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
  version_core,
} from "@tensorflow/tfjs-core";
import * as v from "valibot";
import { failed, requireOptions } from "../check.ts";
import { requireSchema } from "../schema.ts";
import { heapOf } from "./heap.ts";
import { conv2dBackpropFilter, conv2dBackpropInput } from "./kernels/convolution.ts";
import { depthwiseConv2dBackpropFilter, depthwiseConv2dBackpropInput } from "./kernels/depthwise.ts";
import { dilation2d, dilation2dBackpropFilter, dilation2dBackpropInput } from "./kernels/dilation.ts";
import { type HeapKernel, type Inputs, requireFloats } from "./kernels/kernel.ts";
import { oneHot } from "./kernels/one-hot.ts";
import { avgPool3dGrad, avgPoolGrad, maxPool3d, maxPool3dGrad, maxPoolGrad } from "./kernels/pooling.ts";
import { resizeBilinearGrad, resizeNearestNeighborGrad } from "./kernels/resize.ts";
import { unsortedSegmentSum } from "./kernels/segment-sum.ts";
import { conv3dBackpropFilter, conv3dBackpropInput } from "./kernels/volume.ts";

const BACKEND = "wasm";

const KERNELS: readonly HeapKernel[] = [
  ...[conv2dBackpropFilter, depthwiseConv2dBackpropInput, depthwiseConv2dBackpropFilter, unsortedSegmentSum],
  ...[maxPoolGrad, maxPool3d, maxPool3dGrad, avgPool3dGrad],
  ...[dilation2d, dilation2dBackpropInput, dilation2dBackpropFilter],
  ...[conv3dBackpropInput, conv3dBackpropFilter],
  ...[resizeBilinearGrad, resizeNearestNeighborGrad, oneHot],
  conv2dBackpropInput,
];

const Options = v.strictObject({ exactAveragePools: v.optional(v.boolean(), false) });

/** Which of tfjs's kernels are replaced. */
export interface GradientKernelOptions {
  /**
   * Replaces AvgPoolGrad too. tfjs divides by the whole window on every backend, where its forward pass divides by what
   * of the window lies inside, and its tests say so: the default leaves that as it is. It matters with padding only.
   */
  exactAveragePools?: boolean;
}

/** What stands in tfjs's table for us, and what stood there before. */
interface Registration {
  readonly ours: KernelConfig;
  readonly theirs: KernelConfig | undefined;
}

const registered = new Map<string, Registration>();

/**
 * Registers the kernels for the wasm backend, which must be the one that tfjs has set: `await tf.setBackend("wasm")`
 * first. A second call changes nothing but what its options say. They stay when the backend is disposed and made
 * again. Throws where another backend is set, and for options that it does not have.
 */
export function registerGradientKernels(options: GradientKernelOptions = {}): void {
  requireOptions("registerGradientKernels", options, { exactAveragePools: true });
  const { exactAveragePools } = requireSchema("registerGradientKernels options", Options, options);
  requireBackend();
  for (const kernel of KERNELS) register(kernel);
  if (exactAveragePools) register(avgPoolGrad);
  else restore(avgPoolGrad.name);
}

/** Takes them out again and puts back what stood there. */
export function unregisterGradientKernels(): void {
  for (const name of [...registered.keys()]) restore(name);
}

/** Refuses a backend that is another, or whose memory is out of reach, before anything is changed. */
function requireBackend(): void {
  const subject = "registerGradientKernels";
  const name = getBackend();
  if (name !== BACKEND) {
    const got = name ? JSON.stringify(name) : "none in this copy of @tensorflow/tfjs-core";
    failed(subject, 'the wasm backend (await tf.setBackend("wasm") first)', got);
  }
  const backend = getTfBackend();
  if (!(backend instanceof KernelBackend)) {
    failed(
      subject,
      `a backend of @tensorflow/tfjs-core ${version_core}, which blindspot imports`,
      "one of another copy",
    );
  }
  heapOf(backend);
}

function register(kernel: HeapKernel): void {
  const { name } = kernel;
  const present = getKernel(name, BACKEND) as KernelConfig | undefined;
  if (present && present === registered.get(name)?.ours) return;
  const ours = configOf(kernel, present);
  // tfjs warns of a kernel that is registered twice.
  if (present) unregisterKernel(name, BACKEND);
  registerKernel(ours);
  registered.set(name, { ours, theirs: present });
}

/** Takes one of ours out, unless somebody has replaced it meanwhile. */
function restore(name: string): void {
  const registration = registered.get(name);
  registered.delete(name);
  if (!registration || getKernel(name, BACKEND) !== registration.ours) return;
  unregisterKernel(name, BACKEND);
  if (registration.theirs) registerKernel(registration.theirs);
}

function configOf(kernel: HeapKernel, theirs: KernelConfig | undefined): KernelConfig {
  const { name } = kernel;
  return {
    kernelName: name,
    backendName: BACKEND,
    // A backend that is made while ours are registered must find theirs set up for it when they come back.
    setupFunc: (backend) => theirs?.setupFunc?.(backend),
    disposeFunc: (backend) => theirs?.disposeFunc?.(backend),
    kernelFunc: (call) => {
      const { backend, attrs = {} } = call;
      const inputs = call.inputs as Inputs;
      if (theirs && kernel.leaves?.(inputs, attrs)) return theirs.kernelFunc(call);
      requireFloats(name, inputs, kernel.floats);
      const heap = heapOf(backend);
      return heap.scoped((): TensorInfo => kernel.run(heap, inputs, attrs));
    },
  };
}
