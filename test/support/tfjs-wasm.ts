/** TensorFlow.js on its wasm backend beside the cpu one, on one thread, as Node has it. */
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs"; // registers gradients and methods that tfjs-core leaves out
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

const package_ = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
setWasmPaths(join(dirname(package_), "dist") + sep);
await tf.setBackend("wasm");

export { tf };

export type BackendName = "cpu" | "wasm";

/** Runs a function with that backend set, and sets the wasm backend again. */
export async function on<T>(backend: BackendName, use: () => T | Promise<T>): Promise<T> {
  await tf.setBackend(backend);
  try {
    return await use();
  } finally {
    await tf.setBackend("wasm");
  }
}

export interface Case {
  /** Shapes of the inputs. */
  shapes: readonly (readonly number[])[];
  f: (...inputs: tf.Tensor[]) => tf.Tensor;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** The value of a function and its gradients to all inputs, for the slope `dy` of the result. */
export function differentiate(
  { shapes, f }: Case,
  inputs: readonly Float32Array[],
  dy: (size: number) => Float32Array,
): { y: Float32Array; shape: number[]; gradients: Float32Array[] } {
  return tf.tidy(() => {
    const tensors = inputs.map((values, i) => tf.tensor(values, [...(shapes[i] as number[])]));
    const y = f(...tensors);
    const slope = tf.tensor(dy(y.size), y.shape);
    const gradients = tf.grads((...args: tf.Tensor[]) => f(...args))(tensors, slope);
    return {
      y: y.dataSync() as Float32Array,
      shape: y.shape,
      gradients: gradients.map((g) => g.dataSync() as Float32Array),
    };
  });
}
