/**
 * What an attack of the literature is, apart from how it is run: its name and paper, the norms it knows, what it needs of a
 * target, its options with the authors' values, and the search for one row. `row.ts` is what a search sees of its row, `run.ts`
 * does the rest for all attacks, `table.ts` lists them. An attack is one file and one line of that table.
 */
import type { RowSearch } from "../minimal/lockstep.ts";
import type { NormName } from "../minimal/norm.ts";
import type { OptionSpecs, OptionValues } from "./options.ts";
import type { AttackRow, TargetShape } from "./row.ts";

/** What an attack asks a target for: the gradient of weighted scores, scores alone, or nothing but the answer. */
export type Need = "gradients" | "scores" | "labels";

/** The kinds of question an attack answers: any label but one, one label, an output that moves. */
export type QuestionKind = "not" | "label" | "output";

/** An attack as it is described. */
export interface AttackDescription {
  /** As it is asked for: "apgd-ce". */
  readonly name: string;
  /** As people call it: "APGD on the cross-entropy". */
  readonly title: string;
  /** Authors, title and place. */
  readonly paper: string;
  /** The first is the one that is meant where none is given. */
  readonly norms: readonly NormName[];
  /** What it asks a target for. */
  readonly needs: Need;
  /** Whether it looks for the smallest change, or for any change no longer than epsilon. */
  readonly finds: "smallest" | "within";
  /** The questions that it can be put. */
  readonly questions: readonly QuestionKind[];
  /** Classes that a target must have at least; default 2. */
  readonly classes?: number;
  /** Its own options, with their kinds, ranges and defaults. */
  readonly options: OptionSpecs;
}

/** An attack as it is written: with the types of its own options. */
export interface AttackDefinition<Specs extends OptionSpecs> extends AttackDescription {
  readonly options: Specs;
  /** Evaluations of a row at most, with these options. It grows with `steps`, where there are steps. */
  evaluations(options: OptionValues<Specs>, shape: TargetShape): number;
  /** The fewest evaluations of an attack that uses as many as it is given; default those of one step, or all. */
  least?(options: OptionValues<Specs>, shape: TargetShape): number;
  /** f64 vectors of a row's length that a search keeps. */
  vectors(options: OptionValues<Specs>, shape: TargetShape): number;
  /** Rows that it asks about at once, at most; default 1. */
  points?(options: OptionValues<Specs>, shape: TargetShape): number;
  /**
   * The search for one row. It yields what it asks through `row`, which counts evaluations and keeps successes. A search within
   * epsilon ends at the first success, every search where its evaluations are spent: the runner sees to both.
   */
  search(row: AttackRow, options: OptionValues<Specs>): RowSearch;
}

/** An attack whose options are known by name only. */
export type NamedAttack = AttackDefinition<OptionSpecs>;

/** Types an attack: the options of its functions follow from `options`. */
export function defineAttack<const Specs extends OptionSpecs>(attack: AttackDefinition<Specs>): NamedAttack {
  return attack as unknown as NamedAttack;
}
