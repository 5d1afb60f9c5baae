/** The steps of a network, from its input to its scores, as bounds see them. What has no bounds is refused by the name of its layer. */
import { outOfRange } from "../check.ts";
import type { Network } from "../model/index.ts";
import {
  type Activation,
  isLinear,
  type Layer,
  type MappedOperation,
  type Merge,
  type OperationMap,
  type Parameter,
  scaleFactor,
  type Window,
} from "../model/layers/index.ts";
import { type F32Pointer, Region as Memory, type Workspace } from "../wasm/index.ts";
import { tapsWithin, WindowChoiceStep } from "./choice-step.ts";
import { CURVES, type Curve, clipped, leaky } from "./curve.ts";
import { ElementwiseStep, ScaleStep } from "./elementwise-step.ts";
import { GatherStep, type Sources } from "./gather-step.ts";
import { JointStep } from "./joint-step.ts";
import { LinearStep } from "./linear-step.ts";
import { StandardiseStep } from "./standardise-step.ts";
import type { BoundStep, StepContext } from "./step.ts";
import { SumStep } from "./sum-step.ts";

/** An operation or a merge among the values: 0 is the input, i + 1 what step i gives. */
export interface NetworkStep {
  readonly layer: Layer;
  readonly operation?: MappedOperation;
  readonly merge?: Merge;
  readonly inputs: readonly number[];
}

/** The steps of a network's passes, and the value that its scores are: before the head, which does not change their order. */
export function stepsOf({ calls, head, name }: Network): { steps: NetworkStep[]; scores: number } {
  const steps: NetworkStep[] = [];
  const ends: number[] = [];
  for (const { layer, inputs } of calls) {
    const taken = inputs.map((value) => (value === 0 ? 0 : (ends[value - 1] as number)));
    let at = taken[0] as number;
    if (layer.merge) {
      steps.push({ layer, merge: layer.merge, inputs: taken });
      at = steps.length;
    }
    for (const operation of layer.operations) {
      steps.push({ layer, operation, inputs: [at] });
      at = steps.length;
    }
    ends.push(at);
  }
  if (head.kind === "probabilities") {
    outOfRange(`network ${name}`, "scores with known bounds", "logarithms of probabilities");
  }
  const output = ends.at(-1) ?? 0;
  return { steps, scores: head.kind === "linear" ? output : ((steps[output - 1] as NetworkStep).inputs[0] as number) };
}

/** Which of the steps lead to a value. */
export function leadingTo(steps: readonly NetworkStep[], value: number): boolean[] {
  const needed = steps.map(() => false);
  const mark = (at: number): void => {
    if (at === 0 || needed[at - 1]) return;
    needed[at - 1] = true;
    for (const input of (steps[at - 1] as NetworkStep).inputs) mark(input);
  };
  mark(value);
  return needed;
}

/** Whether a step is max(x, 0), exactly. */
function isRectifier({ operation }: NetworkStep): boolean {
  return operation?.map.kind === "elementwise" && curveOf(operation.map.activation)?.isRectifier === true;
}

/** Windows that a step takes the largest numbers of. */
function largestOf({ operation }: NetworkStep): Window | undefined {
  const map = operation?.map;
  const isPool = map?.kind === "pooling" || map?.kind === "global pooling";
  return isPool && map.of === "maximum" ? map.window : undefined;
}

/**
 * The steps whose bends are bounded together, by the value they give; a rectifier that one pooling alone takes is left to that. None
 * where the network has no such pooling, or what the steps between cost is not the same for a row and for minus the row.
 */
export function jointSteps(
  steps: readonly NetworkStep[],
): { steps: NetworkStep[]; floors: Map<number, boolean> } | undefined {
  if (!steps.some(largestOf)) return undefined;
  const takers = (value: number) => steps.filter(({ inputs }) => inputs.includes(value)).length;
  const floors = new Map<number, boolean>();
  const joined = steps.map((step, i): NetworkStep => {
    if (isRectifier(step)) floors.set(i + 1, true);
    if (!largestOf(step)) return step;
    const [input] = step.inputs as [number];
    const before = steps[input - 1];
    const isFloored = before !== undefined && isRectifier(before) && takers(input) === 1;
    floors.set(i + 1, isFloored);
    return isFloored ? { ...step, inputs: before.inputs } : step;
  });
  return { steps: joined, floors };
}

/** The step of bends that are bounded together. */
export function jointStep(context: StepContext, step: NetworkStep, floor: boolean): JointStep {
  const { inputSize, outputSize } = step.operation as MappedOperation;
  const window = largestOf(step);
  const taps: number[] = [];
  const starts = new Int32Array(outputSize + 1);
  for (let i = 0; i < outputSize; i++) {
    const c = window?.c ?? 1;
    const own = window ? tapsWithin(window, Math.floor(i / c)).map((tap) => tap + (i % c)) : [i];
    taps.push(...own);
    starts[i + 1] = taps.length;
  }
  return new JointStep(context, step.inputs[0] as number, inputSize, { starts, taps: Int32Array.from(taps), floor });
}

function refuse({ name, className }: Layer, why: string): never {
  return outOfRange(`${name} (${className})`, "an operation with bounds", why);
}

