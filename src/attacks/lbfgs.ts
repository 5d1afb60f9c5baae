/**
 * The attack of Szegedy et al. (ICLR 2014, section 4.1) on any differentiable target: for each image and target label
 * the smallest perturbation in the box that makes the target answer that label. `search.ts` is the search for one image,
 * `lockstep.ts` how hundreds advance over one batch, `blocks.ts` how rows come to it; this file checks what is asked.
 */
import {
  type Labels,
  type OptionNames,
  outOfRange,
  requireInteger,
  requireLabels,
  requireNumber,
  requireOptions,
  requireRows,
  wrongType,
} from "../check.ts";
import { attackBlocks } from "./blocks.ts";
import { type AnnealSchedule, type EffortName, requireEffort } from "./effort.ts";
import { padded } from "./lockstep.ts";
import { SOLVERS, type SolverName } from "./minimiser.ts";
import { emptyResult } from "./result.ts";
import { requireRowsInBox } from "./rows-in-box.ts";
import { affordableRows, requireRunOptions, requireTargetWith } from "./run-options.ts";
import { ImageSearch, type SearchOptions } from "./search.ts";
import type { AttackResult, AttackTarget } from "./target.ts";

/** What `lbfgsAttack` is asked, and how it searches. */
export interface LbfgsAttackOptions {
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** The label each row is to be driven to, n whole numbers in [0, classes). */
  labels: Labels;
  /** True labels: rows that the target gets wrong are then reported as "misclassified" and not attacked. */
  truth?: Labels;
  /** The box, default [0, 1]. */
  lower?: number;
  /** The other end of the box; default 1. */
  upper?: number;
  /** Starts from an annealed norm, besides the image itself; default "fast": none. */
  effort?: EffortName | readonly AnnealSchedule[];
  /**
   * Logits by which the target label must lead for a success; default 1e-4. Without a margin, the rounding of another
   * implementation could undo the success. A margin of up to 1e-4 is no more than 1/2048 of what the label trails by on the
   * image, so that it costs the nearest changes little.
   */
  margin?: number;
  /**
   * How often the bracket of the penalty is narrowed after the first start (default 3) and after each annealed one (default 2),
   * where no minimiser ends near the boundary; always, if there are no steps along it.
   */
  bisections?: number;
  /** The same after each annealed start; default 2. */
  refinements?: number;
  /** The most steps along the boundary that end each start; default 40, and about ten on a smooth network. */
  polish?: number;
  /**
   * The minimiser. "projected" (default) keeps its history from penalty to penalty and for the steps along the boundary.
   * "lbfgsb" is the paper's own, and slower (bench/attack.bench.mjs).
   */
  solver?: SolverName;
  /** Pairs that the minimiser remembers; default 6. */
  memory?: number;
  /** Images attacked at once; changes no result. Default: 16, fewer where they would not fit in 512 MiB. */
  batch?: number;
  /** Stops the attack, which then rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Called several times a second, after `onImage`, with the number of images that are done, those that need no search
   * included, the number of all images, and the value-and-gradient calls so far.
   */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each image soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: AttackResult) => void | Promise<void>;
  /** Called for every point that is evaluated in the search for a row, with a copy of it, f32[inputSize]. It changes no result. */
  onEvaluation?: (row: number, point: Float32Array) => void;
}

export const LBFGS_ATTACK_OPTIONS: OptionNames<LbfgsAttackOptions> = {
  rows: true,
  labels: true,
  truth: true,
  lower: true,
  upper: true,
  effort: true,
  margin: true,
  bisections: true,
  refinements: true,
  polish: true,
  solver: true,
  memory: true,
  batch: true,
  signal: true,
  onProgress: true,
  onImage: true,
  onEvaluation: true,
};

/** The options of `lbfgsAttack`, checked, with their defaults. */
interface CheckedOptions {
  labels: Labels;
  truth: Labels | undefined;
  lower: number;
  upper: number;
  search: SearchOptions;
}

/**
 * Checks the options of `lbfgsAttack` before any work: throws for rows outside the box or not finite, labels out of range,
 * and options of the wrong kind. If the options pass, they also pass with a part of their rows.
 */
export function requireAttack(
  target: Pick<AttackTarget, "inputSize" | "classes">,
  options: LbfgsAttackOptions,
): CheckedOptions {
  if (typeof options !== "object" || options === null) wrongType("options", "an object", options);
  const { rows, lower = 0, upper = 1, margin = 1e-4, memory = 6, batch } = options;
  requireRunOptions(options);
  const count = requireRows("rows", rows, target.inputSize);
  const labels = requireLabels("labels", options.labels, count, target.classes);
  const truth = options.truth && requireLabels("truth", options.truth, count, target.classes);
  requireRowsInBox(rows, lower, upper);
  requireNumber("margin", margin, 0);
  requireInteger("memory", memory, 1, 64);
  const search = {
    margin,
    memory,
    solver: requireSolver(options.solver ?? "projected"),
    bisections: requireInteger("bisections", options.bisections ?? 3, 1, 100),
    refinements: requireInteger("refinements", options.refinements ?? 2, 1, 100),
    polish: requireInteger("polish", options.polish ?? 40, 0, 10000),
    schedules: requireEffort(options.effort ?? "fast"),
  };
  if (batch !== undefined) requireInteger("batch", batch, 1);
  return { labels, truth, lower, upper, search };
}

/**
 * Finds the smallest change to each row that makes the target answer the row's label. Rejects before any work for rows
 * outside the box or not finite, labels out of range, and unknown options; rejects with the signal's reason when aborted.
 * A change that was not found is a value, not an error.
 */
export async function lbfgsAttack(target: AttackTarget, options: LbfgsAttackOptions): Promise<AttackResult> {
  requireTarget(target);
  const { labels, truth, lower, upper, search } = requireAttack(target, options);
  requireOptions("lbfgsAttack", options, LBFGS_ATTACK_OPTIONS);
  const { rows, signal, onProgress, onImage, onEvaluation } = options;
  const count = labels.length;
  const seats = Math.min(count, options.batch ?? affordableSeats(target.inputSize, search));
  const result = emptyResult(rows, labels);
  let done = 0;
  await attackBlocks(target, [{ rows, labels, truth, result }].values(), {
    lower,
    upper,
    search,
    seats,
    signal,
    onEvaluation: onEvaluation && (({ row }, point) => onEvaluation(row, point)),
    onTurn: async (ended, evaluations) => {
      for (const { row } of ended) await onImage?.(row, result);
      done += ended.length;
      onProgress?.(done, count, evaluations);
    },
  });
  return result;
}

/** Rows to search at once, unless their histories would take too much memory. */
export function affordableSeats(inputSize: number, search: SearchOptions): number {
  return affordableRows(ImageSearch.bytes(inputSize, search) + 8 * padded(inputSize));
}

export function requireTarget(target: AttackTarget): void {
  requireTargetWith(target, ["predict", "lossGradient"]);
}

function requireSolver(name: string): SolverName {
  return SOLVERS.find((known) => known === name) ?? outOfRange("solver", `one of ${SOLVERS.join(", ")}`, name);
}
