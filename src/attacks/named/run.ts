/**
 * Runs an attack of the literature on many rows: checks what is asked, gives each row its memory and its share of evaluations, and
 * asks the target again about each success. What the attack does is in the file of its name.
 */
import { type Labels, requireLabels } from "../../check.ts";
import { Workspace } from "../../wasm/index.ts";
import type { DomainOptions } from "../domain.ts";
import type { LockstepTarget } from "../minimal/lockstep.ts";
import type { NormName } from "../minimal/norm.ts";
import type { Question } from "../question.ts";
import { affordableRows } from "../run-options.ts";
import { boxOf, type SearchResult, searchRows } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";
import { requireNamed, shapeOf } from "./checks.ts";
import type { OptionValue } from "./options.ts";
import { AttackRow, reserveRowSeat } from "./row.ts";
import type { AttackName } from "./table.ts";

/** A model that gives its answers and nothing else: the label of each row. */
export interface LabelTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  readonly classes: number;
  /** f32[n, inputSize] to n labels. */
  answers(rows: Float32Array): Labels | Promise<Labels>;
}

/** What an attack by name can be put to. A target without `scoreGradient` takes the attacks that need none. */
export type NamedTarget = ScoreTarget | Omit<ScoreTarget, "scoreGradient"> | LabelTarget;

export interface NamedAttackOptions extends Pick<DomainOptions, "lower" | "upper" | "frozen"> {
  /** One of `ATTACKS`. */
  attack: AttackName;
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** True labels: a row is to be answered with any other. With `labels` too: rows that the target gets wrong are not attacked. */
  truth?: Labels;
  /** The label that each row is to be driven to. */
  labels?: Labels;
  /** What is asked instead of a label: one question for all rows, or one a row. */
  criterion?: Question | readonly Question[];
  /** Default: the first that the attack has. */
  norm?: NormName;
  /** The most that a change may measure in the norm: of attacks that search within it, and only of these. */
  epsilon?: number;
  /** Evaluations of one row at most. An attack with steps takes as many as fit. */
  evaluations?: number;
  /** Steps of the attack, where it has steps and `evaluations` does not say. */
  steps?: number;
  /** The attack's own options, by the names that `ATTACKS` gives; default the authors' values. */
  options?: Readonly<Record<string, OptionValue>>;
  /** Of everything random, default 0. What a row draws follows from the seed and the row, not from its place. */
  seed?: number;
  /** Rows attacked at once; changes no result. */
  batch?: number;
  /** Whether the result has `traces`: the successes on the way, and what they cost; default no. */
  trace?: boolean;
  signal?: AbortSignal;
  /** Called several times a second, after `onImage`, with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each row soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: NamedAttackResult) => void | Promise<void>;
}

/** What an attack by name found for n rows. */
export interface NamedAttackResult extends SearchResult {
  attack: AttackName;
  /** Of attacks that search within it. */
  epsilon?: number;
  /** The attack's options, all of them. */
  options: Readonly<Record<string, OptionValue>>;
}

/**
 * Runs an attack by its name. Rejects before any work for an attack, a norm, a question or an option that is not known, naming
 * those that fit. A change that was not found is a value, not an error.
 *
 *     const found = await namedAttack(network, { attack: "pgd", norm: "linf", epsilon: 0.1, rows, truth });
 */
export async function namedAttack(target: NamedTarget, options: NamedAttackOptions): Promise<NamedAttackResult> {
  const { attack, norm, epsilon, budget, count, truth, questions, domain, ...checked } = requireNamed(target, options);
  const { rows, seed = 0, batch, trace, signal, onProgress, onImage } = options;
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
    { rows, truth, questions, norm, seats, trace, signal, onProgress, onImage },
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
function scoredBy(target: NamedTarget): LockstepTarget & Pick<ScoreTarget, "head"> {
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
