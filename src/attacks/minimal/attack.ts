/**
 * The smallest change to each row, in a norm, that makes a target meet a criterion: answer another label than the true one, a
 * given label, or an output that moves (`question.ts`), in a box or on a grid (`domain.ts`). `problem.ts` is one row,
 * `searches.ts` names the search of each norm, `lockstep.ts` runs hundreds over one batch; this file checks, sorts out the
 * rows that need no search, runs, and asks the target again about each success.
 */
import {
  type Labels,
  mistyped,
  type OptionNames,
  outOfRange,
  requireFinite,
  requireInteger,
  requireLabels,
  requireLength,
  requireOptions,
  requireRows,
  wrongType,
} from "../../check.ts";
import { predictedClasses } from "../../model/index.ts";
import { Workspace } from "../../wasm/index.ts";
import type { Criterion } from "../criterion.ts";
import { type Domain, type DomainOptions, requireDomain, requireRowsInDomain } from "../domain.ts";
import type { EffortName } from "../effort.ts";
import { criterionOf, headOf, type Question, requireQuestion } from "../question.ts";
import { affordableRows, requireRunOptions, requireTargetWith } from "../run-options.ts";
import type { AttackStop, ScoreTarget } from "../target.ts";
import { BUDGETS } from "./effort.ts";
import { GridSearch } from "./grid.ts";
import { type RowSearch, runInLockstep } from "./lockstep.ts";
import type { NormName } from "./norm.ts";
import { Problem, reserveSeat, within } from "./problem.ts";
import { type SeatSearch, searchOf } from "./searches.ts";

