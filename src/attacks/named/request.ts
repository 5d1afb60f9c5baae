/** What is asked of an attack by name, and what it answers. */
import type { Labels } from "../../check.ts";
import type { DomainOptions } from "../domain.ts";
import type { NormName } from "../minimal/norm.ts";
import type { Question } from "../question.ts";
import type { SearchResult } from "../search-rows.ts";
import type { ScoreTarget } from "../target.ts";
import type { OptionValue } from "./options.ts";
import type { AttackName } from "./table.ts";

/** A model that gives its answers and nothing else: the label of each row. */
export interface LabelTarget {
  /** Numbers in a row. */
  readonly inputSize: number;
  /** Number of labels. */
  readonly classes: number;
  /** f32[n, inputSize] to n labels. */
  answers(rows: Float32Array): Labels | Promise<Labels>;
}

/** What an attack by name can be put to. A target without `scoreGradient` takes the attacks that need none. */
export type NamedTarget = ScoreTarget | Omit<ScoreTarget, "scoreGradient"> | LabelTarget;

/** What an attack by name is asked, within what, and with which of its options. */
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
  /** Stops the attack, which then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called several times a second, after `onImage`, with the rows that are done, the rows of all, and the evaluations so far. */
  onProgress?: (done: number, total: number, evaluations: number) => void;
  /** Called for each row soon after its search has ended: entry `row` of `result` is final. A promise is awaited. */
  onImage?: (row: number, result: NamedAttackResult) => void | Promise<void>;
  /** Called for every point that is evaluated in the search for a row, with a copy of it, f32[inputSize]. It changes no result. */
  onEvaluation?: (row: number, point: Float32Array) => void;
}

/** What an attack by name found for n rows. */
export interface NamedAttackResult extends SearchResult {
  /** The attack that was run. */
  attack: AttackName;
  /** The most that a change may measure in the norm; of attacks that search within it. */
  epsilon?: number;
  /** The attack's options, all of them. */
  options: Readonly<Record<string, OptionValue>>;
}
