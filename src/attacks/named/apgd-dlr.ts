/** Auto-PGD on the difference of logits ratio (`dlr.ts`), which saturates nowhere: the other attack that Croce & Hein make of it. */
import { defineAttack } from "./attack.ts";
import { AUTO_PGD_OPTIONS, AUTO_PGD_VECTORS, autoPgd, autoPgdEvaluations } from "./auto-pgd.ts";
import { differenceOfLogitsRatio } from "./dlr.ts";

export const apgdDlr = defineAttack({
  name: "apgd-dlr",
  title: "auto-PGD on the difference of logits ratio",
  paper:
    "Croce & Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks, ICML 2020",
  norms: ["linf", "l2"],
  needs: "gradients",
  finds: "within",
  questions: ["not"],
  classes: 3,
  options: AUTO_PGD_OPTIONS,
  evaluations: ({ steps, restarts }) => restarts * autoPgdEvaluations({ steps }),
  vectors: () => AUTO_PGD_VECTORS,
  *search(row, { steps, restarts }) {
    const loss = differenceOfLogitsRatio(row.scores.length, row.label);
    for (let start = 0; start < restarts; start++) yield* autoPgd(row, loss, steps, start);
  },
});
