/** The attack on one model by the rule that the flags name, with its progress. */
import { type AttackResult, attackEveryLabel, lbfgsAttack, type TargetRule, targetLabels } from "../attacks/index.ts";
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

/** Whether --target names every wrong label. */
const isEvery = (target: string): boolean => target === "all";

/** Requires, before any work, that --target is a label of the network if it is one at all. */
export function requireTargetFlag(target: string, classes: number): void {
  if (/^\d+$/.test(target)) requireInteger("--target", Number(target), 0, classes - 1);
}

export async function runAttack(
  network: Network,
  { rows, labels: truth }: Dataset,
  { target, effort, solver, seed, first }: AttackFlags,
  { label, silent, signal }: AttackRun,
): Promise<AttackResult> {
  requireTargetFlag(target, network.classes);
  const progress = startProgress({
    label,
    total: isEvery(target) ? truth.length * (network.classes - 1) : truth.length,
    unit: isEvery(target) ? "searches" : "images",
    silent,
  });
  const shared = { effort, solver, signal, onProgress: (done: number) => progress.update(done) };
  try {
    if (isEvery(target)) return await attackEveryLabel(network, { rows, truth, ...shared });
    const labels = /^\d+$/.test(target)
      ? new Int32Array(truth.length).fill(Number(target))
      : targetLabels(target as TargetRule, truth, {
          classes: network.classes,
          seed,
          first,
          scores: network.predict(rows),
        });
    return await lbfgsAttack(network, { rows, labels, truth, ...shared });
  } finally {
    progress.stop();
  }
}
