/**
 * Functions of one number that exporters spell out, known by their last node, a product: SiLU as x sigmoid(x), hard swish as
 * x hardsigmoid(x), GELU as x (1 + erf(x / sqrt 2)) / 2. One kernel takes the place of five; the nodes before it are dropped
 * where nothing else takes what they make.
 */
import type { UnaryFunction } from "../../graph.ts";
import type { OnnxNode } from "../model.ts";
import type { NodeReader } from "../node-reader.ts";

export interface Recognised {
  readonly function: UnaryFunction;
  /** The value that the function is applied to. */
  readonly x: string;
}

/** Both orders of the two inputs of a node. */
const orders = ({ inputs: [a = "", b = ""] }: OnnxNode): readonly (readonly [string, string])[] => [
  [a, b],
  [b, a],
];

/** What a product is, if it is one of these functions. */
export function recognise(node: NodeReader): Recognised | undefined {
  for (const [x, gate] of orders(node.node)) {
    const maker = node.maker(gate);
    if (maker?.inputs[0] === x && maker.op === "Sigmoid") return { function: "swish", x };
    if (maker?.inputs[0] === x && isHardSwishGate(maker)) return { function: "hard_swish", x };
  }
  const x = geluOf(node);
  return x === undefined ? undefined : { function: "gelu", x };
}

function isHardSwishGate({ op, attributes }: OnnxNode): boolean {
  const [alpha, beta] = [attributes.get("alpha")?.value, attributes.get("beta")?.value ?? 0.5];
  return op === "HardSigmoid" && alpha === Math.fround(1 / 6) && beta === 0.5;
}

/** x of (x (1 + erf(x / sqrt 2))) / 2, the half anywhere in the product. */
function geluOf(node: NodeReader): string | undefined {
  for (const [left, right] of orders(node.node)) {
    // 1/2 (x g)
    const inner = node.maker(left);
    if (isNumber(node, right, 0.5) && inner?.op === "Mul") {
      for (const [x, gate] of orders(inner)) if (argumentOf(node, gate) === x) return x;
    }
    // (x / 2) g
    const x = inner?.op === "Mul" ? orders(inner).find(([, half]) => isNumber(node, half, 0.5))?.[0] : undefined;
    if (x !== undefined && argumentOf(node, right) === x) return x;
  }
  return undefined;
}

/** x of 1 + erf(x / sqrt 2). */
function argumentOf(node: NodeReader, gate: string): string | undefined {
  const sum = node.maker(gate);
  if (sum?.op !== "Add") return undefined;
  const error = orders(sum).find(([, one]) => isNumber(node, one, 1))?.[0];
  const erf = node.maker(error);
  if (erf?.op !== "Erf") return undefined;
  const scaled = node.maker(erf.inputs[0]);
  const root = scaled?.op === "Div" ? Math.SQRT2 : Math.SQRT1_2;
  if (scaled?.op !== "Div" && scaled?.op !== "Mul") return undefined;
  const [x, by] = scaled.inputs;
  return by !== undefined && isNumber(node, by, root) ? x : undefined;
}

/** Whether a value is one constant number, as single precision has it. */
function isNumber(node: NodeReader, value: string, number: number): boolean {
  if (!node.builder.has(value)) return false;
  const constant = node.builder.constantOf(value);
  if (!constant || constant.shape.some((extent) => extent !== 1)) return false;
  return Math.abs((constant.read()[0] as number) - number) <= 1e-7;
}
