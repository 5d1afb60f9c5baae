/** The attack on one model by the rule that the flags name, with its progress. */
import {
  type AttackResult,
  everyLabel,
  type LbfgsAttackOptions,
  lbfgsAttack,
  type TargetRule,
  targetLabels,
} from "../attacks/index.ts";
import { requireInteger } from "../check.ts";
import type { Dataset } from "../data/index.ts";
import type { Network } from "../model/index.ts";
import type { AttackFlags } from "./attack-options.ts";
import { startProgress } from "./progress.ts";

export interface AttackRun {
  /** What the progress is called. */
  label: string;
  silent: boolean;
  signal: AbortSignal;
}

/** What of the options the flags decide, or the rule that they name. */
export type Searches = Omit<LbfgsAttackOptions, "onImage">;

/** What is searched for: images, or with --target all every wrong label of each. */
export function unitOf({ target }: AttackFlags, count: number, classes: number) {
  return target === "all"
    ? ({ unit: "searches", total: count * (classes - 1) } as const)
    : ({ unit: "images", total: count } as const);
}

/** Requires, before any work, that --target is a label of the network if it is one at all. */
export function requireTargetFlag(target: string, classes: number): void {
  if (/^\d+$/.test(target)) requireInteger("--target", Number(target), 0, classes - 1);
}

/** The searches that the flags name, handed to `attack`. */
export async function attackByRule(
  network: Network,
  { rows, labels: truth }: Dataset,
  { target, effort, solver, margin, seed, first }: AttackFlags,
  attack: (searches: Searches) => Promise<AttackResult>,
): Promise<AttackResult> {
  requireTargetFlag(target, network.classes);
  const { classes } = network;
  if (target === "all") return everyLabel(network, { rows, truth, effort, solver, margin }, attack);
  const labels = /^\d+$/.test(target)
    ? new Int32Array(truth.length).fill(Number(target))
    : targetLabels(target as TargetRule, truth, { classes, seed, first, scores: network.predict(rows) });
  return attack({ rows, labels, truth, effort, solver, margin });
}

export async function runAttack(
  network: Network,
  data: Dataset,
  flags: AttackFlags,
  { label, silent, signal }: AttackRun,
): Promise<AttackResult> {
  const progress = startProgress({ label, ...unitOf(flags, data.count, network.classes), silent });
  try {
    return await attackByRule(network, data, flags, (searches) =>
      lbfgsAttack(network, { ...searches, signal, onProgress: (done) => progress.update(done) }),
    );
  } finally {
    progress.stop();
  }
}
