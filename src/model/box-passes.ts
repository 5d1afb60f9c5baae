/**
 * Passes over boxes of inputs that training takes: the cross-entropy of the worst scores that intervals leave open, and its gradient to
 * the parameters   [Gowal et al. 2018]. The last product goes with the differences of scores: of z_k - z_y over the box
 * an interval bound is taken as a whole ("elision of the last layer"), not of z_k and z_y apart.
 */
import { type Labels, outOfRange, requireLabels, requireRows } from "../check.ts";
import type { F32Pointer, I32Pointer } from "../wasm/index.ts";
import { type Boxes, type BoxStep, boxStep } from "./box-steps.ts";
import type { GradientSum } from "./gradient-sum.ts";
import type { Layer, LinearMap, MappedOperation, Parameter } from "./layers/index.ts";
import type { Plan } from "./plan.ts";
import { type Score, TRAINING_CHUNK } from "./training-passes.ts";

/** Memory of one value's boxes and of its neighbours: gradients take turns in two. */
const SIDES = 2;

export class BoxPasses {
  private readonly plan: Plan;
  private readonly parameters: readonly Parameter[];
  private readonly steps: readonly BoxStep[];
  private readonly last: Extract<LinearMap, { kind: "product" }>;
  /** The boxes of the input and of what each step gives. */
  private readonly values: readonly Boxes[];
  private readonly slopes: readonly Boxes[];
  private readonly scores: F32Pointer;
  private readonly scoreSlopes: F32Pointer;
  private readonly labels: I32Pointer;
  private readonly loss: F32Pointer;

  /** Throws, by name, for a network that has no bound here. */
  constructor(plan: Plan, layers: readonly Layer[], parameters: readonly Parameter[]) {
    this.plan = plan;
    this.parameters = parameters;
    const { workspace, rows } = plan;
    const { arena } = workspace;
    const chain = chainOf(plan, layers);
    const { map } = chain.at(-1)?.operation ?? {};
    if (map?.kind !== "product" || map.outer !== 1) {
      outOfRange("network", "a Dense layer that gives the scores, to bound them over boxes", map?.kind ?? "none");
    }
    this.last = map as Extract<LinearMap, { kind: "product" }>;
    const hidden = chain.slice(0, -1);
    const scratches = chain.map(({ operation }) => operation.scratchBytes?.(rows) ?? 0);
    const room = { workspace, rows, scratch: arena.allocate(Math.max(0, ...scratches)) };
    this.steps = hidden.map(({ operation, layer }) => {
      const step = boxStep(operation, room);
      return step ?? outOfRange(layer, "a layer with a bound over boxes", operation.map.kind);
    });
    const widths = [plan.inputSize, ...this.steps.map(({ outputSize }) => outputSize)];
    const boxes = (width: number): Boxes => {
      return { centre: arena.allocateF32(rows * width), radius: arena.allocateF32(rows * width) };
    };
    this.values = widths.map(boxes);
    this.slopes = Array.from({ length: SIDES }, () => boxes(Math.max(...widths)));
    this.scores = arena.allocateF32(rows * plan.classes);
    this.scoreSlopes = arena.allocateF32(rows * plan.classes);
    this.labels = arena.allocateI32(rows);
    this.loss = arena.allocateF32(rows);
  }

  /**
   * Adds `scale` times the summed gradient of the boxes' cross-entropy to `sum`. The score counts the boxes in which another label may win
   * for all that the intervals say. Where a loss is not finite, the loss returned is NaN, and `sum` lacks the chunks from there on.
   */
  addGradient(lower: Float32Array, upper: Float32Array, labels: Labels, sum: GradientSum, scale: number): Score {
    const { plan, parameters, steps } = this;
    const count = requireRows("lower", lower, plan.inputSize);
    if (requireRows("upper", upper, plan.inputSize) !== count) outOfRange("upper", `${count} rows`, "others");
    requireLabels("labels", labels, count, plan.classes);
    for (const step of steps) step.parametersChanged?.();
    let [loss, errors] = [0, 0];
    for (let start = 0; start < count && !Number.isNaN(loss); start += TRAINING_CHUNK) {
      const end = Math.min(start + TRAINING_CHUNK, count);
      plan.clearGradients(parameters);
      for (const step of steps) step.clear?.();
      for (let first = start; first < end && !Number.isNaN(loss); first += plan.rows) {
        const n = Math.min(plan.rows, end - first);
        this.read(lower, upper, first, n);
        const batch = plan.workspace.arena.i32(this.labels, n);
        for (let i = 0; i < n; i++) batch[i] = labels[first + i] as number;
        errors += this.forward(n);
        for (const value of plan.view(this.loss, n)) loss += Number.isFinite(value) ? value : Number.NaN;
        if (!Number.isNaN(loss)) this.backward(n);
      }
      if (Number.isNaN(loss)) continue;
      for (const step of steps) step.finish?.();
      sum.add(parameters, scale);
    }
    return { loss, errors };
  }

  /** The boxes of the rows from `first` on. */
  private read(lower: Float32Array, upper: Float32Array, first: number, n: number): void {
    const { inputSize } = this.plan;
    const { centre, radius } = this.values[0] as Boxes;
    const [c, r] = [this.plan.view(centre, n * inputSize), this.plan.view(radius, n * inputSize)];
    const base = first * inputSize;
    for (let i = 0; i < n * inputSize; i++) {
      const [low, high] = [lower[base + i] as number, upper[base + i] as number];
      if (!(low <= high)) outOfRange(`box [${base + i}]`, "finite numbers, lower <= upper", `[${low}, ${high}]`);
      c[i] = (low + high) / 2;
      r[i] = (high - low) / 2;
    }
  }

