/**
 * PDPGD: the primal-dual iteration from the image, on the margin.
 *
 * Matyasko & Chau, "PDPGD: primal-dual proximal gradient descent adversarial attack", 2021, algorithm 2.
 */
import { PRIMAL_DUAL_VECTORS, PrimalDual } from "../primal-dual.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";

export const pdpgd = defineAttack({
  name: "pdpgd",
  title: "Primal-dual proximal gradient descent",
  paper: "Matyasko & Chau, PDPGD: primal-dual proximal gradient descent adversarial attack, 2021",
  norms: ["l2", "linf", "l1", "l0"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(500, "steps, of one evaluation each"),
    primalRate: number(0.1, "step size of Adam at first; a hundredth of it at the end"),
    dualRate: number(0.1, "step size of the weights at first; a tenth of it at the end"),
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 2 + PRIMAL_DUAL_VECTORS,
  *search(row, options) {
    const [x, gradient, ...vectors] = row.vectors(2 + PRIMAL_DUAL_VECTORS) as [Vector, Vector, ...Vector[]];
    const iteration = new PrimalDual(row, row.norm, vectors, options);
    const { weigh } = marginLoss(row);
    row.kernels.copy_f64(row.n, row.image.at, x.at);
    for (let k = 0; k < options.steps; k++) {
      const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
      iteration.step(x, gradient, margin);
    }
  },
});