export interface MinimalAttackOptions extends DomainOptions {
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** True labels: a row is to be answered with any other. With `labels` too: rows that the target gets wrong are not attacked. */
  truth?: Labels;
  /** The label that each row is to be driven to. */
  labels?: Labels;
  /** What is asked instead of a label: one question for all rows, or one a row. With `truth`: rows it gets wrong are not attacked. */
  criterion?: Question | readonly Question[];
  /** In which norm the change is to be small; default "l2". */
  norm?: NormName;
  /** What a row may cost; default "fast". */
  effort?: EffortName;
  /** The same as a number: evaluations of one row at most, forward and gradient. */
  evaluations?: number;
  /** Of the random signs that restarts begin with, default 0. They do not depend on where in the batch a row is. */
  seed?: number;
  /** Rows attacked at once; changes no result. */
  batch?: number;
  signal?: AbortSignal;
  /** Called several times a second, after `onImage`, with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each row soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: MinimalAttackResult) => void | Promise<void>;
}

/** What a minimal attack found for n rows. */
export interface MinimalAttackResult {
  norm: NormName;
  /** f32[n, inputSize], inside the box exactly; the image itself where nothing was found. */
  rows: Float32Array;
  /** u8[n], 1 where `stop` is "found": the target was asked again about the returned row, and meets the criterion. */
  success: Uint8Array;
  /** f64[n], the length of the change in the norm; NaN where nothing was found, 0 where nothing was searched. */
  distance: Float64Array;
  /** i32[n], what the target answers on the returned row. */
  labels: Int32Array;
  /** u32[n], evaluations of the row, forward and gradient. */
  evaluations: Uint32Array;
  stop: AttackStop[];
}

const OPTIONS: OptionNames<MinimalAttackOptions> = {
  rows: true,
  truth: true,
  labels: true,
  criterion: true,
  norm: true,
  effort: true,
  evaluations: true,
  lower: true,
  upper: true,
  frozen: true,
  integers: true,
  groups: true,
  levels: true,
  seed: true,
  batch: true,
  signal: true,
  onProgress: true,
  onImage: true,
};

/** The options, checked, with their defaults. */
interface CheckedOptions {
  count: number;
  truth: Labels | undefined;
  questions: readonly Question[];
  norm: NormName;
  budget: number;
  domain: Domain;
  seed: number;
  batch: number | undefined;
}

/**
 * Finds the smallest change to each row, in a norm, that makes the target answer another label than its true one, or the label
 * given. Rejects before any work for rows outside the box or not finite, labels out of range, and unknown options; rejects with
 * the signal's reason when aborted. A change that was not found is a value, not an error.
 *
 *     const found = await minimalAttack(network, { rows, truth, norm: "linf" });
 */
export async function minimalAttack(target: ScoreTarget, options: MinimalAttackOptions): Promise<MinimalAttackResult> {
  requireTargetWith(target, ["scores", "scoreGradient"]);
  const { count, truth, questions, norm, budget, domain, seed, batch } = requireMinimalAttack(target, options);
  const { rows, signal, onProgress, onImage } = options;
  const { inputSize, classes } = target;
  const rowOf = (all: Float32Array, row: number, width = inputSize) => all.subarray(row * width, (row + 1) * width);

  const scores = await scoresOf(target, rows);
  const result: MinimalAttackResult = {
    norm,
    rows: rows.slice(),
    success: new Uint8Array(count),
    distance: new Float64Array(count).fill(Number.NaN),
    labels: predictedClasses(scores, classes),
    evaluations: new Uint32Array(count),
    stop: new Array<AttackStop>(count).fill("not-found"),
  };
  const head = headOf(target);
  const criteria = questions.map((question, row) => criterionOf(question, head, rowOf(scores, row, classes)));
  const queue: number[] = [];
  for (const [row, { margin, objectives }] of criteria.entries()) {
    const own = rowOf(scores, row, classes);
    if (truth && result.labels[row] !== truth[row]) result.stop[row] = "misclassified";
    else if (margin(own) > 0) result.stop[row] = "already-target";
    else if (objectives(own).length > 0) queue.push(row);
    if (result.stop[row] !== "not-found") result.distance[row] = 0;
  }

  const searched = new Set(queue);
  let ended = Array.from({ length: count }, (_, row) => row).filter((row) => !searched.has(row));
  let done = 0;
  const tell = async (evaluations: number) => {
    const now = ended;
    ended = [];
    for (const row of now) await onImage?.(row, result);
    done += now.length;
    onProgress?.(done, count, evaluations);
  };

  const workspace = new Workspace();
  const { create, bytes } = searchOf(norm);
  const seats = Math.min(count, batch ?? affordableRows(bytes(inputSize)));
  const idle = Array.from({ length: seats }, () => {
    const seat = reserveSeat(workspace, inputSize);
    return { seat, search: create(seat) };
  });
  const running = new Map<number, { problem: Problem; grid: GridSearch | undefined; place: (typeof idle)[number] }>();
  await runInLockstep(
    target,
    {
      count: queue.length,
      begin: (index) => {
        const row = queue[index] as number;
        const place = idle.pop() as (typeof idle)[number];
        const image = rowOf(rows, row);
        const problem = new Problem(place.seat, {
          norm,
          image,
          ...boxOf(domain, image),
          criterion: criteria[row] as Criterion,
          scores: rowOf(scores, row, classes),
          budget,
          seed,
        });
        const grid = domain.isDiscrete ? new GridSearch(problem, domain) : undefined;
        running.set(index, { problem, grid, place });
        return within(budget, grid ? thenOnGrid(problem, place.search, grid) : place.search.search(problem));
      },
      finish: async (index) => {
        const row = queue[index] as number;
        const { problem, grid, place } = running.get(index) as RunningRow<(typeof idle)[number]>;
        running.delete(index);
        idle.push(place);
        result.evaluations[row] = problem.evaluations + (grid?.evaluations ?? 0);
        ended.push(row);
        const { length, found } = grid ?? problem;
        if (length === Number.POSITIVE_INFINITY) return;
        // Asked about this row alone: what is asked follows from the options, not from which rows end together.
        const again = await scoresOf(target, found.slice());
        if (!(problem.task.criterion.margin(again) > 0)) return;
        rowOf(result.rows, row).set(found);
        result.success[row] = 1;
        result.stop[row] = "found";
        result.labels[row] = predictedClasses(again, classes)[0] as number;
        result.distance[row] = length;
      },
    },
    { batch: seats, signal, onTurn: tell },
  );
  return result;
}

/** A row that is searched for, and where. */
interface RunningRow<Place> {
  problem: Problem;
  grid: GridSearch | undefined;
  place: Place;
}

/** Half of the budget goes to the box without its grid, the rest to the grid. */
function* thenOnGrid(problem: Problem, search: SeatSearch, grid: GridSearch): RowSearch {
  yield* within(Math.floor(problem.task.budget / 2), search.search(problem));
  yield* grid.search(problem.found);
}

/** The box of one row: frozen features have no room. */
function boxOf({ lower, upper, frozen }: Domain, image: Float32Array): { lower: Float64Array; upper: Float64Array } {
  const held = (bound: Float64Array) => bound.map((value, i) => (frozen[i] ? (image[i] as number) : value));
  return { lower: held(lower), upper: held(upper) };
}

function requireMinimalAttack(target: ScoreTarget, options: MinimalAttackOptions): CheckedOptions {
  requireOptions("minimalAttack", options, OPTIONS);
  const { rows, norm = "l2", effort, evaluations, seed = 0, batch } = options;
  requireRunOptions(options);
  const count = requireRows("rows", rows, target.inputSize);
  const truth = options.truth && requireLabels("truth", options.truth, count, target.classes);
  const questions = requireQuestions(target, options, count);
  const domain = requireDomain(target.inputSize, options);
  requireRowsInDomain(rows, domain);
  searchOf(norm);
  if (effort !== undefined && evaluations !== undefined) outOfRange("effort", "none beside evaluations", effort);
  const budgets = BUDGETS[norm];
  const budget = evaluations ?? (budgets[effort ?? "fast"] as number | undefined);
  if (budget === undefined) outOfRange("effort", `one of ${Object.keys(budgets).join(", ")}`, JSON.stringify(effort));
  requireInteger("evaluations", budget, 1);
  requireInteger("seed", seed, 0);
  if (batch !== undefined) requireInteger("batch", batch, 1);
  return { count, truth, questions, norm, budget, domain, seed, batch };
}

/** What is asked of each row: its criterion, or its label, or any label but its true one. */
function requireQuestions(target: ScoreTarget, options: MinimalAttackOptions, count: number): Question[] {
  const { truth, labels, criterion } = options;
  const each = Array.from({ length: count }, (_, row) => row);
  if (criterion !== undefined) {
    if (labels !== undefined) mistyped("options", "labels or a criterion", "both");
    const head = headOf(target);
    if (!Array.isArray(criterion)) {
      const question = requireQuestion("criterion", criterion, head);
      return each.map(() => question);
    }
    requireLength("criterion", criterion, count, "questions, one a row");
    return criterion.map((question, row) => requireQuestion(`criterion[${row}]`, question, head));
  }
  if (labels !== undefined) {
    const required = requireLabels("labels", labels, count, target.classes);
    return each.map((row) => ({ label: required[row] as number }));
  }
  if (truth === undefined) mistyped("options", "truth, labels or a criterion", "none of them");
  return each.map((row) => ({ not: truth[row] as number }));
}

/** The scores of the rows, f32[n, classes], checked. */
async function scoresOf(target: ScoreTarget, rows: Float32Array): Promise<Float32Array> {
  const scores = await target.scores(rows);
  if (!(scores instanceof Float32Array)) wrongType("target's scores", "a Float32Array", scores);
  requireLength("target's scores", scores, (rows.length / target.inputSize) * target.classes);
  requireFinite("target's scores", scores);
  return scores;
}
