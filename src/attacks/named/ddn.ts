/**
 * DDN: the direction of a step and the length of the change are decoupled. Each step goes up the cross-entropy, then the change
 * is set to a length that shrinks after a success and grows otherwise.
 *
 * Rony, Hafemann, Oliveira, Ben Ayed, Sabourin & Granger, "Decoupling direction and norm for efficient gradient-based L2
 * adversarial attacks and defenses", CVPR 2019, algorithm 1. Without its rounding to a grid, which no question here asks for.
 */
import { farthestCorner } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { crossEntropy } from "./losses.ts";
import { number, whole } from "./options.ts";
import { cosineFall } from "./schedule.ts";

const RATE = 1;
const LAST_RATE = 0.01;

export const ddn = defineAttack({
  name: "ddn",
  title: "Decoupled direction and norm",
  paper:
    "Rony et al., Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses, CVPR 2019",
  norms: ["l2"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(100, "steps, of one evaluation each"),
    gamma: number(0.05, "share by which the length grows or shrinks in a step", { most: 0.99 }),
    initialLength: number(1, "length of the change after the first step"),
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 3,
  *search(row, { steps, gamma, initialLength }) {
    const { kernels, n, image, lower, upper } = row;
    const [x, change, gradient] = row.vectors(3) as [Vector, Vector, Vector];
    const { weigh } = crossEntropy(row);
    farthestCorner(row, x);
    const farthest = Math.sqrt(kernels.squared_distance_f64(n, x.at, image.at));
    kernels.copy_f64(n, image.at, x.at);
    let epsilon = initialLength;
    for (let k = 0; k < steps; k++) {
      const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
      // d <- x - x0 + a g / |g|, a falls along half a cosine
      const slope = kernels.norm2_f64(n, gradient.at);
      if (slope === 0) row.random(k).fillNormal(gradient.values);
      const rate = LAST_RATE + (RATE - LAST_RATE) * cosineFall(k, steps);
      kernels.sub_f64(n, x.at, image.at, change.at);
      kernels.axpy_f64(n, rate / (slope || kernels.norm2_f64(n, gradient.at)), gradient.at, change.at);
      // e <- (1 - gamma) e where x is a success, else (1 + gamma) e
      epsilon = Math.min(farthest, epsilon * (margin > 0 ? 1 - gamma : 1 + gamma));
      // x <- clip(x0 + e d / |d|)
      const length = kernels.norm2_f64(n, change.at);
      if (length > 0) kernels.step_f64(n, epsilon / length, image.at, change.at, lower.at, upper.at, x.at);
    }
  },
});
