/**
 * Projected gradient descent (on the negative loss): x <- P(x + a sgn(grad L(x, y))), section 2.1 of the paper, from random points of
 * the ball. Steps and rate of L-infinity are those of its experiments on MNIST. In L2 they are Foolbox's, as the paper
 * gives none; in L1 the steps are those of sparse descent (SLIDE, algorithm 1 of Tramer & Boneh, NeurIPS 2019, and the values of its code).
 */
import { defineAttack } from "./attack.ts";
import { crossEntropy, margin } from "./losses.ts";
import { choice, flag, number, whole } from "./options.ts";
import { ASCENT_VECTORS, ascend, ascentEvaluations } from "./projected-ascent.ts";

export const pgd = defineAttack({
  name: "pgd",
  title: "projected gradient descent",
  paper: "Madry et al., Towards deep learning models resistant to adversarial attacks, ICLR 2018",
  norms: ["linf", "l2", "l1"],
  needs: "gradients",
  finds: "within",
  questions: ["not", "label"],
  options: {
    steps: whole({ linf: 40, l2: 50, l1: 20 }, "steps of each start"),
    rate: number({ linf: 1 / 30, l2: 1 / 40, l1: 1 / 10 }, "length of a step, as a share of epsilon"),
    restarts: whole(1, "starts, one after another until one succeeds"),
    randomStart: flag(true, "whether starts are random points of the ball, or the image"),
    loss: choice("cross-entropy", ["cross-entropy", "margin"], "what is climbed: the paper attacks by both"),
    sparsity: number(0.99, "in L1: the share of the features that a step leaves alone", { most: 1 }),
  },
  evaluations: ascentEvaluations,
  vectors: () => ASCENT_VECTORS,
  search: (row, { steps, rate, restarts, randomStart, loss, sparsity }) =>
    ascend(row, loss === "margin" ? margin(row) : crossEntropy(row), {
      ...{ steps, rate, restarts, sparsity },
      isRandom: randomStart,
    }),
});
