/**
 * Every layer has what it must: a forward pass, a gradient, a map that says what it computes, a bound of its stretch or a reason
 * why there is none. And these agree: no change is stretched by more than the bound, no gradient is longer, no value
 * outside the range.
 */
import { describe, expect, test } from "vitest";
import { layerBound } from "../../src/analysis/index.ts";
import "../../src/index.ts";
import { exampleOf, READ_AS } from "../../src/goldens/layer-examples.ts";
import type { Network } from "../../src/model/index.ts";
import { LAYERS, type Layer, MERGES, rangeOf, sizeOf } from "../../src/model/layers/index.ts";
import { messageOf } from "../message-of.ts";
import { U32 } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";

const ROWS = 40;
const lengthOf = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

/** What of a layer in a network is missing, or contradicts the rest. */
function faultsOf(network: Network, layer: Layer): string[] {
  const found = new Set<string>();
  const n = network.inputSize;
  const width = sizeOf(layer.outputShape);
  const call = network.calls.findIndex((c) => c.layer === layer);
  const maps = layer.operations.map(({ map }) => map as unknown);
  if (maps.some((map) => map === undefined) || (layer.merge && layer.merge.kind === undefined)) return ["no map"];

  // Of a join the change of its inputs taken as one, the row and what its branch makes of it.
  const inputsOf = (rows: Float32Array): Float32Array[] =>
    (network.calls[call]?.inputs ?? []).map((value) =>
      value === 0 ? rows : network.activations(rows, network.calls[value - 1]?.layer.name as string),
    );
  const bound = stretchOf(network, layer);
  if (typeof bound === "string" && !bound.startsWith("refused: ")) return [bound];

  const sizes = Float32Array.from({ length: ROWS * n }, (_, i) => 2 ** ((Math.floor(i / n) % 9) - 4));
  const rows = noise32(ROWS * n, 1, 2).map((value, i) => value * (sizes[i] as number));
  const changed = noise32(ROWS * n, 2, 0.5).map((value, i) => (rows[i] as number) + value * (sizes[i] as number));
  const [before, after] = [rows, changed].map((x) => network.activations(x, layer.name)) as [
    Float32Array,
    Float32Array,
  ];
  const [lower, upper] = rangeOf(layer);
  if (before.length !== ROWS * width) found.add("no forward pass");
  if ([...before, ...after].some((value) => !(value >= lower && value <= upper)))
    found.add("a value outside the range");

  const [from, to] = [inputsOf(rows), inputsOf(changed)];
  const direction = noise32(width, 3);
  const { gradient } = network.activationGradient(rows, layer.name, direction);
  if (gradient.every((value) => value === 0)) found.add("no gradient");
  for (let r = 0; r < ROWS && typeof bound === "number"; r++) {
    const cut = (x: Float32Array) => x.subarray((r * x.length) / ROWS, ((r + 1) * x.length) / ROWS);
    const apart = (a: Float32Array, b: Float32Array) => lengthOf(cut(a).map((v, i) => v - (cut(b)[i] as number)));
    const change = Math.hypot(...from.map((x, i) => apart(x, to[i] as Float32Array)));
    // A few hundred roundings of the numbers on either side.
    const rounding = 2 ** 8 * U32 * (lengthOf(cut(before)) + lengthOf(cut(after)) + bound * lengthOf(cut(rows)));
    if (apart(before, after) > bound * change + rounding) found.add("a stretch above the bound");
    const limit = bound * lengthOf(direction) * (1 + 2 ** 8 * U32);
    if (from.length === 1 && lengthOf(cut(gradient)) > limit) found.add("a gradient above the bound");
  }
  return [...found];
}

/** The bound, or what is said in its place. */
function stretchOf(network: Network, layer: Layer): number | string {
  try {
    const { bound, lower, method } = layerBound(network, network.layers.indexOf(layer));
    return bound >= lower && lower >= 0 && bound < Number.POSITIVE_INFINITY && method ? bound : "no bound";
  } catch (error) {
    const said = (error as Error).message;
    const reason = said.split(`${layer.name} (${layer.className}): expected a layer whose stretch is bounded, got `)[1];
    return reason ? `refused: ${reason}` : `no bound and no reason: ${said}`;
  }
}

const layerOf = (network: Network): Layer => network.layers.find(({ name }) => name === "it") as Layer;
const all = [...Object.keys(LAYERS), ...Object.keys(MERGES)];

describe("has a forward pass, a gradient, a map, and a bound or a reason for none, which agree", () => {
  for (const className of all) {
    test(className, () => {
      const network = exampleOf(className);
      if (!network) throw new Error(`${className}: expected an example in src/goldens/layer-examples.ts, got none`);
      const layer = layerOf(network);
      expect(layer.className).toBe(READ_AS[className] ?? className);
      expect(faultsOf(network, layer)).toEqual([]);
    });
  }

  test("the layers without a bound are those that have none", () => {
    const refused = all.filter((className) => {
      const network = exampleOf(className) as Network;
      return typeof stretchOf(network, layerOf(network)) === "string";
    });
    expect(refused).toEqual([
      ...["Bidirectional", "GRU", "LSTM", "SimpleRNN"],
      ...["Divide", "MatMul", "Multiply", "Power", "SquaredDifference"],
    ]);
  });
});

describe("what is missing or wrong is found", () => {
  /** The faults of an example with its layer changed in place. */
  const faults = (className: string, change: (layer: Layer) => void): string[] => {
    const network = exampleOf(className) as Network;
    const layer = layerOf(network);
    change(layer);
    return faultsOf(network, layer);
  };
  const operation = (layer: Layer, i = 0) => layer.operations[i] as unknown as Record<string, unknown>;

  test("a layer without an example, an operation without a map or with one that no rule knows", () => {
    expect(exampleOf("Embedding")).toBeUndefined();
    expect(faults("Dense", (layer) => Object.assign(operation(layer), { map: undefined }))).toEqual(["no map"]);
    expect(faults("Add", (layer) => Object.assign(layer.merge as object, { kind: undefined }))).toEqual(["no map"]);
    const [said] = faults("LeakyReLU", (layer) => Object.assign(operation(layer), { map: { kind: "other" } }));
    expect(said).toMatch(/^no bound/);
  });

  test("a forward pass that steps out of the range, a bound that is too small, a gradient that is none or too long", () => {
    const { map } = layerOf(exampleOf("Activation") as Network).operations[0] as { map: object };
    const activation = (map as { activation: object }).activation;
    const withFacts = (facts: object) => (layer: Layer) =>
      Object.assign(operation(layer), { map: { kind: "elementwise", activation: { ...activation, ...facts } } });
    expect(faults("Activation", withFacts({ range: [0, 1] }))).toEqual(["a value outside the range"]);
    expect(faults("Activation", withFacts({ slope: { lower: 0.1, upper: 0.1 } }))).toEqual([
      "a stretch above the bound",
      "a gradient above the bound",
    ]);
    expect(faults("Dense", (layer) => Object.assign(operation(layer), { inputGradient: () => {} }))).toEqual([
      "no gradient",
    ]);
    const unscaled = faults("Permute", (layer) =>
      Object.assign(operation(layer), { map: { kind: "repeat", size: [1, 0.25] } }),
    );
    expect(unscaled).toEqual(["a stretch above the bound", "a gradient above the bound"]);
  });

  test("a forward pass that does not run", () => {
    const broken = () => faults("Dense", (layer) => Object.assign(operation(layer), { forward: undefined }));
    expect(messageOf(broken)).toMatch(/forward is not a function/);
  });
});
