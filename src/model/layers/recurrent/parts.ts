/** What a recurrent layer of Keras is made of, from its configuration: the product of its inputs, the steps, the states it gives. */
import * as v from "valibot";
import { outOfRange } from "../../../check.ts";
import type { Workspace } from "../../../wasm/index.ts";
import { requireActivation } from "../activation.ts";
import { ELEMENTWISE, type ElementwiseName } from "../activations.ts";
import { Extent, real, requireConfig } from "../config.ts";
import { AffineOperation } from "../dense.ts";
import type { MappedOperation } from "../layer.ts";
import { declareParameter, type Parameter, ParameterRow } from "../parameter.ts";
import { requireNumbers } from "../shape.ts";
import { requireRank } from "../window.ts";
import { GruRecurrence, LstmRecurrence, SimpleRecurrence } from "./cells.ts";
import { type Recurrence, type RecurrenceOptions, StatesOperation } from "./recurrence.ts";
import type { Bend } from "./tape.ts";

/** Gates of the layers that run here. */
const GATES = { SimpleRNN: 1, LSTM: 4, GRU: 3 } as const;
export type RecurrentClass = keyof typeof GATES;

export function requireRecurrent(name: string, className: unknown): RecurrentClass {
  const classes = Object.keys(GATES) as RecurrentClass[];
  const found = classes.find((one) => one === className);
  return found ?? outOfRange(`${name} layer`, classes.join(", "), JSON.stringify(className) ?? "none");
}

const Flag = v.optional(v.nullable(v.boolean()), false);
const Rate = v.optional(v.nullable(real(0, 1)), 0);
const Config = v.looseObject({
  name: v.string(),
  units: Extent,
  activation: v.nullable(v.string()),
  recurrent_activation: v.optional(v.nullable(v.string())),
  use_bias: v.optional(v.boolean(), true),
  dropout: Rate,
  recurrent_dropout: Rate,
  return_sequences: Flag,
  return_state: Flag,
  go_backwards: Flag,
  stateful: Flag,
  time_major: Flag,
  reset_after: Flag,
});

export interface RecurrentParts {
  parameters: readonly Parameter[];
  /** From inputs to the gates of all steps; from these to the tape; from the tape to what the layer gives. */
  product: AffineOperation;
  recurrence: Recurrence;
  states: StatesOperation;
  outputShape: readonly number[];
  units: number;
  isSequence: boolean;
  drawsOtherNoise: boolean;
  /** The configuration as tfjs writes it. */
  written: Record<string, unknown>;
}

export interface PartOptions {
  /** What its weights are called; its own name by default. */
  prefix?: string;
  /** Whether it runs the other way than its configuration says, and its states come in the order of time nevertheless. */
  isReverse?: boolean;
}

function bendOf(subject: string, name: string | null | undefined): { bend: Bend; name: string } {
  const known = requireActivation(subject, name ?? "linear");
  if (known === "softmax") outOfRange(`${subject} activation`, "a function of each number", '"softmax"');
  return { bend: known === "linear" ? undefined : ELEMENTWISE[known as ElementwiseName], name: known };
}

export function recurrentParts(
  className: RecurrentClass,
  config: Record<string, unknown>,
  inputShape: readonly number[],
  workspace: Workspace,
  { prefix, isReverse = false }: PartOptions = {},
): RecurrentParts {
  const parsed = requireConfig(className, Config, config);
  const { name, units, use_bias, return_sequences, go_backwards, dropout, recurrent_dropout } = parsed;
  for (const flag of ["return_state", "stateful", "time_major"] as const) {
    if (parsed[flag]) outOfRange(`${name} ${flag}`, "false", "true");
  }
  requireRank(name, inputShape, ["steps", "features"]);
  const [steps, features] = inputShape as [number, number];
  const gates = GATES[className];
  const isResetAfter = className === "GRU" && parsed.reset_after === true;
  const { bend, name: activation } = bendOf(name, parsed.activation);
  const inner = className === "SimpleRNN" ? undefined : bendOf(`${name} recurrent`, parsed.recurrent_activation);
  if (inner && typeof parsed.recurrent_activation !== "string") {
    outOfRange(`${name} recurrent_activation`, "a name (Keras and tfjs take other ones where there is none)", "none");
  }
  const weights = prefix ?? name;
  const kernel = declareParameter(`${weights}/kernel`, [features, gates * units]);
  const recurrent = declareParameter(`${weights}/recurrent_kernel`, [units, gates * units]);
  const bias = use_bias
    ? declareParameter(`${weights}/bias`, isResetAfter ? [2, gates * units] : [gates * units])
    : undefined;
  const biasOf = (row: number) => (bias && isResetAfter ? new ParameterRow(bias, row, workspace) : bias);
  const options: RecurrenceOptions = {
    ...{ workspace, steps, units, recurrent },
    isBackwards: (go_backwards === true) !== isReverse,
  };
  const recurrence = recurrenceOf(className, options, bend, inner?.bend, {
    isResetAfter,
    bias: isResetAfter ? biasOf(1) : undefined,
  });
  const isSequence = return_sequences === true;
  const order = isSequence ? (isReverse ? "reversed" : "steps") : "last";
  requireNumbers(`states of ${name}`, [recurrence.outputSize]);
  return {
    parameters: [kernel, recurrent, ...(bias ? [bias] : [])],
    product: new AffineOperation(workspace, steps, kernel, biasOf(0)),
    recurrence,
    states: new StatesOperation(workspace, recurrence, order),
    outputShape: isSequence ? [steps, units] : [units],
    ...{ units, isSequence },
    drawsOtherNoise: (dropout ?? 0) > 0 || (recurrent_dropout ?? 0) > 0,
    written: {
      ...{ name, trainable: true, units, activation },
      ...(inner && { recurrent_activation: inner.name }),
      ...{ use_bias, dropout, recurrent_dropout, return_sequences: isSequence, return_state: false },
      ...{ go_backwards: go_backwards === true, stateful: false, unroll: false },
      ...(className === "GRU" && { reset_after: isResetAfter }),
      // The default of tfjs, an orthogonal matrix, is slow to make, and thrown away for the weights.
      recurrent_initializer: { class_name: "Zeros", config: {} },
    },
  };
}

function recurrenceOf(
  className: RecurrentClass,
  options: RecurrenceOptions,
  bend: Bend,
  recurrentBend: Bend,
  gru: { isResetAfter: boolean; bias: Parameter | undefined },
): Recurrence {
  switch (className) {
    case "SimpleRNN":
      return new SimpleRecurrence(options, bend);
    case "LSTM":
      return new LstmRecurrence(options, bend, recurrentBend);
    case "GRU":
      return new GruRecurrence(options, bend, recurrentBend, gru);
  }
}

/** The operations of a layer that runs one way. */
export function operationsOf({ product, recurrence, states }: RecurrentParts): MappedOperation[] {
  return [product, recurrence, states];
}
