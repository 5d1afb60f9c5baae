/** A folder in which the documentation's code and commands find the files that they name. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Dataset, encodePng, imageRaster, slice } from "../../src/data/index.ts";
import { attackStudy, recordJson } from "../../src/index.ts";
import { loadMnist, loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { Random } from "../../src/numeric/random.ts";
import { conv, dense, networkOf, part } from "../support/networks.ts";
import { TinyGraph } from "../support/tiny-graph.ts";

const random = (length: number): Float32Array => {
  const numbers = new Random(7);
  return Float32Array.from({ length }, (_, i) => numbers.uniform(i));
};

/** The first rows of MNIST as the IDX files that the commands read. */
function writeSmall(folder: string, dataset: Dataset, prefix: string): void {
  const pixels = Uint8Array.from(dataset.rows, (value) => Math.round(255 * value));
  const be = (...values: number[]): number[] => values.flatMap((value) => [0, 0, value >> 8, value & 255]);
  const labels = Uint8Array.from(dataset.labels);
  writeFileSync(
    join(folder, `${prefix}-images-idx3-ubyte`),
    Buffer.concat([Buffer.from([0, 0, 8, 3, ...be(dataset.count, 28, 28)]), pixels]),
  );
  writeFileSync(
    join(folder, `${prefix}-labels-idx1-ubyte`),
    Buffer.concat([Buffer.from([0, 0, 8, 1, ...be(dataset.count)]), labels]),
  );
}

/** The first of two scores stays above the second in a box. */
const PROPERTY = `(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(declare-const Y_1 Real)
(assert (and (>= X_0 0.4) (<= X_0 0.6) (>= X_1 0.4) (<= X_1 0.6)))
(assert (<= Y_0 Y_1))
`;

/** `model/`, `model.onnx`, `net.onnx`, `prop.vnnlib`, `graph/`, `digits/`, `images/`, `small/` and `report/`. */
export async function prepare(folder: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const network = networkOf(
    [8, 8, 3],
    [
      conv(
        "Conv2D",
        { name: "c", filters: 4, kernel_size: [3, 3], activation: "relu" },
        { kernel: [3, 3, 3, 4], bias: [4] },
      ),
      part("Flatten", { name: "f" }),
      dense("fc", 144, 3, "softmax"),
    ],
  );
  await saveNetwork(network, at("model"));
  await saveNetwork(network, at("model.onnx"));

  await saveNetwork(networkOf([2], [dense("fc", 2, 2, "linear")]), at("net.onnx"));
  writeFileSync(at("prop.vnnlib"), PROPERTY);

  mkdirSync(at("graph"));
  const graph = new TinyGraph()
    .input("image", [-1, 4])
    .constant("w", [4, 3], random(12))
    .node("MatMul", "m", ["image", "w"]);
  graph.node("Softmax", "age", ["m"]).node("Relu", "other", ["m"]).write(at("graph"));

  mkdirSync(at("small"));
  writeSmall(at("small"), slice(await loadMnist("train"), 0, 300), "train");
  writeSmall(at("small"), slice(await loadMnist("test"), 0, 100), "t10k");

  const mnist = slice(await loadMnist("test"), 0, 5);
  mkdirSync(at("digits"));
  mkdirSync(at("images"));
  const labels: Record<string, number> = {};
  for (let i = 0; i < mnist.count; i++) {
    const digit = mnist.rows.subarray(784 * i, 784 * (i + 1));
    writeFileSync(at(`digits/digit-${i}.png`), encodePng(imageRaster(digit, [28, 28, 1])));
    labels[`digit-${i}.png`] = mnist.labels[i] as number;
    writeFileSync(at(`images/photo-${i}.png`), encodePng(imageRaster(random(192), [8, 8, 3])));
  }
  writeFileSync(at("digits/labels.json"), JSON.stringify(labels));

  const model = { network: await loadNetwork("fc100-100-10"), name: "fc100-100-10" };
  const record = await attackStudy(model, { dataset: mnist, name: "mnist:test" }, { target: "next" });
  mkdirSync(at("report"));
  writeFileSync(at("report/results.json"), recordJson(record));
}