/** Numbers of one value of a step's inputs, which for a merge the layer's shapes say. */
export function boundStep(
  context: StepContext,
  step: NetworkStep,
  sizes: readonly number[],
  from: Workspace,
): BoundStep {
  const { layer, operation, merge, inputs } = step;
  if (merge) return mergeStep(context, layer, merge, inputs, sizes, from);
  const { map, inputSize } = operation as MappedOperation;
  const [input] = inputs as [number];
  if (isLinear(map)) return new LinearStep(context, input, map, from);
  const values = ({ at, size }: Parameter) => from.arena.f32(at, size).slice();
  switch (map.kind) {
    case "affine": {
      const { mean, factor, shift } = map.terms();
      return new ScaleStep(context, input, inputSize, {
        mean: mean.slice(),
        factor: factor.slice(),
        shift: shift.slice(),
      });
    }
    case "take": {
      // A number that is put in is no number of the input: only zeros are gathered from nowhere.
      if (map.fill !== 0) return refuse(layer, `one that puts in ${map.fill}`);
      const index = map.sources().slice();
      return new GatherStep(context, [input], [inputSize], { input: new Int32Array(index.length), index });
    }
    case "moves":
    case "repeat":
      return new GatherStep(
        context,
        [input],
        [inputSize],
        sourcesOf(layer, from, [inputSize], operation as MappedOperation),
      );
    case "pooling":
    case "global pooling":
      if (map.of === "maximum") return new WindowChoiceStep(context, input, map.window);
      if (map.of === "average") return new LinearStep(context, input, map, from);
      return refuse(layer, `a pooling by the ${map.of}`);
    case "elementwise": {
      const curve = curveOf(map.activation) ?? refuse(layer, `the activation ${map.activation.name}`);
      return new ElementwiseStep(context, input, inputSize, () => curve);
    }
    case "prelu": {
      // What it makes of -1, exactly.
      const ones = new Float32Array(inputSize).fill(-1);
      const alphas = run(from, [ones], operation as MappedOperation).map((y) => -y);
      const curves = new Map<number, Curve>();
      for (const alpha of alphas) if (!curves.has(alpha)) curves.set(alpha, leaky(alpha));
      return new ElementwiseStep(context, input, inputSize, (i) => curves.get(alphas[i] as number) as Curve);
    }
    case "scale": {
      const mean = values(map.mean);
      const gamma = map.gamma && values(map.gamma);
      const factor = values(map.variance).map((variance, i) => scaleFactor(variance, map.epsilon, gamma?.[i]));
      const shift = map.beta ? values(map.beta) : new Float32Array(mean.length);
      return new ScaleStep(context, input, inputSize, { mean, factor, shift });
    }
    case "standardise": {
      const { channels, epsilon } = map;
      return new StandardiseStep(context, input, inputSize, {
        channels,
        epsilon: Math.fround(epsilon),
        scale: map.gamma ? values(map.gamma) : new Float32Array(channels).fill(1),
        shift: map.beta ? values(map.beta) : new Float32Array(channels),
      });
    }
    case "softmax":
      return refuse(layer, "a softmax below the scores");
    default:
      return refuse(layer, `one of kind ${(map as OperationMap).kind}`);
  }
}

function mergeStep(
  context: StepContext,
  layer: Layer,
  merge: Merge,
  inputs: readonly number[],
  sizes: readonly number[],
  from: Workspace,
): BoundStep {
  const { kind, outputSize } = merge;
  if (kind === "concatenation") return new GatherStep(context, inputs, sizes, sourcesOf(layer, from, sizes, merge));
  if (sizes.some((size) => size !== outputSize)) refuse(layer, "a merge that stretches its inputs");
  switch (kind) {
    case "sum":
      return new SumStep(
        context,
        inputs,
        outputSize,
        inputs.map(() => 1),
      );
    case "difference":
      return new SumStep(context, inputs, outputSize, [1, -1]);
    case "mean":
      return new SumStep(
        context,
        inputs,
        outputSize,
        inputs.map(() => Math.fround(1 / inputs.length)),
      );
    default:
      return refuse(layer, `a merge by ${kind}`);
  }
}

/** The curve of an activation; those of a family say by their parameters which one they are. */
function curveOf({ name, parameters = [] }: Activation): Curve | undefined {
  const [first] = parameters;
  if (name === "relu" || name === "relu6") return first === undefined ? leaky(0) : clipped(first);
  if (name === "leaky_relu") return first === undefined ? undefined : leaky(first);
  return parameters.length === 0 && Object.hasOwn(CURVES, name) ? CURVES[name] : undefined;
}

/** Numbers up to this are exact in f32. */
const COUNTABLE = 2 ** 24;

/** Where each output of an operation that moves numbers comes from: it is asked to move the numbers 1, 2, 3, ... */
function sourcesOf(
  layer: Layer,
  workspace: Workspace,
  sizes: readonly number[],
  mover: MappedOperation | Merge,
): Sources {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total >= COUNTABLE) refuse(layer, `one that moves ${total} numbers`);
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + size, 1));
  const numbered = sizes.map((size, k) => Float32Array.from({ length: size }, (_, i) => (starts[k] as number) + i));
  const moved = run(workspace, numbered, mover);
  const input = new Int32Array(moved.length);
  const index = new Int32Array(moved.length);
  moved.forEach((number, i) => {
    let [k, at] = [0, number - 1];
    while (k + 1 < sizes.length && at >= (sizes[k] as number)) at -= sizes[k++] as number;
    input[i] = k;
    index[i] = at;
  });
  return { input, index };
}

/** What an operation gives for one row. */
function run({ arena }: Workspace, inputs: readonly Float32Array[], mover: MappedOperation | Merge): Float32Array {
  const memory = new Memory(arena);
  try {
    const xs = inputs.map((input) => memory.allocateF32(input.length));
    const y = memory.allocateF32(mover.outputSize);
    inputs.forEach((input, k) => {
      arena.f32(xs[k] as F32Pointer, input.length).set(input);
    });
    if ("kind" in mover) mover.forward(1, xs, y);
    else mover.forward(1, xs[0] as F32Pointer, y);
    return arena.f32(y, mover.outputSize).slice();
  } finally {
    memory.release();
  }
}
