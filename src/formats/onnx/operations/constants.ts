/** What is known at load: constants, shapes, and arithmetic on both. */
import { BATCH, type Constant, type DataType } from "../../graph.ts";
import { numbersOf } from "../../shapes.ts";
import { constantOf, keptAs } from "../constant.ts";
import type { NodeReader, Translate, Translations } from "../node-reader.ts";
import { typeName } from "../tensor.ts";

/** Numbers of a constant that a file can ask for without holding them. */
const FILL_LIMIT = 2 ** 24;

const constant: Translate = (node) => {
  const tensor = node.tensor("value");
  if (tensor) return node.giveConstant(constantOf(tensor));
  const [number, whole] = [node.float("value_float"), node.int("value_int")];
  const [numbers, wholes] = [node.floats("value_floats"), node.ints("value_ints")];
  const dtype: DataType = number === undefined && numbers === undefined ? "integer" : "float32";
  if (numbers ?? wholes) {
    const values = (numbers ?? wholes) as readonly number[];
    return node.giveConstant(listed(values, [values.length], dtype));
  }
  const value = number ?? whole ?? node.refuse("a value of numbers", "none");
  return node.giveConstant(listed([value], [], dtype));
};

function listed(values: readonly number[], shape: readonly number[], dtype: DataType): Constant {
  const data = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  return { dtype, shape, read: () => data };
}

/** An array of one number, made when it is read. */
function filled(node: NodeReader, value: number, shape: readonly number[], dtype: DataType): Constant {
  const count = numbersOf(shape);
  if (!(count <= FILL_LIMIT) || shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) {
    node.refuse(`a shape of at most ${FILL_LIMIT} numbers`, `[${shape.join(", ")}]`);
  }
  const Kind = dtype === "float32" ? Float32Array : Float64Array;
  return { dtype, shape, read: () => new Kind(count).fill(value) };
}

/** As many rows as the batch has are one row, stretched. */
const constantOfShape: Translate = (node) => {
  const asked = node.numbers(0) ?? node.refuse("a shape", "none");
  const shape = asked.map((extent) => (extent === BATCH ? 1 : extent));
  const tensor = node.tensor("value");
  if (!tensor) return node.giveConstant(filled(node, 0, shape, "float32"));
  const value = tensor.read()[0] ?? node.refuse("a value of one number", "none");
  return node.giveConstant(filled(node, value, shape, keptAs(tensor.type)));
};

const shape: Translate = (node) => {
  const whole = node.shape(0);
  const at = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + whole.length : axis, 0), whole.length);
  const extents = whole.slice(at(node.int("start", 0)), at(node.int("end", whole.length)));
  node.giveConstant(listed(extents, [extents.length], "integer"));
};

const size: Translate = (node) => node.giveConstant(listed([numbersOf(node.shape(0))], [], "integer"));

/** start, start + delta, ... below limit. */
const range: Translate = (node) => {
  const [start, limit, delta] = [node.number(0), node.number(1), node.number(2)] as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= FILL_LIMIT)) node.refuse(`at most ${FILL_LIMIT} numbers`, `${count}`);
  const dtype = node.builder.typeOf(node.input(0));
  const values = Array.from({ length: count }, (_, i) => start + i * delta);
  node.giveConstant(listed(values, [count], dtype));
};

/** Between floats it does nothing: everything runs in single precision. */
const cast: Translate = (node) => {
  castTo(node, keptAs(typeName(node.int("to", 0))));
};

const castLike: Translate = (node) => castTo(node, node.builder.typeOf(node.input(1)));

function castTo(node: NodeReader, to: DataType): void {
  if (node.builder.typeOf(node.input(0)) === to) node.pass(node.input(0));
  else node.give({ op: "cast", to }, node.input(0));
}

const not: Translate = (node) => {
  const no = node.constantStep(listed([0], [], "boolean"));
  node.give({ op: "binary", function: "equal" }, node.input(0), no);
};

export const CONSTANTS: Translations = {
  Cast: cast,
  CastLike: castLike,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Not: not,
  Range: range,
  Shape: shape,
  Size: size,
};
