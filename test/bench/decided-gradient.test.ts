/** The gradient in double precision beside which the peers' bench sets those of networks with rectified units and pools. */
import { join } from "node:path";
import { expect, test } from "vitest";

const BENCH = join(import.meta.dirname, "../../bench");
const { decides, definedNetwork } = await import(join(BENCH, "decided-gradient.mjs"));

/** Numbers between -1 and 1, the same everywhere. */
function drawn(n: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Two convolutions side by side behind one, a pool of each kind: every layer that the definition knows. */
function smallArtifacts() {
  const weightSpecs: { name: string; shape: number[]; dtype: string }[] = [];
  const values: number[] = [];
  const layers: unknown[] = [];
  const add = (class_name: string, name: string, config: object, inputs: string[]) => {
    const inbound_nodes = inputs.length > 0 ? [inputs.map((from) => [from, 0, 0, {}])] : [];
    layers.push({ class_name, name, config: { name, ...config }, inbound_nodes });
  };
  const convolution = (name: string, from: string, c: number, filters: number, taps: number, strides: number) => {
    for (const [part, shape] of [
      ["kernel", [taps, taps, c, filters]],
      ["bias", [filters]],
    ] as const) {
      weightSpecs.push({ name: `${name}/${part}`, shape: [...shape], dtype: "float32" });
      values.push(
        ...drawn(
          shape.reduce<number>((product, n) => product * n, 1),
          values.length + 1,
        ),
      );
    }
    const padding = strides === 1 ? "same" : "valid";
    const config = { filters, kernel_size: [taps, taps], strides: [strides, strides], padding, activation: "relu" };
    add("Conv2D", name, config, [from]);
  };
  add("InputLayer", "in", { batch_input_shape: [null, 13, 11, 2] }, []);
  convolution("first", "in", 2, 5, 3, 2);
  add("MaxPooling2D", "pool", { pool_size: [2, 2], strides: [1, 1], padding: "valid" }, ["first"]);
  convolution("left", "pool", 5, 3, 1, 1);
  convolution("right", "pool", 5, 4, 3, 1);
  add("Concatenate", "both", { axis: -1 }, ["left", "right"]);
  add("GlobalAveragePooling2D", "mean", {}, ["both"]);
  const config = { name: "small", layers };
  return { modelTopology: { config }, weightSpecs, weightData: Float32Array.from(values).buffer };
}

const SHAPE = [13, 11, 2];
const LABEL = 4;
const artifacts = smallArtifacts();
const image = Float64Array.from(drawn(13 * 11 * 2, 7));

function lossAt(x: Float64Array): number {
  const scores: Float64Array = definedNetwork(artifacts, x, SHAPE, LABEL).outputs("mean");
  return Math.log(scores.reduce((sum, v) => sum + Math.exp(v), 0)) - (scores[LABEL] as number);
}

test("the gradient is that of the loss, by central differences along ten directions", () => {
  const gradient: Float64Array = definedNetwork(artifacts, image, SHAPE, LABEL).gradient();
  const step = 1e-6;
  for (let k = 0; k < 10; k++) {
    const d = drawn(image.length, 100 + k);
    const at = (t: number) => lossAt(image.map((v, i) => v + t * (d[i] as number)));
    const slope = gradient.reduce((sum, v, i) => sum + v * (d[i] as number), 0);
    // The losses round at 1e-16, which the division by the step makes 1e-10.
    expect(Math.abs((at(step) - at(-step)) / (2 * step) - slope)).toBeLessThan(1e-8);
  }
});

test("another decision changes the gradient and is counted, a unit's and a window's", () => {
  const defined = definedNetwork(artifacts, image, SHAPE, LABEL);
  const gradient: Float64Array = defined.gradient();
  const first: Float64Array = defined.outputs("first").slice();
  expect(defined.differing(defined.outputs).count).toBe(0);
  // The largest unit of all is the largest of its windows, four of them away from the border.
  const largest = first.indexOf(Math.max(...first));
  first[largest] = 0;
  const decisions = (name: string) => (name === "first" ? first : defined.outputs(name));
  const { count, all } = defined.differing(decisions);
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThanOrEqual(5);
  expect(all).toBe(6 * 5 * 5 + 5 * 4 * 5 + 5 * 4 * 3 + 5 * 4 * 4);
  const other: Float64Array = defined.gradient(decisions);
  expect(other.some((v, i) => v !== gradient[i])).toBe(true);
});

test("a network without rectified units and pools decides nothing", () => {
  expect(decides(artifacts)).toBe(true);
  const layers = artifacts.modelTopology.config.layers.map((layer) => ({
    ...(layer as object),
    class_name: "Dense",
    config: { activation: "sigmoid" },
  }));
  expect(decides({ ...artifacts, modelTopology: { config: { layers } } })).toBe(false);
});
