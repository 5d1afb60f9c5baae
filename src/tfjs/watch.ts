/**
 * Runs a tf model and sees which function it ends in, whatever kind of model it is: while the model runs, the kernels that the
 * engine is asked for are watched. What enters the last softmax, sigmoid, tanh or softplus is kept, so that scores and their
 * gradients are taken from there. tfjs runs a model at once, so nothing else can run meanwhile.
 */
import { dispose, engine, keep, ones, type Tensor } from "@tensorflow/tfjs-core";
import type { Head } from "../model/index.ts";
import { readsAtOnce } from "./ask.ts";

type Range = NonNullable<Head["range"]>;
type Inputs = Record<string, Tensor | null | undefined>;
type RunKernel = (name: string, inputs: Inputs, attrs?: Record<string, unknown>) => Tensor | Tensor[];

/** A function at the end of a model, and what enters it. */
export interface Seen extends Pick<Head, "range"> {
  readonly kind: Exclude<Head["kind"], "linear" | "probabilities">;
  readonly before: Tensor;
}

export interface Watched {
  readonly answer: Tensor;
  /** Undefined where the model ends in anything else. */
  readonly seen: Seen | undefined;
  /** Disposes of what was kept; the answer is the caller's. */
  release(): void;
}

/** The kernels that are seen through, and the name of what enters each. */
const HEADS: Readonly<Record<string, readonly [kind: Seen["kind"], input: string]>> = {
  Softmax: ["softmax", "logits"],
  Sigmoid: ["sigmoid", "x"],
  Tanh: ["tanh", "x"],
  Softplus: ["softplus", "x"],
  Elu: ["elu", "x"],
  Selu: ["selu", "x"],
  Exp: ["exponential", "x"],
  Relu: ["cut", "x"],
  Relu6: ["cut", "x"],
  ClipByValue: ["cut", "x"],
};
/** The kernels of activations that a product may have fused. */
const FUSED: Readonly<Record<string, string>> = { sigmoid: "Sigmoid", relu: "Relu", relu6: "Relu6", elu: "Elu" };
/** Kernels that leave the numbers as they are. */
const MOVES = ["Reshape", "Identity", "Cast"];

/**
 * Runs a model.
 *
 * @param size numbers of the answer, where they are known: a function of another number of them is not its end
 */
export function watch(run: () => Tensor, size?: number): Watched {
  const core = engine() as unknown as { runKernel: RunKernel };
  const before = Object.getOwnPropertyDescriptor(core, "runKernel");
  const original = core.runKernel.bind(core);
  const kept: Tensor[] = [];
  const ends = new Map<number, Seen>();
  const release = () => dispose(kept.splice(0));

  core.runKernel = (name, given, attrs) => {
    const inputs = completed(name, given);
    const fused = FUSED[String(attrs?.activation)];
    if (fused) {
      // The end of a model may be fused into a product: a sigmoid of a GraphModel, a ReLU of any.
      const y = fused === "Sigmoid" ? undefined : (original(name, inputs, attrs) as Tensor);
      if (y && size !== undefined && y.size !== size) return y;
      y?.dispose();
      return core.runKernel(fused, { x: original(name, inputs, { ...attrs, activation: "linear" }) as Tensor });
    }
    const head = Object.hasOwn(HEADS, name) ? HEADS[name] : undefined;
    const x = head && inputs[head[1]];
    if (head && x && (size === undefined || x.size === size) && isOverLastAxis(x, attrs)) {
      const entering = keep(original("Identity", { x }) as Tensor);
      kept.push(entering);
      const y = original(name, { ...inputs, [head[1]]: entering }, attrs) as Tensor;
      const range = head[0] === "cut" ? rangeOf(name, attrs) : undefined;
      const inner = range && ends.get(x.id);
      if (range && inner?.range) ends.set(y.id, { ...inner, range: cutAgain(inner.range, range) });
      else ends.set(y.id, { kind: head[0], before: entering, ...(range && { range }) });
      return y;
    }
    const y = original(name, inputs, attrs);
    const moved = MOVES.includes(name) ? ends.get(inputs.x?.id ?? -1) : undefined;
    if (moved) ends.set((y as Tensor).id, moved);
    // The relu6 of layers is the smaller of 6 and a ReLU.
    const least = name === "Minimum" ? ends.get(inputs.b?.id ?? -1) : undefined;
    if (least?.range && inputs.a?.size === 1 && readsAtOnce()) {
      const [top] = inputs.a.dataSync();
      ends.set((y as Tensor).id, { ...least, range: cutAgain(least.range, [Number.NEGATIVE_INFINITY, top as number]) });
    }
    return y;
  };
  try {
    const answer = run();
    return { answer, seen: ends.get(answer?.id), release };
  } catch (error) {
    release();
    throw error;
  } finally {
    if (before) Object.defineProperty(core, "runKernel", before);
    else delete (core as Partial<typeof core>).runKernel;
  }
}

/** Without inputs that are missing, on which tfjs stumbles when it goes back; a normalisation without a scale has one of ones. */
function completed(name: string, given: Inputs): Inputs {
  if (Array.isArray(given)) return given; // concat, stack and addN take a list
  const inputs = Object.fromEntries(Object.entries(given).filter(([, tensor]) => tensor != null));
  if (name === "FusedBatchNorm" && !inputs.scale && inputs.mean) inputs.scale = ones(inputs.mean.shape);
  return inputs;
}

/** What a kernel cuts its input to. */
function rangeOf(name: string, attrs: Record<string, unknown> | undefined): Range {
  if (name === "ClipByValue") return [attrs?.clipValueMin as number, attrs?.clipValueMax as number];
  return [0, name === "Relu6" ? 6 : Number.POSITIVE_INFINITY];
}

/** The range of a cut after a cut. */
function cutAgain(inner: Range, outer: Range): Range {
  const cut = (value: number) => Math.min(Math.max(value, outer[0]), outer[1]);
  return [cut(inner[0]), cut(inner[1])];
}

function isOverLastAxis(x: Tensor, attrs: Record<string, unknown> | undefined): boolean {
  const dim = attrs?.dim;
  return dim === undefined || dim === -1 || dim === x.rank - 1;
}
