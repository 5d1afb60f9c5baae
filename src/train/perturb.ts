/** The cheap attacks of training: one or a few steps along the gradient of the loss, within the box (assembly/attack/step.ts). */
import type { Labels } from "../check.ts";
import { type F32Pointer, Region, type Workspace } from "../wasm/index.ts";
import type { Place } from "./place.ts";

/** Share of the radius that each of several steps takes. */
const STEP = 0.6;

/** How an example is made from a row and the gradient of its loss. */
export type StepRule =
  /** x + radius g / |g|. */
  | "gradient"
  /** x + radius sign(g)   [Goodfellow et al. 2015, fast gradient sign]; radius is then the change of each number. */
  | "sign";

/** What an attack needs to know of its place: width, box and radius, and memory to work in. */
export interface Ground extends Pick<Place, "width" | "lower" | "upper" | "radius"> {
  readonly network: { readonly workspace: Workspace };
}

/** The gradient of what an attack raises, at rows of the place: f32[n, width]. */
export type GradientAt = (rows: Float32Array) => Float32Array;

/** Of the cross-entropy of the rows against their labels. */
export function lossGradientAt({ network }: Place, labels: Labels): GradientAt {
  return (rows) => network.lossGradient(rows, labels).gradient;
}

export const STEP_RULES = ["gradient", "sign"] as const satisfies readonly StepRule[];

/**
 * Makes examples for one place: in one step as long as its radius, or in several steps of a share of the radius that stay within
 * it. Each further step computes the gradient again.
 */
export class ExampleMaker {
  private readonly place: Ground;
  private readonly rule: StepRule;
  private readonly steps: number;
  private readonly share: number;
  private readonly memory: Region;
  /** Rows, gradients and examples of the largest batch so far. */
  private buffers: { rows: number; x: F32Pointer; g: F32Pointer; y: F32Pointer } | undefined;

  /**
   * @param memory in the arena of the place's network
   * @param share of the radius that each of several steps takes
   */
  constructor(
    place: Ground,
    rule: StepRule,
    steps: number,
    memory = new Region(place.network.workspace.arena),
    share = STEP,
  ) {
    this.share = share;
    this.memory = memory;
    this.place = place;
    this.rule = rule;
    this.steps = steps;
  }

  /**
   * @param rows f32[n, width], inside the box
   * @param gradientAt what the steps after the first follow
   * @param gradient f32[n, width], what the first step follows
   * @param to f32[n, width], the examples; may be `gradient`
   */
  make(rows: Float32Array, gradientAt: GradientAt, gradient: Float32Array, to: Float32Array): void {
    const search = this.search(rows, gradient, to);
    for (let asked = search.next(); !asked.done; ) asked = search.next(gradientAt(asked.value));
  }

  /** The same for a gradient that takes its time: yields the rows where it is asked for, and takes it. */
  *search(rows: Float32Array, gradient: Float32Array, to: Float32Array): Generator<Float32Array, void, Float32Array> {
    const { place, steps, share } = this;
    const { arena } = place.network.workspace;
    const size = rows.length;
    const count = size / place.width;
    const { x, g, y } = this.reserve(count);
    arena.f32(x, size).set(rows);
    arena.f32(g, size).set(gradient);
    this.stepUp(count, steps === 1 ? 1 : share, x, g, y);
    for (let i = 1; i < steps; i++) {
      this.stayWithin(count, x, y);
      const there = yield arena.f32(y, size).slice();
      arena.f32(g, size).set(there);
      this.stepUp(count, share, y, g, y);
    }
    if (steps > 1) this.stayWithin(count, x, y);
    to.set(arena.f32(y, size));
  }

  /** Shortens the change of examples that other attacks made to the place's radius, in L2, in place. */
  drawBack(rows: Float32Array, examples: Float32Array): void {
    const { place } = this;
    if (place.radius === Number.POSITIVE_INFINITY) return;
    const { arena, kernels } = place.network.workspace;
    const count = rows.length / place.width;
    const { x, y } = this.reserve(count);
    arena.f32(x, rows.length).set(rows);
    arena.f32(y, rows.length).set(examples);
    kernels.pull_back_f32(count, place.width, place.radius, x, y);
    examples.set(arena.f32(y, rows.length));
  }

  private stepUp(rows: number, share: number, x: F32Pointer, g: F32Pointer, y: F32Pointer): void {
    const { width, radius, lower, upper, network } = this.place;
    const { kernels } = network.workspace;
    if (this.rule === "sign") kernels.sign_step_f32(rows * width, share * radius, lower, upper, x, g, y);
    else kernels.gradient_step_f32(rows, width, share * radius, lower, upper, x, g, y);
  }

  /** In the norm of the rule: the ball of L2, or each number by itself. */
  private stayWithin(rows: number, x: F32Pointer, y: F32Pointer): void {
    const { width, radius, network } = this.place;
    if (this.rule === "gradient") {
      network.workspace.kernels.pull_back_f32(rows, width, radius, x, y);
      return;
    }
    const [origin, moved] = [
      network.workspace.arena.f32(x, rows * width),
      network.workspace.arena.f32(y, rows * width),
    ];
    for (let i = 0; i < moved.length; i++) {
      const at = origin[i] as number;
      moved[i] = Math.min(Math.max(moved[i] as number, at - radius), at + radius);
    }
  }

  private reserve(rows: number): { x: F32Pointer; g: F32Pointer; y: F32Pointer } {
    if (!this.buffers || this.buffers.rows < rows) {
      const block = () => this.memory.allocateF32(rows * this.place.width);
      this.buffers = { rows, x: block(), g: block(), y: block() };
    }
    return this.buffers;
  }
}
