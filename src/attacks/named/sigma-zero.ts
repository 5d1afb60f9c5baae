/**
 * sigma-zero: the number of changed features is replaced by the smooth sum of r_i^2 / (r_i^2 + sigma), which Adam lowers together
 * with what the margin lacks. Changes below a threshold are set to 0; the threshold grows while the point is a success.
 *
 * Cina, Villani, Pintor, Schonherr, Biggio & Pelillo, "sigma-zero: gradient-based optimization of l0-norm adversarial examples",
 * ICLR 2025, algorithm 1 and equations 4 to 6.
 */
import { Adam } from "../adam.ts";
import { clampTo } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";
import { cosineFall } from "./schedule.ts";

/** The last step size is this share of the first. */
const LAST_SHARE = 0.1;
const TINY = 1e-12;

export const sigmaZero = defineAttack({
  name: "sigma-zero",
  title: "sigma-zero",
  paper: "Cina et al., sigma-zero: gradient-based optimization of l0-norm adversarial examples, ICLR 2025",
  norms: ["l0"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(1000, "steps, of one evaluation each"),
    stepSize: number(1, "step size of Adam at first; a tenth of it at the end"),
    sigma: number(0.001, "how smooth the count of features is"),
    threshold: number(0.3, "below which a change is set to 0, at first"),
    thresholdStep: number(0.01, "change of the threshold in a step, in step sizes"),
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 5,
  *search(row, { steps, stepSize, sigma, threshold, thresholdStep }) {
    const { kernels, n, size, image, lower, upper } = row;
    const [x, gradient, ...moments] = row.vectors(5) as [Vector, Vector, Vector, Vector, Vector];
    const adam = new Adam(row, moments);
    const { weigh } = marginLoss(row);
    const rateAt = (k: number) => stepSize * (LAST_SHARE + (1 - LAST_SHARE) * cosineFall(k, steps));
    kernels.copy_f64(n, image.at, x.at);
    let tau = threshold;
    for (let k = 0; k < steps; k++) {
      const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
      // The gradient of max(0, -margin) + sum_i r_i^2 / (r_i^2 + sigma) / size, over its largest component.
      const largest = kernels.smooth_count_slope_f64(n, sigma, size, Number(margin < 0), image.at, x.at, gradient.at);
      kernels.scale_f64(n, 1 / Math.max(TINY, largest), gradient.at, gradient.at);
      adam.descend(x, gradient, rateAt(k));
      clampTo(row, x, lower, upper);
      // tau <- tau + t eta where x was a success, else tau - t eta
      tau += thresholdStep * rateAt(k + 1) * (margin > 0 ? 1 : -1);
      tau = Math.min(1, Math.max(0, tau));
      kernels.drop_below_f64(n, tau, image.at, x.at);
    }
  },
});
