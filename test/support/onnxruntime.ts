/** onnxruntime-web on its WebAssembly backend and one thread: the judge of what an ONNX file gives. It has no gradients. */
import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** The output of a model for one input of floats.   dims  of the input, as the file states it, with the batch */
export async function runOnnx(
  bytes: Uint8Array,
  input: Float32Array,
  dims: readonly number[],
  output?: string,
): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "basic",
  });
  const [name] = session.inputNames as [string];
  const results = await session.run({ [name]: new ort.Tensor("float32", input, dims) });
  const { data } = results[output ?? (session.outputNames[0] as string)] as ort.Tensor;
  await session.release();
  return data as Float32Array;
}
