/**
 * The smallest change to each row, in a norm, that makes a target meet a criterion: answer another label than the true one, a
 * given label, or an output that moves (`question.ts`), in a box or on a grid (`domain.ts`). `problem.ts` is one row,
 * `searches.ts` names the search of each norm, `lockstep.ts` runs hundreds over one batch; this file checks, sorts out the
 * rows that need no search, runs, and asks the target again about each success.
 */
import {
  type Labels,
  type OptionNames,
  outOfRange,
  requireInteger,
  requireLabels,
  requireOptions,
  requireRows,
} from "../../check.ts";
import { Workspace } from "../../wasm/index.ts";
import { type Domain, type DomainOptions, requireDomain, requireRowsInDomain } from "../domain.ts";
import type { EffortName } from "../effort.ts";
import { type Question, requireQuestions } from "../question.ts";
import { affordableRows, requireRunOptions, requireTargetWith } from "../run-options.ts";
import { boxOf, type SearchResult, searchRows } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";
import { BUDGETS } from "./effort.ts";
import { GridSearch } from "./grid.ts";
import type { RowSearch } from "./lockstep.ts";
import type { NormName } from "./norm.ts";
import { Problem, reserveSeat, within } from "./problem.ts";
import { type SeatSearch, searchOf } from "./searches.ts";

/** What `minimalAttack` is asked, in which norm and box, and how much it may search. */
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
  /** Whether the result has `traces`: the successes on the way, and what they cost; default no. */
  trace?: boolean;
  /** Stops the attack, which then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called several times a second, after `onImage`, with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each row soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: MinimalAttackResult) => void | Promise<void>;
  /** Called for every point that is evaluated in the search for a row, with a copy of it, f32[inputSize]. It changes no result. */
  onEvaluation?: (row: number, point: Float32Array) => void;
}

/** What a minimal attack found for n rows. An evaluation is forward and gradient. */
export type MinimalAttackResult = SearchResult;

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
  trace: true,
  signal: true,
  onProgress: true,
  onImage: true,
  onEvaluation: true,
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
  const { rows, trace, signal, onProgress, onImage, onEvaluation } = options;
  const { inputSize } = target;
  const workspace = new Workspace();
  const { create, bytes } = searchOf(norm);
  const seats = Math.min(count, batch ?? affordableRows(bytes(inputSize)));
  const idle = Array.from({ length: seats }, () => {
    const seat = reserveSeat(workspace, inputSize);
    return { seat, search: create(seat) };
  });
  return searchRows(
    target,
    {},
    { rows, truth, questions, norm, seats, trace, signal, onProgress, onImage, onEvaluation },
    ({ image, criterion, scores }) => {
      const place = idle.pop() as (typeof idle)[number];
      const problem = new Problem(place.seat, {
        norm,
        image,
        ...boxOf(domain, image),
        criterion,
        scores,
        budget,
        seed,
      });
      const grid = domain.isDiscrete ? new GridSearch(problem, domain) : undefined;
      return {
        search: within(budget, grid ? thenOnGrid(problem, place.search, grid) : place.search.search(problem)),
        end: () => {
          idle.push(place);
          const { length, found } = grid ?? problem;
          return { length, found, evaluations: problem.evaluations + (grid?.evaluations ?? 0) };
        },
      };
    },
  );
}

/** Half of the budget goes to the box without its grid, the rest to the grid. */
function* thenOnGrid(problem: Problem, search: SeatSearch, grid: GridSearch): RowSearch {
  yield* within(Math.floor(problem.task.budget / 2), search.search(problem));
  yield* grid.search(problem.found);
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
