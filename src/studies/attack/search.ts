/** The attack on a set by the rule that its options name. */
import {
  type AttackResult,
  type EffortName,
  everyLabel,
  type LbfgsAttackOptions,
  type SolverName,
  type TargetRule,
  targetLabels,
} from "../../attacks/index.ts";
import { type OptionNames, requireInteger } from "../../check.ts";
import type { Dataset } from "../../data/index.ts";
import { type Network, rankingOf } from "../../model/index.ts";
import type { ImagesPresent } from "../missing.ts";
import { attackWith } from "../on-workers/attack.ts";
import { running, type StudyRun } from "../study.ts";

export interface SearchOptions {
  /** A rule of `TARGET_RULES`, "all" for every wrong label of which the nearest counts, or one label in decimal digits. */
  target: string;
  effort: EffortName;
  solver: SolverName;
  /** Logits by which the target must lead. */
  margin: number;
  /** Of the targets of the rule "random". */
  seed: number;
  /** Position of the set's first row in the data it was taken from: a part gets the targets it gets in the whole. */
  first: number;
}

/** The names of these options, for `requireOptions`. */
export const SEARCH_OPTIONS: OptionNames<SearchOptions> = {
  target: true,
  effort: true,
  solver: true,
  margin: true,
  seed: true,
  first: true,
};

/** Requires, before any work, that a target that is a label is one of the network's. */
export function requireTargetLabel(target: string, classes: number): void {
  if (/^\d+$/.test(target)) requireInteger("--target", Number(target), 0, classes - 1);
}

/** Attacks every row of a set: of those that are missing afterwards the result says nothing. `label` is what the progress is called. */
export async function attackByRule(
  network: Network,
  { rows, labels: truth, count }: Dataset,
  { target, effort, solver, margin, seed, first }: SearchOptions,
  run: StudyRun,
  present: ImagesPresent,
  label = "attack",
): Promise<AttackResult> {
  const { classes } = network;
  requireTargetLabel(target, classes);
  const { executor, signal, tell } = running(run);
  const isAll = target === "all";
  const unit = isAll ? "searches" : "images";
  const imagesOf = (search: number) => [isAll ? Math.floor(search / (classes - 1)) : search];
  const attack = (searches: Omit<LbfgsAttackOptions, "onImage" | "onEvaluation">) =>
    attackWith((job, during) => present.run(executor, job, during, imagesOf), network, {
      ...searches,
      ...(signal && { signal }),
      onProgress: (done, total, evaluations) => tell({ label, done, total, unit, note: `${evaluations} evaluations` }),
    });
  if (isAll) return everyLabel(network, { rows, truth, effort, solver, margin }, attack);
  const labels = /^\d+$/.test(target)
    ? new Int32Array(count).fill(Number(target))
    : targetLabels(target as TargetRule, truth, { classes, seed, first, scores: rankingOf(network, rows) });
  return attack({ rows, labels, truth, effort, solver, margin });
}

/** A run that notes, by its progress, which share of an attack an earlier run had finished: 0 if none. */
export function notingKnown(run: StudyRun): { run: StudyRun; known: () => number } {
  let known: number | undefined;
  return {
    run: {
      ...run,
      onProgress: (progress) => {
        known ??= progress.done / progress.total;
        run.onProgress?.(progress);
      },
    },
    known: () => known ?? 0,
  };
}
