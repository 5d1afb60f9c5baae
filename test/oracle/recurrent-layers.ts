/** Keras's recurrent layers on numbers of the tape: step by step, gate by gate, as their papers write them. */
import type { Rule, Tensor } from "./layers.ts";
import { constant, minus, type Num, sum, times } from "./tape.ts";

type Bend = (x: Num) => Num;
type Weights = (name: string) => Tensor;
type Cell = "SimpleRNN" | "LSTM" | "GRU";

/** A state of some vectors; the first is what a step gives. */
type State = readonly (readonly Num[])[];

interface Gates {
  units: number;
  /** What x W + b has for a gate, with further terms: one sum in any order. */
  inputs: (gate: number, j: number, more?: readonly Num[]) => Num;
  /** The terms of h U for a gate. */
  fed: (h: readonly Num[], gate: number, j: number) => Num[];
  /** Whether a GRU is reset after the product, and the second bias that it has then. */
  isResetAfter: boolean;
  second: (gate: number, j: number) => Num[];
}

function gatesOf(config: Record<string, unknown>, x: readonly Num[], weights: Weights): Gates {
  const units = config.units as number;
  const [kernel, recurrent] = [weights("kernel"), weights("recurrent_kernel")];
  const width = kernel.shape[1] as number;
  const bias = config.use_bias ? weights("bias").values : undefined;
  const column = (gate: number, j: number) => gate * units + j;
  return {
    units,
    inputs: (gate, j, more = []) => {
      const at = column(gate, j);
      const terms = x.map((v, i) => times(v, kernel.values[i * width + at] as Num));
      return sum([...terms, ...(bias ? [bias[at] as Num] : []), ...more]);
    },
    fed: (h, gate, j) => h.map((v, i) => times(v, recurrent.values[i * width + column(gate, j)] as Num)),
    isResetAfter: config.reset_after === true,
    second: (gate, j) => (config.reset_after && bias ? [bias[width + column(gate, j)] as Num] : []),
  };
}

/** One step. */
function stepOf(cell: Cell, gates: Gates, state: State, f: Bend, g: Bend): State {
  const { units, inputs, fed, second } = gates;
  const [h] = state as [Num[]];
  const each = (make: (j: number) => Num) => Array.from({ length: units }, (_, j) => make(j));
  const gate = (index: number, bend: Bend) =>
    each((j) => bend(inputs(index, j, [...fed(h, index, j), ...second(index, j)])));
  if (cell === "SimpleRNN") return [gate(0, f)];
  if (cell === "LSTM") {
    const [i, forget, candidate, o] = [gate(0, g), gate(1, g), gate(2, f), gate(3, g)];
    const before = state[1] as Num[];
    const c = each((j) => {
      const kept = times(forget[j] as Num, before[j] as Num);
      return sum([kept, times(i[j] as Num, candidate[j] as Num)]);
    });
    return [each((j) => times(o[j] as Num, f(c[j] as Num))), c];
  }
  const [z, r] = [gate(0, g), gate(1, g)];
  const reset = h.map((v, i) => times(r[i] as Num, v));
  const candidate = each((j) => {
    if (!gates.isResetAfter) return f(inputs(2, j, fed(reset, 2, j)));
    return f(inputs(2, j, [times(r[j] as Num, sum([...fed(h, 2, j), ...second(2, j)]))]));
  });
  return [
    each((j) => {
      const rest = sum([constant(1), minus(z[j] as Num)]);
      return sum([times(z[j] as Num, h[j] as Num), times(rest, candidate[j] as Num)]);
    }),
  ];
}

/** The states of all steps, in the order in which they come about. */
function statesOf(
  cell: Cell,
  config: Record<string, unknown>,
  { shape, values }: Tensor,
  weights: Weights,
  bendOf: (name: unknown) => Bend,
): Num[][] {
  const [steps, features] = shape as [number, number];
  const units = config.units as number;
  const zeros = Array.from({ length: units }, () => constant(0));
  let state: State = [zeros, zeros];
  return Array.from({ length: steps }, (_, s) => {
    const time = config.go_backwards ? steps - 1 - s : s;
    const x = values.slice(time * features, (time + 1) * features);
    const gates = gatesOf(config, x, weights);
    state = stepOf(cell, gates, state, bendOf(config.activation), bendOf(config.recurrent_activation));
    return [...(state[0] as Num[])];
  });
}

export function recurrentRules(bendOf: (name: unknown) => Bend): Record<string, Rule> {
  const rule =
    (cell: Cell): Rule =>
    (config, [x], weights) => {
      const states = statesOf(cell, config, x as Tensor, weights, bendOf);
      const units = config.units as number;
      if (!config.return_sequences) return { shape: [units], values: states.at(-1) as Num[] };
      return { shape: [states.length, units], values: states.flat() };
    };
  return {
    SimpleRNN: rule("SimpleRNN"),
    LSTM: rule("LSTM"),
    GRU: rule("GRU"),
    Bidirectional: (config, [x], weights) => {
      type Wrapped = { class_name: string; config: Record<string, unknown> };
      const { layer, backward_layer } = config as { layer: Wrapped; backward_layer?: Wrapped };
      const twin = backward_layer ?? {
        ...layer,
        config: { ...layer.config, go_backwards: !layer.config.go_backwards },
      };
      const run = (of: Wrapped, prefix: string) => {
        const own: Weights = (name) => weights(`${prefix}_${of.config.name}/${name}`);
        return statesOf(of.class_name as Cell, of.config, x as Tensor, own, bendOf);
      };
      const [forward, backward] = [run(layer, "forward"), run(twin, "backward")];
      const isSequence = layer.config.return_sequences === true;
      const pairs = isSequence
        ? forward.map((h, i) => [h, backward[backward.length - 1 - i] as Num[]] as const)
        : [[forward.at(-1) as Num[], backward.at(-1) as Num[]] as const];
      const joined = pairs.flatMap(([a, b]) => {
        if (config.merge_mode === "concat") return [...a, ...b];
        return a.map((v, i) => {
          const w = b[i] as Num;
          if (config.merge_mode === "mul") return times(v, w);
          const both = sum([v, w]);
          return config.merge_mode === "ave" ? times(both, constant(0.5)) : both;
        });
      });
      const width = joined.length / pairs.length;
      return { shape: isSequence ? [pairs.length, width] : [width], values: joined };
    },
  };
}
