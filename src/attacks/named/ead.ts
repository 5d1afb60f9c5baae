/**
 * EAD: the elastic net c f(x) + |x - x0|_2^2 + beta |x - x0|_1, with f what the margin lacks, lowered by iterative shrinkage with
 * momentum (FISTA); c by bisection, as in Carlini and Wagner's attack.
 *
 * Chen, Sharma, Zhang, Yi & Hsieh, "EAD: elastic-net attacks to deep neural networks via adversarial examples", AAAI 2018,
 * algorithm 1, and its two decision rules. A target need not answer outside of the box, so the point with momentum is cut by it here;
 * or it is free, as in the authors' code, and the target is asked at the nearest point of the box.
 */

import { lengthIn } from "../minimal/norm.ts";
import { clampTo } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { choice, number, whole } from "./options.ts";
import { Constant, Progress } from "./penalty-search.ts";

export const ead = defineAttack({
  name: "ead",
  title: "Elastic-net attack",
  paper: "Chen et al., EAD: elastic-net attacks to deep neural networks via adversarial examples, AAAI 2018",
  norms: ["l1"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(1000, "steps of each search, of two evaluations each"),
    searches: whole(9, "penalties c that are tried"),
    constant: number(0.001, "the first penalty c"),
    beta: number(0.001, "weight of the L1 norm"),
    rule: choice("l1", ["l1", "elastic-net"], "which success is kept: the smallest in L1, or in |r|_2^2 + beta |r|_1"),
    momentum: choice("cut", ["cut", "free"], "whether the box cuts the point with momentum, or only what is asked"),
    stepSize: number(0.01, "step size at first; it falls with the square root of the steps that are left"),
  },
  evaluations: ({ steps, searches }) => 2 * steps * searches,
  vectors: () => 5,
  *search(row, { steps, searches, constant, beta, rule, momentum, stepSize }) {
    const { kernels, n, size, image, lower, upper } = row;
    const [x, y, next, gradient, inside] = row.vectors(5) as [Vector, Vector, Vector, Vector, Vector];
    const asked = momentum === "free" ? inside : y;
    const { weigh } = marginLoss(row);
    let isShrunk = false;
    // Of the points with momentum the authors' rules keep none.
    if (rule === "elastic-net") {
      row.measure = (from, to) => (isShrunk ? elasticNet(beta, from, to) : Number.POSITIVE_INFINITY);
    }
    const penalty = new Constant(constant);
    const progress = new Progress(steps);
    for (let s = 0; s < searches; s++) {
      kernels.copy_f64(n, image.at, x.at);
      kernels.copy_f64(n, image.at, y.at);
      kernels.copy_f64(n, image.at, asked.at);
      progress.restart();
      let isFound = false;
      for (let k = 0; k < steps; k++) {
        isShrunk = false;
        const { margin } = row.takeGradient(yield row.askGradient(asked, weigh), gradient);
        const lack = Math.max(0, -margin);
        // x' = S_beta(y - a (c grad f + 2 (y - x0))), S_beta towards x0 and cut by the box
        const rate = stepSize * Math.sqrt(1 - k / steps);
        const rise = lack > 0 ? rate * penalty.c : 0;
        let [squares, sum] = [0, 0];
        for (let i = 0; i < size; i++) {
          const from = y.values[i] as number;
          const r = from - (image.values[i] as number);
          squares += r * r;
          sum += Math.abs(r);
          next.values[i] = from - 2 * rate * r + rise * (gradient.values[i] as number);
        }
        if (progress.hasStalled(k, penalty.c * lack + squares + beta * sum)) break;
        kernels.shrink_f64(n, beta, image.at, next.at);
        clampTo(row, next, lower, upper);
        isShrunk = true;
        const { margin: reached } = row.takeScores(yield row.askScores(next));
        if (reached > 0) isFound = true;
        // y = x' + k / (k + 3) (x' - x), x = x'
        kernels.sub_f64(n, next.at, x.at, gradient.at);
        kernels.step_f64(n, k / (k + 3), next.at, gradient.at, lower.at, upper.at, asked.at);
        if (momentum === "free") {
          kernels.copy_f64(n, next.at, y.at);
          kernels.axpy_f64(n, k / (k + 3), gradient.at, y.at);
        }
        kernels.copy_f64(n, next.at, x.at);
      }
      penalty.judge(isFound);
    }
  },
});

/** |r|_2^2 + beta |r|_1 */
function elasticNet(beta: number, image: Float32Array, point: Float32Array): number {
  const length = lengthIn("l2", image, point);
  return length * length + beta * lengthIn("l1", image, point);
}
