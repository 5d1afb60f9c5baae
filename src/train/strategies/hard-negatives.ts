/**
 * Hard-negative mining, the bootstrapping that Szegedy et al. compare adversarial training with: train, collect the
 * rows that the network gets wrong or is least sure of, add them to the set once more, and go on until nothing improves.
 */
import { requireInteger, requireLabels, requireNumber, requireOptions, requireRows } from "../../check.ts";
import { marginOf, rankingOf } from "../../model/index.ts";
import { judge } from "../errors.ts";
import type { TrainingSet } from "../objective.ts";
import { shuffled } from "../order.ts";
import { STREAMS } from "../streams.ts";
import type { Trainer } from "../trainer.ts";
import type { Curriculum, Strategy } from "./strategy.ts";

/** How often hard negatives are sought, and how many are kept. */
export interface HardNegativesOptions {
  /** Epochs between two collections; default 5. */
  every?: number;
  /** Share of the data that a collection adds at least: first the wrong rows, then the least sure; default 0.02. */
  share?: number;
  /** Collections without improvement after which training ends; default 3. */
  patience?: number;
  /** Rows whose mean loss decides whether training improves; default the data. Do not use test rows. */
  judgeBy?: TrainingSet;
}

interface HardNegativesState {
  extras: Uint32Array;
  best: number;
  stale: number;
}

/**
 * Trains on the rows that the network gets most wrong more often: the paper's baseline for adversarial training.
 * Throws for options that it does not have; their values are checked when training begins.
 */
export function hardNegatives(options: HardNegativesOptions = {}): Strategy {
  requireOptions("hardNegatives", options, { every: true, share: true, patience: true, judgeBy: true });
  return { name: "hard-negatives", begin: (trainer) => mine(trainer, options) };
}

function mine(trainer: Trainer, options: HardNegativesOptions): Curriculum {
  const { network, data, count, seed } = trainer;
  const every = requireInteger("every", options.every ?? 5, 1);
  const share = requireNumber("share", options.share ?? 0.02, 0, 1);
  const patience = requireInteger("patience", options.patience ?? 3, 1);
  const { judgeBy = data } = options;
  const judged = requireRows("judgeBy.rows", judgeBy.rows, network.inputSize);
  requireLabels("judgeBy.labels", judgeBy.labels, judged, network.classes);

  let extras = new Uint32Array(0);
  let best = Number.POSITIVE_INFINITY;
  let stale = 0;
  return {
    refresh: async (epoch) => {
      if (epoch === 0 || epoch % every !== 0) return;
      const { loss } = judge(network, judgeBy);
      stale = loss < best ? 0 : stale + 1;
      best = Math.min(best, loss);
      const found = hardest(trainer, Math.round(share * count));
      const all = new Uint32Array(extras.length + found.length);
      all.set(extras);
      all.set(found, extras.length);
      extras = all;
    },
    isDone: () => stale >= patience,
    order: (epoch) => {
      const set = new Uint32Array(count + extras.length);
      for (let i = 0; i < count; i++) set[i] = i;
      set.set(extras, count);
      return shuffled(set, seed, STREAMS.order, epoch);
    },
    step: ({ rows, labels }) => ({ data: trainer.add(rows, labels) }),
    snapshot: (): HardNegativesState => ({ extras: extras.slice(), best, stale }),
    restore: (state) => {
      const saved = state as HardNegativesState;
      extras = saved.extras.slice();
      ({ best, stale } = saved);
    },
  };
}

/** Rows that are answered wrongly, and at least `least` of those whose label leads by least; in the order of the data. */
function hardest({ network, data, count }: Trainer, least: number): Uint32Array {
  const { classes } = network;
  const scores = rankingOf(network, data.rows);
  const leads = Float64Array.from({ length: count }, (_, row) => {
    return marginOf(scores, row * classes, classes, data.labels[row] as number);
  });
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => (leads[a] as number) - (leads[b] as number) || a - b);
  const wrong = order.findIndex((row) => (leads[row] as number) > 0);
  return order.subarray(0, Math.max(least, wrong < 0 ? count : wrong)).toSorted();
}
