/**
 * The fast gradient sign method: one step of the whole radius up the cross-entropy,
 * x' = x + epsilon sgn(grad J(x, y)), section 4 of the paper. In L2 and L1 the step goes the way that climbs fastest in that norm
 * (the fast gradient method of Miyato et al., ICLR 2016, equation 8, in L2).
 */
import { defineAttack } from "./attack.ts";
import { crossEntropy } from "./losses.ts";
import { ASCENT_VECTORS, ascend, ascentEvaluations } from "./projected-ascent.ts";

const ONCE = { steps: 1, rate: 1, restarts: 1, isRandom: false } as const;

export const fgsm = defineAttack({
  name: "fgsm",
  title: "fast gradient sign method",
  paper: "Goodfellow, Shlens & Szegedy, Explaining and harnessing adversarial examples, ICLR 2015",
  norms: ["linf", "l2", "l1"],
  needs: "gradients",
  finds: "within",
  questions: ["not", "label"],
  options: {},
  evaluations: () => ascentEvaluations(ONCE),
  vectors: () => ASCENT_VECTORS,
  search: (row) => ascend(row, crossEntropy(row), ONCE),
});
