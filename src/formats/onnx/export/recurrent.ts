/**
 * Recurrent layers of Keras as the operations RNN, LSTM and GRU of ONNX, which take sequences [steps, batch, features]; with functions
 * that these do not have, step by step.
 */
import type { Parameter } from "../../../model/index.ts";
import { type Activation, ELEMENTWISE } from "../../../model/layers/index.ts";
import type { WrittenAttribute } from "../write.ts";
import { type FileValue, int, ints, type OnnxFile, text, transposed } from "./file.ts";
import type { Source } from "./operations.ts";
import { joined, writeUnrolled } from "./unrolled.ts";

interface Class {
  readonly op: string;
  /** Where each gate of ONNX stands in Keras. */
  readonly gates: readonly number[];
}

const CLASSES: Readonly<Record<string, Class>> = {
  SimpleRNN: { op: "RNN", gates: [0] },
  LSTM: { op: "LSTM", gates: [0, 3, 1, 2] },
  GRU: { op: "GRU", gates: [0, 1, 2] },
};

const FUNCTIONS: Readonly<Record<string, readonly [name: string, alpha?: number, beta?: number]>> = {
  elu: ["Elu", 1],
  hard_sigmoid: ["HardSigmoid", Math.fround(0.2), 0.5],
  hard_sigmoid_sixth: ["HardSigmoid", Math.fround(1 / 6), 0.5],
  linear: ["Affine", 1, 0],
  relu: ["Relu"],
  sigmoid: ["Sigmoid"],
  softplus: ["Softplus"],
  softsign: ["Softsign"],
  tanh: ["Tanh"],
};

type Config = Readonly<Record<string, unknown>>;

export const isRecurrent = (className: string): boolean =>
  Object.hasOwn(CLASSES, className) || className === "Bidirectional";

/** What a layer of a class with these weights makes of sequences; `isTwin` is the second of a Bidirectional layer. */
interface Part {
  readonly className: string;
  readonly config: Config;
  readonly parameters: readonly Parameter[];
  readonly isTwin: boolean;
}

export function writeRecurrent(source: Source, x: FileValue, parameters: readonly Parameter[]): FileValue {
  const { className, config } = source;
  if (className !== "Bidirectional") return writePart(source, x, { className, config, parameters, isTwin: false });
  const inner = config.layer as { class_name: string; config: Config };
  const twin = (config.backward_layer ?? inner) as { class_name: string; config: Config };
  const half = parameters.length / 2;
  const own = config.backward_layer ? { ...twin.config, go_backwards: !twin.config.go_backwards } : twin.config;
  const [a, b] = [
    writePart(source, x, {
      className: inner.class_name,
      config: inner.config,
      parameters: parameters.slice(0, half),
      isTwin: false,
    }),
    writePart(source, x, { className: twin.class_name, config: own, parameters: parameters.slice(half), isTwin: true }),
  ];
  const { file } = source;
  const names = [a.name, b.name];
  switch (config.merge_mode) {
    case "sum":
      return { ...a, name: file.node("Add", names) };
    case "mul":
      return { ...a, name: file.node("Mul", names) };
    case "ave":
      return { ...a, name: file.node("Mean", names) };
    default:
      return file.rows(file.node("Concat", names, { axis: int(-1) }), a.shape.with(-1, 2 * (a.shape.at(-1) as number)));
  }
}

function writePart(source: Source, x: FileValue, { className, config, parameters, isTwin }: Part): FileValue {
  const { file } = source;
  const { op, gates } = CLASSES[className] as Class;
  const units = config.units as number;
  const isResetAfter = className === "GRU" && config.reset_after === true;
  const [kernel, recurrent, bias] = parameters as [Parameter, Parameter, Parameter?];
  const isBackwards = (config.go_backwards === true) !== isTwin;
  const isSequence = config.return_sequences === true;
  const known = functionsOf(className, config);
  if (!known) return unrolled(source, x, { className, config, parameters, isTwin });
  const weights = (of: Parameter, wanted: string): string => {
    const [rows, columns] = of.shape as [number, number];
    const turned = transposed(numbersIn(source, of), [rows, columns], [1, 0]);
    return file.floats(wanted, [1, columns, rows], inOrder(turned, gates, units * rows));
  };
  const inputs = [
    file.node("Transpose", [file.last(x).name], { perm: ints([1, 0, 2]) }),
    weights(kernel, "kernel"),
    weights(recurrent, "recurrent_kernel"),
  ];
  if (bias) {
    const numbers = numbersIn(source, bias);
    const size = gates.length * units;
    const both = new Float32Array(2 * size);
    both.set(inOrder(numbers.subarray(0, size), gates, units));
    if (isResetAfter) both.set(inOrder(numbers.subarray(size), gates, units), size);
    inputs.push(file.floats("bias", [1, 2 * size], both));
  }
  const [states, last] = file.nodeOfTwo(op, inputs, {
    ...known,
    ...(isResetAfter ? { linear_before_reset: int(1) } : {}),
    hidden_size: int(units),
    direction: text(isBackwards ? "reverse" : "forward"),
  });
  if (!isSequence) return file.rows(file.node("Squeeze", [last, file.wholes("axes", [0])]), [units]);
  const flat = file.node("Squeeze", [states, file.wholes("axes", [1])]);
  const rows = file.node("Transpose", [flat], { perm: ints([1, 0, 2]) });
  // ONNX gives the states in the order of time; a layer gives them as it goes, and a twin the other way around.
  const ordered = isBackwards !== isTwin ? reversed(file, rows) : rows;
  return file.rows(ordered, [x.shape[0] as number, units]);
}

