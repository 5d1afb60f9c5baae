/**
 * Quantised models in the form of QuantizeLinear and DequantizeLinear around the operations: weights become the floats that
 * they stand for, and values that are computed are not rounded. So the network is the smooth one that the quantised one stands for.
 */
import type { Constant } from "../../graph.ts";
import { numbersOf } from "../../shapes.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";

/** Values that are computed pass: rounding has no gradient. */
const quantize: Translate = (node) => {
  if (node.constant(0)) node.refuse("weights that are quantised already", "a constant to quantise");
  node.pass(node.input(0));
};

/** (x - zero) scale, one of each for all numbers, for each index along an axis, or for each block of them. */
const dequantize: Translate = (node) => {
  const stored = node.constant(0);
  if (!stored) return node.pass(node.input(0));
  const scale = node.constant(1) ?? node.refuse("a constant scale", "what is computed from the input");
  const zero = node.optional(2) === undefined ? undefined : node.constant(2);
  const places = scalePlaces(node, stored.shape, scale.shape);
  const read = (): Float32Array => {
    const [values, by, from] = [stored.read(), scale.read(), zero?.read()];
    const made = new Float32Array(values.length);
    for (let i = 0; i < made.length; i++) {
      const k = places(i);
      made[i] = Math.fround((values[i] as number) - ((from?.[k] as number | undefined) ?? 0)) * (by[k] as number);
    }
    return made;
  };
  return node.giveConstant({ dtype: "float32", shape: stored.shape, read } satisfies Constant);
};

/** Which scale belongs to an element. */
function scalePlaces(node: NodeReader, shape: readonly number[], scales: readonly number[]): (i: number) => number {
  if (numbersOf(scales) === 1) return () => 0;
  const axis = node.axis(node.int("axis", 1), shape.length);
  const inner = numbersOf(shape.slice(axis + 1));
  const extent = shape[axis] as number;
  const block = node.int("block_size", 0);
  if (block === 0) {
    if (numbersOf(scales) !== extent) node.refuse(`${extent} scales`, `${numbersOf(scales)}`);
    return (i) => Math.floor(i / inner) % extent;
  }
  const blocks = Math.ceil(extent / block);
  if (scales.join() !== shape.with(axis, blocks).join()) {
    node.refuse(`scales [${shape.with(axis, blocks).join(", ")}]`, `[${scales.join(", ")}]`);
  }
  return (i) => {
    const [outer, along] = [Math.floor(i / (inner * extent)), Math.floor(i / inner) % extent];
    return (outer * blocks + Math.floor(along / block)) * inner + (i % inner);
  };
}

export const QUANTISATION: Translations = { DequantizeLinear: dequantize, QuantizeLinear: quantize };
