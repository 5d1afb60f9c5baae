/**
 * TRADES (Zhang et al. 2019, "Theoretically principled trade-off between robustness and accuracy"): each step takes the loss of the batch, and
 * beta times the Kullback-Leibler divergence from the answer to each row to the answer beside it, at an example found by sign steps
 * on that divergence. Both answers are differentiated; the example is held fixed.
 */
import { type OptionNames, requireInteger, requireNumber, requireOptions } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import { Random } from "../../numeric/random.ts";
import { softmaxOf, tradesLoss } from "../divergence.ts";
import { ExampleMaker, type GradientAt } from "../perturb.ts";
import { INPUT, type Place, requirePlaces } from "../place.ts";
import { STREAMS } from "../streams.ts";
import type { Strategy } from "./strategy.ts";

/** How examples are made, and how they count. */
export interface TradesOptions {
  /** Factor of the divergence, 1 / lambda of the paper; default 6. */
  beta?: number;
  /** How far each number of a row may move, in its units; default 0.1. */
  radius?: number;
  /** Sign steps of an example; default 7. Several take 2.5 / steps of the radius each, as Madry et al. (2018) do. */
  steps?: number;
  /** The box that examples stay in; default [0, 1]. */
  lower?: number;
  /** The other end of it. */
  upper?: number;
}

const TRADES_OPTIONS: OptionNames<TradesOptions> = { beta: true, radius: true, steps: true, lower: true, upper: true };

/** How far from its row an example starts, as a share of the radius: at the row itself the divergence is flat. */
const START = 0.01;

/** Examples that move the answer. Throws for options that it does not have. */
export function trades(options: TradesOptions = {}): Strategy {
  requireOptions("trades", options, TRADES_OPTIONS);
  const { beta = 6, radius = 0.1, lower = 0, upper = 1 } = options;
  requireNumber("beta", beta, 0);
  const steps = requireInteger("steps", options.steps ?? 7, 1, 100);
  return {
    name: "trades",
    begin: (trainer) => {
      const { network, batch, seed } = trainer;
      const { inputSize, classes } = network;
      const [place] = requirePlaces(network, [{ layer: INPUT, radius, lower, upper }], false) as [Place];
      const maker = new ExampleMaker(place, "sign", steps, trainer.memory, Math.min(1, 2.5 / steps));
      const made = new Float32Array(batch * inputSize);
      const both = new Float32Array(2 * batch * inputSize);
      return {
        step: ({ step, rows, labels }) => {
          const count = labels.length;
          const examples = made.subarray(0, rows.length);
          const gradientAt = divergenceGradientAt(network, rows);
          new Random(seed, STREAMS.start + step).fill(examples, START * radius);
          for (let i = 0; i < rows.length; i++) {
            examples[i] = Math.min(Math.max((rows[i] as number) + (examples[i] as number), lower), upper);
          }
          maker.make(rows, gradientAt, gradientAt(examples), examples);
          const pairs = both.subarray(0, 2 * rows.length);
          for (let i = 0; i < count; i++) {
            const row = rows.subarray(i * inputSize, (i + 1) * inputSize);
            pairs.set(row, 2 * i * inputSize);
            pairs.set(examples.subarray(i * inputSize, (i + 1) * inputSize), (2 * i + 1) * inputSize);
          }
          const nothing = () => ({ rows: 0, loss: 0, errors: 0 });
          const tally = { data: nothing(), made: nothing() };
          const sum = trainer.addScores(pairs, tradesLoss(labels, classes, beta, tally), count);
          return Number.isFinite(sum) ? tally : { data: { ...tally.data, loss: Number.NaN } };
        },
      };
    },
  };
}

/** The gradient of KL(p || q) to the rows that q is the answer to, p being the answers to `rows`: by weights q - p of the scores. */
function divergenceGradientAt(network: Network, rows: Float32Array): GradientAt {
  const { classes } = network;
  const scores = network.scores(rows);
  const answers = Array.from({ length: scores.length / classes }, (_, row) => {
    return softmaxOf(scores.subarray(row * classes, (row + 1) * classes)).shares;
  });
  const weigh = (there: Float32Array, row: number) => {
    const own = answers[row] as Float64Array;
    return softmaxOf(there).shares.map((q, k) => q - (own[k] as number));
  };
  return (examples) => network.scoreGradient(examples, weigh).gradient;
}