function reversed(file: OnnxFile, rows: string): string {
  const bounds = [[-1], [-(2 ** 52)], [1], [-1]].map((list, i) => {
    return file.wholes(["starts", "ends", "axes", "steps"][i] as string, list);
  });
  return file.node("Slice", [rows, ...bounds]);
}

function numbersIn({ workspace }: Source, { at, size }: Parameter): Float32Array {
  return workspace.arena.f32(at, size).slice();
}

/** Blocks of so many numbers in another order. */
function inOrder(numbers: Float32Array, gates: readonly number[], size: number): Float32Array {
  const made = new Float32Array(numbers.length);
  gates.forEach((gate, i) => {
    made.set(numbers.subarray(gate * size, (gate + 1) * size), i * size);
  });
  return made;
}

/** The names of the functions of the gates and of the state, where configurations leave them out. */
function namesOf(className: string, { activation, recurrent_activation }: Config): string[] {
  const own = (activation ?? "linear") as string;
  if (className === "SimpleRNN") return [own];
  return [(recurrent_activation ?? "linear") as string, own, ...(className === "LSTM" ? [own] : [])];
}

/** The functions of all gates but the candidate, of the candidate, of an LSTM's cell; undefined where ONNX lacks one. */
function functionsOf(className: string, config: Config): Record<string, WrittenAttribute> | undefined {
  const functions = namesOf(className, config).map((name) => FUNCTIONS[name]);
  if (!functions.every((entry) => entry !== undefined)) return undefined;
  const numbers = (i: 1 | 2) => functions.flatMap((entry) => (entry[i] === undefined ? [] : [entry[i]]));
  return {
    activations: { kind: "strings", value: functions.map(([name]) => name) },
    ...(numbers(1).length > 0 ? { activation_alpha: { kind: "floats", value: numbers(1) } } : {}),
    ...(numbers(2).length > 0 ? { activation_beta: { kind: "floats", value: numbers(2) } } : {}),
  };
}

function unrolled(source: Source, x: FileValue, { className, config, parameters, isTwin }: Part): FileValue {
  const { file } = source;
  const [kernel, recurrent, bias] = parameters as [Parameter, Parameter, Parameter?];
  const units = config.units as number;
  const [features, width] = kernel.shape as [number, number];
  const gates = width / units;
  const isResetAfter = className === "GRU" && config.reset_after === true;
  const bends = namesOf(className, config).map((name): Activation | undefined => {
    return name === "linear" ? undefined : ELEMENTWISE[name as keyof typeof ELEMENTWISE];
  });
  const weights = file.floats("kernel", [features, width], numbersIn(source, kernel));
  const product = file.node("MatMul", [file.last(x).name, weights]);
  const offsets = bias && numbersIn(source, bias);
  const offset = offsets && file.floats("bias", [width], offsets.slice(0, width));
  const matrix = numbersIn(source, recurrent);
  const each = Array.from({ length: gates }, (_, gate) => {
    return Float32Array.from({ length: units * units }, (_, i) => {
      return matrix[Math.floor(i / units) * width + gate * units + (i % units)] as number;
    });
  });
  const steps = x.shape[0] as number;
  const states = writeUnrolled(file, {
    ...{ className, steps, units, isResetAfter, recurrent: each },
    bend: className === "SimpleRNN" ? bends[0] : bends[1],
    recurrentBend: bends[0],
    isBackwards: (config.go_backwards === true) !== isTwin,
    entering: offset === undefined ? product : file.node("Add", [product, offset]),
    recurrentBias:
      isResetAfter && offsets
        ? each.map((_, gate) => offsets.slice(width + gate * units, width + (gate + 1) * units))
        : undefined,
  });
  if (config.return_sequences !== true) return file.rows(states.at(-1) as string, [units]);
  return file.rows(joined(file, isTwin ? states.reverse() : states), [steps, units]);
}
