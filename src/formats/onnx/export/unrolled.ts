/** Recurrent layers step by step, for functions that the operations RNN, LSTM and GRU of ONNX do not have. */
import type { Activation } from "../../../model/layers/index.ts";
import { int, type OnnxFile } from "./file.ts";
import { writeFunction } from "./functions.ts";

export interface Unrolled {
  readonly className: string;
  readonly steps: number;
  readonly units: number;
  /** Of the state or the candidate, and of the other gates; undefined for none. */
  readonly bend: Activation | undefined;
  readonly recurrentBend: Activation | undefined;
  readonly isBackwards: boolean;
  readonly isResetAfter: boolean;
  /** What enters each gate from the inputs, [batch, steps, gates units], with the bias. */
  readonly entering: string;
  /** [units, gates units], gate after gate as in Keras, and what is added to the product with it where that is apart. */
  readonly recurrent: readonly Float32Array[];
  readonly recurrentBias: readonly Float32Array[] | undefined;
}

/** The states in the order in which they come, each [batch, units]. */
export function writeUnrolled(file: OnnxFile, of: Unrolled): string[] {
  const { className, steps, units, bend, recurrentBend, isBackwards, isResetAfter } = of;
  const gates = of.recurrent.length;
  const matrices = of.recurrent.map((matrix) => file.floats("recurrent_kernel", [units, units], matrix));
  const biases = of.recurrentBias?.map((bias) => file.floats("recurrent_bias", [units], bias));
  const part = (name: string, axis: number, at: number, width: number): string => {
    const bounds = [[at * width], [(at + 1) * width], [axis]] as const;
    const [starts, ends, axes] = bounds.map((list, i) => file.wholes(["starts", "ends", "axes"][i] as string, list));
    return file.node("Slice", [name, starts as string, ends as string, axes as string]);
  };
  const apply = (activation: Activation | undefined, name: string): string =>
    activation ? writeFunction(file, file.rows(name, [units]), activation).name : name;
  const both = (op: string, a: string, b: string | undefined): string => (b === undefined ? a : file.node(op, [a, b]));
  /** What the state before gives a gate. */
  const fed = (state: string | undefined, gate: number): string | undefined => {
    const product = state === undefined ? undefined : file.node("MatMul", [state, matrices[gate] as string]);
    const bias = biases?.[gate];
    return product === undefined ? bias : both("Add", product, bias);
  };
  let state: string | undefined;
  let cell: string | undefined;
  const states: string[] = [];
  for (let s = 0; s < steps; s++) {
    const at = isBackwards ? steps - 1 - s : s;
    const step = file.node("Squeeze", [part(of.entering, 1, at, 1), file.wholes("axes", [1])]);
    const enters = Array.from({ length: gates }, (_, gate) => (gates === 1 ? step : part(step, 1, gate, units)));
    const gate = (i: number, f: Activation | undefined): string =>
      apply(f, both("Add", enters[i] as string, fed(state, i)));
    if (className === "LSTM") {
      const [input, candidate, output] = [gate(0, recurrentBend), gate(2, bend), gate(3, recurrentBend)];
      const taken = file.node("Mul", [input, candidate]);
      const kept = cell === undefined ? undefined : file.node("Mul", [gate(1, recurrentBend), cell]);
      cell = both("Add", taken, kept);
      state = file.node("Mul", [output, apply(bend, cell)]);
    } else if (className === "GRU") {
      const [update, reset] = [gate(0, recurrentBend), gate(1, recurrentBend)];
      const own = isResetAfter ? fed(state, 2) : undefined;
      const before = state === undefined ? undefined : file.node("Mul", [reset, state]);
      const given = isResetAfter ? own && file.node("Mul", [reset, own]) : fed(before, 2);
      const candidate = apply(bend, both("Add", enters[2] as string, given));
      const fresh = file.node("Mul", [file.node("Sub", [file.scalar(1), update]), candidate]);
      state = both("Add", fresh, state === undefined ? undefined : file.node("Mul", [update, state]));
    } else state = gate(0, bend);
    states.push(state);
  }
  return states;
}

/** States as a sequence [batch, steps, units]. */
export function joined(file: OnnxFile, states: readonly string[]): string {
  const axes = file.wholes("axes", [1]);
  const each = states.map((state) => file.node("Unsqueeze", [state, axes]));
  return each.length === 1 ? (each[0] as string) : file.node("Concat", each, { axis: int(1) });
}
