/** jax-js on its WebAssembly backend, compiled by `jit`. Under Node it has one thread: there is no global Worker for its pool. */
import { filtersFirst, layersOf } from "../peer-models.mjs";
import { onnxRows } from "./onnx.mjs";
import { rival } from "./rival.mjs";

export async function jax(artifacts, rows, count, shape, labels) {
  // onnxruntime-web makes Node's Worker global. That one does not start from a blob, as jax-js would have it.
  Reflect.deleteProperty(globalThis, "Worker");
  const { init, defaultDevice, numpy: np, jit, grad, nn, lax } = await rival("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const layers = layersOf(artifacts).slice(1);
  const array = (values, dims) => np.array(values).reshape(dims);
  const weights = layers.flatMap(({ kernel, bias }) => {
    if (!kernel) return [];
    const { shape } = kernel;
    const isImage = shape.length === 4;
    const values = isImage ? filtersFirst(kernel) : kernel.values;
    const dims = isImage ? [shape[3], shape[2], shape[0], shape[1]] : shape;
    return [array(values, dims), array(bias.values, isImage ? [bias.shape[0], 1, 1] : bias.shape)];
  });
  // Arrays are counted: a function uses up what it is given, and `ref` is one more of it.
  const scoresOf = (x, ...given) => {
    let next = 0;
    let at = x;
    for (const { class_name, config, kernel, inputs } of layers) {
      if (inputs.length > 1) throw new Error("jax-js: expected layers one behind the other, got a graph");
      const [w, b] = kernel ? [given[next++], given[next++]] : [];
      if (class_name === "Dense") at = np.matmul(at, w).add(b);
      else if (class_name === "Conv2D") at = lax.conv(at, w, config.strides, config.padding.toUpperCase()).add(b);
      else if (class_name === "GlobalAveragePooling2D") at = np.mean(at, [2, 3]);
      else throw new Error(`jax-js: expected a layer of the benchmarks' models, got ${class_name}`);
      if (config.activation === "sigmoid") at = nn.sigmoid(at);
      else if (config.activation === "relu") at = nn.relu(at);
    }
    return at;
  };
  const { dims, values } = onnxRows(rows, count, shape);
  const x = array(values, dims);
  const truth = np.array(Int32Array.from(labels));
  const lossOf = (at, truth, ...given) => {
    const scores = scoresOf(at, ...given);
    const classes = scores.shape[1];
    return np.sum(nn.logSoftmax(scores).mul(nn.oneHot(truth, classes))).mul(-1);
  };
  const forward = jit(scoresOf);
  const gradient = jit(grad(lossOf));
  const refs = () => weights.map((weight) => weight.ref);
  return {
    forward: async () => forward(x.ref, ...refs()).data(),
    gradient: async () => gradient(x.ref, truth.ref, ...refs()).data(),
  };
}
