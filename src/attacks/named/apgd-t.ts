/**
 * Auto-PGD on the targeted difference of logits ratio (`dlr.ts`), towards one label after another: the likeliest wrong ones of the
 * unchanged row first. Where one label is asked for, towards that one from the answer.
 */
import { defineAttack } from "./attack.ts";
import { AUTO_PGD_OPTIONS, AUTO_PGD_VECTORS, autoPgd, autoPgdEvaluations } from "./auto-pgd.ts";
import { differenceOfLogitsRatio, largest } from "./dlr.ts";
import { whole } from "./options.ts";
import type { AttackRow, TargetShape } from "./row.ts";

export const apgdT = defineAttack({
  name: "apgd-t",
  title: "auto-PGD on the targeted difference of logits ratio",
  paper:
    "Croce & Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks, ICML 2020",
  norms: ["linf", "l2"],
  needs: "gradients",
  finds: "within",
  questions: ["not", "label"],
  classes: 4,
  options: { ...AUTO_PGD_OPTIONS, targets: whole(9, "labels that it goes towards, the likeliest first") },
  evaluations: ({ steps, restarts, targets }, { classes }: TargetShape) =>
    restarts * Math.min(targets, classes - 1) * autoPgdEvaluations({ steps }),
  vectors: () => AUTO_PGD_VECTORS,
  *search(row, { steps, restarts, targets }) {
    const classes = row.scores.length;
    const [from, labels] = goals(row, targets);
    for (let start = 0; start < restarts; start++) {
      for (const [k, to] of labels.entries()) {
        const loss = differenceOfLogitsRatio(classes, from, to);
        yield* autoPgd(row, loss, steps, start * labels.length + k);
      }
    }
  },
});

/** The label to leave, and those to go towards. */
function goals({ scores, label, isTargeted }: AttackRow, targets: number): [number, number[]] {
  const order = new Int32Array(scores.length);
  largest(scores, order);
  if (isTargeted) return [order[0] as number, [label]];
  return [label, [...order].filter((k) => k !== label).slice(0, targets)];
}
