/** onnxruntime-web on its WebAssembly backend and one thread. It has no gradients. */
import { onnxModel, onnxRows } from "./onnx.mjs";
import { rival } from "./rival.mjs";

export async function onnxRuntime(artifacts, rows, count, shape) {
  const ort = await rival("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const { dims, values } = onnxRows(rows, count, shape);
  const { bytes, input, output } = await onnxModel(artifacts, dims);
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  return {
    version: ort.env.versions.web,
    forward: async () => {
      const results = await session.run({ [input]: new ort.Tensor("float32", values, dims) });
      return results[output].data;
    },
  };
}
