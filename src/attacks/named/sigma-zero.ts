/**
 * sigma-zero: the number of changed features is replaced by the smooth sum of r_i^2 / (r_i^2 + sigma), which Adam lowers together
 * with what the margin lacks. Changes below a threshold are set to 0; the threshold grows while the point is a success.
 *
 * Cina, Villani, Pintor, Schonherr, Biggio & Pelillo, "sigma-zero: gradient-based optimization of l0-norm adversarial examples",
 * ICLR 2025, algorithm 1 and equations 4 to 6.
 */
import { cosineOfPi } from "../../numeric/cosine.ts";
import { Adam } from "../adam.ts";
import { clampTo } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";

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
    const adam = new Adam(moments);
    const { weigh } = marginLoss(row);
    const rateAt = (k: number) => stepSize * (LAST_SHARE + ((1 - LAST_SHARE) * (1 + cosineOfPi(k / steps))) / 2);
    const [at, from, g] = [x.values, image.values, gradient.values];
    kernels.copy_f64(n, image.at, x.at);
    let tau = threshold;
    for (let k = 0; k < steps; k++) {
      const { margin } = yield* row.gradient(x, weigh, gradient);
      // The gradient of max(0, -margin) + sum_i r_i^2 / (r_i^2 + sigma) / size, over its largest component.
      const isLacking = margin < 0;
      let largest = TINY;
      for (let i = 0; i < size; i++) {
        const r = (at[i] as number) - (from[i] as number);
        const near = r * r + sigma;
        const slope = (2 * sigma * r) / (near * near) / size - (isLacking ? (g[i] as number) : 0);
        g[i] = slope;
        largest = Math.max(largest, Math.abs(slope));
      }
      kernels.scale_f64(n, 1 / largest, gradient.at, gradient.at);
      adam.descend(at, g, rateAt(k));
      clampTo(row, x, lower, upper);
      // tau <- tau + t eta where x was a success, else tau - t eta
      tau += thresholdStep * rateAt(k + 1) * (margin > 0 ? 1 : -1);
      tau = Math.min(1, Math.max(0, tau));
      for (let i = 0; i < size; i++)
        if (Math.abs((at[i] as number) - (from[i] as number)) < tau) at[i] = from[i] as number;
    }
  },
});
