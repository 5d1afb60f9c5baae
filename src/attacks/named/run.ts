/**
 * Runs an attack of the literature on many rows: checks what is asked, gives each row its memory and its share of evaluations, and
 * asks the target again about each success. What the attack does is in the file of its name.
 */
import { requireLabels } from "../../check.ts";
import { Workspace } from "../../wasm/index.ts";
import type { LockstepTarget } from "../minimal/lockstep.ts";
import { affordableRows } from "../run-options.ts";
import { boxOf, searchRows } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";
import { requireNamed, shapeOf } from "./checks.ts";
import type { OptionValue } from "./options.ts";
import type { NamedAttackOptions, NamedAttackResult, NamedTarget } from "./request.ts";
import { AttackRow, reserveRowSeat } from "./row.ts";
import type { AttackName } from "./table.ts";

/**
 * Runs an attack by its name. Rejects before any work for an attack, a norm, a question or an option that is not known, naming
 * those that fit. A change that was not found is a value, not an error.
 *
 *     const found = await namedAttack(network, { attack: "pgd", norm: "linf", epsilon: 0.1, rows, truth });
 */
export async function namedAttack(target: NamedTarget, options: NamedAttackOptions): Promise<NamedAttackResult> {
  const { attack, norm, epsilon, budget, count, truth, questions, domain, ...checked } = requireNamed(target, options);
  const { rows, seed = 0, batch, trace, signal, onProgress, onImage, onEvaluation } = options;
  const { inputSize: size } = target;
  const shape = shapeOf(target);
  const vectors = attack.vectors(checked.options, shape);
  const points = attack.points?.(checked.options, shape) ?? 1;
  const workspace = new Workspace();
  const seats = Math.min(count, batch ?? affordableRows(8 * size * (4 + vectors) + 4 * size * points));
  const idle = Array.from({ length: seats }, () => reserveRowSeat(workspace, size, vectors, points));
  return searchRows(
    scoredBy(target),
    {
      attack: attack.name as AttackName,
      ...(attack.finds === "within" && { epsilon }),
      options: checked.options as Readonly<Record<string, OptionValue>>,
    },
    { rows, truth, questions, norm, seats, trace, signal, onProgress, onImage, onEvaluation },
    ({ image, question, criterion, scores }) => {
      const seat = idle.pop() as (typeof idle)[number];
      const box = boxOf(domain, image);
      const row = new AttackRow(seat, {
        norm,
        epsilon,
        image,
        ...box,
        question,
        criterion,
        scores,
        budget,
        seed,
        shape,
      });
      return {
        search: row.bounded(attack.search(row, checked.options)),
        end: () => {
          idle.push(seat);
          return row;
        },
      };
    },
  );
}

/** The target as searches ask it. Of one that answers with labels, the score of the answer is 1 and of the others 0. */
export function scoredBy(target: NamedTarget): LockstepTarget & Pick<ScoreTarget, "head"> {
  if ("scores" in target) return target;
  const { inputSize, classes } = target;
  return {
    inputSize,
    classes,
    scores: async (rows) => {
      const count = rows.length / inputSize;
      const answers = requireLabels("target's answers", await target.answers(rows), count, classes);
      const scores = new Float32Array(count * classes);
      for (let row = 0; row < count; row++) scores[row * classes + (answers[row] as number)] = 1;
      return scores;
    },
  };
}
