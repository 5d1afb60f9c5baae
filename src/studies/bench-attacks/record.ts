/** The record of the study "bench-attacks": attacks x models x norms x budgets, how near each came and how fast. */
import type { NormName } from "../../attacks/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Interval } from "../../numeric/interval.ts";
import type { Rate } from "../../numeric/rate.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";
import type { BenchedAttack } from "../tasks/bench-attack.ts";
import type { Difference } from "./optimality.ts";

/** Distances of proved minima. */
export interface Excess {
  /** Rows whose minimum is known and where the attack found a change. */
  count: number;
  /** Of the found distance over the proved one. */
  mean: number;
  /** The largest of these ratios. */
  largest: number;
}

/** One attack at one budget on one model in one norm. */
export interface BenchRun {
  /** The attack. */
  attack: BenchedAttack;
  /** Propagations of a row at most. */
  budget: number;
  /** Mean over the rows. */
  propagations: number;
  /** Rows where a change was found within the budget. */
  found: number;
  /** Of all rows, a row without a change counting as infinite; null where that is the median. */
  median: number | null;
  /** Rows that no change within `epsilon` was found for. */
  robust: Rate & Interval;
  /** Null for attacks that search within epsilon. */
  optimality: number | null;
  /** How far the found distances are above proved minima, where these are known. */
  excess?: Excess;
  /** f64[rows], in the norm: of the nearest success, infinite where there is none. */
  distance: Float64Array;
  /** Of the rows, after each of the checkpoints: robust at epsilon, and the median distance, null where it is infinite. */
  robustAfter: number[];
  /** The median distance after each of the checkpoints, null where it is infinite. */
  medianAfter: (number | null)[];
}

/** What was asked and found of one model in one norm. */
export interface BenchCell {
  /** Name of the model. */
  model: string;
  /** The norm. */
  norm: NormName;
  /** Rows that the model answers rightly: those that are attacked. */
  rows: number;
  /** Rows that the model misreads: not attacked. */
  misclassified: number;
  /** u32[rows], the positions of the attacked rows in the data set. */
  index: Uint32Array;
  /** The length in the norm at which robust accuracies are compared. */
  epsilon: number;
  /** The largest of the best distances: D of the local optimality. */
  reach: number;
  /** f64[rows], the smallest distance that anything found, known minima included. */
  best: Float64Array;
  /** Every attack at every budget. */
  runs: BenchRun[];
}

/** One attack at one budget over all models, in one norm. */
export interface BenchEntry {
  /** The attack. */
  attack: BenchedAttack;
  /** Propagations of a row at most. */
  budget: number;
  /** Global optimality: the mean of the local ones. */
  optimality: number;
  /** Mean over models and rows. */
  propagations: number;
  /** By how much it is behind the first at this budget; null for that one, and where a model has a single row. */
  behind: Difference | null;
}

/** The order of the attacks in one norm, over all models. */
export interface BenchNorm {
  /** The norm. */
  norm: NormName;
  /** By budget, then from the best. */
  entries: BenchEntry[];
  /**
   * The attack and the budget of fewest propagations of which one can be 95 % sure that it is within a hundredth of the best
   * optimality of all.
   */
  suffices: { attack: BenchedAttack; budget: number };
}

/** An attack that was left out at a budget. */
export interface LeftOut {
  /** The attack. */
  attack: BenchedAttack;
  /** The norm. */
  norm: NormName;
  /** The budget that it does not get by with, in propagations. */
  budget: number;
  /** Evaluations that it needs at least. */
  least: number;
}

/** The record of a comparison of attacks. */
export interface BenchAttacksRecord extends RecordHead<"bench-attacks">, RecordSeal {
  /** The models that were attacked. */
  models: readonly IdentifiedModel[];
  /** The rows. */
  data: Identified;
  /** Rows in all. */
  count: number;
  /** Propagations of a row at most, ascending. */
  budgets: readonly number[];
  /** Propagations after which curves have a point. */
  checkpoints: readonly number[];
  /** One a model and norm. */
  cells: readonly BenchCell[];
  /** One a norm, over all models. */
  norms: readonly BenchNorm[];
  /** What a budget did not allow. */
  leftOut: readonly LeftOut[];
  /** How long it took. */
  timing: Timing;
}

/** Under which the arrays of a model and a norm stand. */
export function benchArrayName(cell: number, norm: string): string {
  return `${String(cell + 1).padStart(2, "0")}-${norm}`;
}

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function benchArrays({ cells }: Pick<BenchAttacksRecord, "cells">): NamedArrays {
  const arrays: Record<string, NamedArrays[string]> = {};
  cells.forEach(({ norm, index, best, runs }, c) => {
    const name = benchArrayName(c, norm);
    arrays[`${name}/index`] = { data: index };
    arrays[`${name}/best`] = { data: best };
    for (const { attack, budget, distance } of runs) arrays[`${name}/${attack}-${budget}`] = { data: distance };
  });
  return arrays;
}
