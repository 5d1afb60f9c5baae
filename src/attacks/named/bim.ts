/**
 * The basic iterative method: small steps of FGSM from the image, each clipped to the ball and the box (section 2.1 of the paper).
 * There a step is one level of a pixel, and an epsilon of 8 levels takes min(8 + 4, 1.25 * 8) = 10 of them.
 */
import { defineAttack } from "./attack.ts";
import { crossEntropy } from "./losses.ts";
import { number, whole } from "./options.ts";
import { ASCENT_VECTORS, ascend, ascentEvaluations } from "./projected-ascent.ts";

export const bim = defineAttack({
  name: "bim",
  title: "basic iterative method",
  paper: "Kurakin, Goodfellow & Bengio, Adversarial examples in the physical world, ICLR 2017 workshop",
  norms: ["linf", "l2", "l1"],
  needs: "gradients",
  finds: "within",
  questions: ["not", "label"],
  options: {
    steps: whole(10, "steps"),
    rate: number(1 / 8, "length of a step, as a share of epsilon"),
  },
  evaluations: ({ steps }) => ascentEvaluations({ steps, restarts: 1 }),
  vectors: () => ASCENT_VECTORS,
  search: (row, { steps, rate }) => ascend(row, crossEntropy(row), { steps, rate, restarts: 1, isRandom: false }),
});