  /** The losses of n boxes and their gradients to the worst scores; returns how many boxes are not proved. */
  private forward(n: number): number {
    const { plan, steps, values } = this;
    for (const [i, step] of steps.entries()) step.forward(n, values[i] as Boxes, values[i + 1] as Boxes);
    const unproved = this.worstScores(n);
    const { kernels } = plan.workspace;
    kernels.cross_entropy_f32(n, plan.classes, this.scores, this.labels, this.loss, this.scoreSlopes);
    return unproved;
  }

  private backward(n: number): void {
    const { steps, values, slopes } = this;
    this.takeBackScores(n);
    for (let i = steps.length - 1; i >= 0; i--) {
      const dy = slopes[i % SIDES] as Boxes;
      const dx = i === 0 ? undefined : (slopes[(i - 1) % SIDES] as Boxes);
      (steps[i] as BoxStep).backward(n, values[i] as Boxes, values[i + 1] as Boxes, dy, dx);
    }
  }

  /** Views of what the last product takes: the boxes before it, its weights, the labels. */
  private around(n: number) {
    const { plan, last, steps } = this;
    const [width] = last.kernel.shape as [number];
    const { centre, radius } = this.values[steps.length] as Boxes;
    return {
      width,
      classes: plan.classes,
      c: plan.view(centre, n * width),
      r: plan.view(radius, n * width),
      w: plan.view(last.kernel.at, last.kernel.size),
      labels: plan.workspace.arena.i32(this.labels, n),
    };
  }

  /** z_k = sum_j c_j (w_jk - w_jy) + r_j |w_jk - w_jy| + b_k - b_y: the most by which label k leads y; in f64, j ascending. */
  private worstScores(n: number): number {
    const { plan, last } = this;
    const { width, classes, c, r, w, labels } = this.around(n);
    const biases = last.bias && plan.view(last.bias.at, classes);
    const scores = plan.view(this.scores, n * classes);
    const sums = new Float64Array(classes);
    let unproved = 0;
    for (let row = 0; row < n; row++) {
      const label = labels[row] as number;
      for (let k = 0; k < classes; k++) sums[k] = biases ? (biases[k] as number) - (biases[label] as number) : 0;
      for (let j = 0; j < width; j++) {
        const [centre, radius] = [c[row * width + j] as number, r[row * width + j] as number];
        const own = w[j * classes + label] as number;
        for (let k = 0; k < classes; k++) {
          const d = (w[j * classes + k] as number) - own;
          sums[k] = (sums[k] as number) + centre * d + radius * Math.abs(d);
        }
      }
      scores.set(sums, row * classes);
      if (sums.some((z, k) => k !== label && !(z < 0))) unproved++;
    }
    return unproved;
  }

  /** From the gradients to the worst scores those to the boxes before the last product, its weights and its biases. */
  private takeBackScores(n: number): void {
    const { plan, last, slopes, steps } = this;
    const { width, classes, c, r, w, labels } = this.around(n);
    const to = slopes[(steps.length + SIDES - 1) % SIDES] as Boxes;
    const [dc, dr] = [plan.view(to.centre, n * width), plan.view(to.radius, n * width)];
    const dw = plan.view(last.kernel.gradient as F32Pointer, last.kernel.size);
    const db = last.bias && plan.view(last.bias.gradient as F32Pointer, classes);
    const dz = plan.view(this.scoreSlopes, n * classes);
    for (let row = 0; row < n; row++) {
      const label = labels[row] as number;
      for (let k = 0; db && k < classes; k++) {
        if (k === label) continue;
        const g = dz[row * classes + k] as number;
        db[k] = (db[k] as number) + g;
        db[label] = (db[label] as number) - g;
      }
      for (let j = 0; j < width; j++) {
        const at = row * width + j;
        const [centre, radius] = [c[at] as number, r[at] as number];
        const own = w[j * classes + label] as number;
        let [toCentre, toRadius, toOwn] = [0, 0, 0];
        for (let k = 0; k < classes; k++) {
          if (k === label) continue;
          const g = dz[row * classes + k] as number;
          const d = (w[j * classes + k] as number) - own;
          toCentre += g * d;
          toRadius += g * Math.abs(d);
          const share = g * (centre + (d > 0 ? radius : d < 0 ? -radius : 0));
          dw[j * classes + k] = (dw[j * classes + k] as number) + share;
          toOwn -= share;
        }
        dw[j * classes + label] = (dw[j * classes + label] as number) + toOwn;
        dc[at] = toCentre;
        dr[at] = toRadius;
      }
    }
  }
}

/** The operations that lead to the scores, each with the name of its layer. Throws where they are no chain. */
function chainOf(plan: Plan, layers: readonly Layer[]): { operation: MappedOperation; layer: string }[] {
  const owners = new Map(layers.flatMap(({ name, operations }) => operations.map((one) => [one as object, name])));
  return plan.steps.slice(0, plan.logits).map(({ operation, merge, inputs }, i) => {
    const layer = operation && owners.get(operation);
    if (operation && layer === undefined) {
      outOfRange("network", "scores that a layer gives, to bound them over boxes", "others");
    }
    if (merge || inputs[0] !== i)
      outOfRange("network", "a chain of layers, to bound it over boxes", "one that branches");
    return { operation: operation as MappedOperation, layer: layer as string };
  });
}
