/**
 * Certified training by interval arithmetic (Gowal et al. 2018, "On the effectiveness of interval bound propagation"): each step takes
 * kappa times the loss of the batch, and 1 - kappa times the loss of the worst scores that intervals leave open within epsilon of each
 * row. Epsilon rises from 0 and kappa falls from 1 while the network learns. What the network is then worth, `certify` says.
 */
import { type OptionNames, outOfRange, requireInteger, requireNumber, requireOptions } from "../../check.ts";
import type { Strategy } from "./strategy.ts";

/** How boxes are trained on, and how they count. */
export interface CertifiedOptions {
  /** How far each number of a row may move, in its units, once epsilon has risen; default 0.1. */
  epsilon?: number;
  /** Share of the data's own loss, once it has fallen; the rest is that of the boxes. Default 0.5. */
  kappa?: number;
  /** Epochs before the first box; default 1. */
  warmUp?: number;
  /** Epochs in which epsilon rises and kappa falls, linearly; default half of those after the warm-up. */
  ramp?: number;
  /** The box that rows stay in; default [0, 1]. */
  lower?: number;
  /** The other end of it. */
  upper?: number;
}

const CERTIFIED_OPTIONS: OptionNames<CertifiedOptions> = {
  epsilon: true,
  kappa: true,
  warmUp: true,
  ramp: true,
  lower: true,
  upper: true,
};

/** Boxes around the rows. Throws for options that it does not have. */
export function certified(options: CertifiedOptions = {}): Strategy {
  requireOptions("certified", options, CERTIFIED_OPTIONS);
  const { epsilon = 0.1, kappa = 0.5, warmUp = 1, lower = 0, upper = 1 } = options;
  requireNumber("epsilon", epsilon, 0);
  requireNumber("kappa", kappa, 0, 1);
  requireInteger("warmUp", warmUp, 0);
  if (!(lower < upper)) outOfRange("box", "lower < upper", `[${lower}, ${upper}]`);
  return {
    name: "certified",
    begin: (trainer) => {
      const { epochs, batch: most, network } = trainer;
      const ramp = requireNumber("ramp", options.ramp ?? Math.max(0, epochs - warmUp) / 2, 0);
      const [low, high] = [0, 1].map(() => new Float32Array(most * network.inputSize)) as [Float32Array, Float32Array];
      return {
        step: ({ step, steps, rows, labels }) => {
          const since = (step * epochs) / steps - warmUp;
          if (since < 0) return { data: trainer.add(rows, labels) };
          const share = ramp > 0 ? Math.min(1, since / ramp) : 1;
          const clean = 1 - share * (1 - kappa);
          const data = trainer.add(rows, labels, { weight: clean });
          if (!Number.isFinite(data.loss)) return { data };
          const radius = share * epsilon;
          for (let i = 0; i < rows.length; i++) {
            const x = rows[i] as number;
            // A row that lies outside of the box is its own only neighbour there.
            low[i] = Math.min(x, Math.max(x - radius, lower));
            high[i] = Math.max(x, Math.min(x + radius, upper));
          }
          const [from, to] = [low.subarray(0, rows.length), high.subarray(0, rows.length)];
          return { data, made: trainer.addBoxes(from, to, labels, 1 - clean) };
        },
      };
    },
  };
}
