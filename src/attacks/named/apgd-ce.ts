/** Auto-PGD on the cross-entropy: one of the two attacks that Croce & Hein make of it (`auto-pgd.ts`). */
import { defineAttack } from "./attack.ts";
import { AUTO_PGD_OPTIONS, AUTO_PGD_VECTORS, autoPgd, autoPgdEvaluations } from "./auto-pgd.ts";
import { crossEntropy } from "./losses.ts";

export const apgdCe = defineAttack({
  name: "apgd-ce",
  title: "auto-PGD on the cross-entropy",
  paper:
    "Croce & Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks, ICML 2020",
  norms: ["linf", "l2"],
  needs: "gradients",
  finds: "within",
  questions: ["not", "label"],
  options: AUTO_PGD_OPTIONS,
  evaluations: ({ steps, restarts }) => restarts * autoPgdEvaluations({ steps }),
  vectors: () => AUTO_PGD_VECTORS,
  *search(row, { steps, restarts }) {
    for (let start = 0; start < restarts; start++) yield* autoPgd(row, crossEntropy(row), steps, start);
  },
});
