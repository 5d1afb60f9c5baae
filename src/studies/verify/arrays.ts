/** The arrays of a record that is still in memory, by its kind: what its digest covers. */
import type { NamedArrays } from "../../data/digest.ts";
import { type AttackRecord, attackArrays } from "../attack/record.ts";
import { type BenchAttacksRecord, benchArrays } from "../bench-attacks/record.ts";
import { type CertifyRecord, certifyArrays } from "../certify/record.ts";
import { type PaperRecord, paperArrays } from "../paper/record.ts";
import { type PreregisteredRecord, preregisteredArrays } from "../preregistered/record.ts";
import { type RobustRecord, robustArrays } from "../robust/record.ts";
import { type SparsitySearchRecord, sparsityArrays } from "../sparsity/record.ts";
import { type StabilityRecord, stabilityArrays } from "../stability/record.ts";
import { searchArrays, type TrainingRecord, type TrainingSearchRecord, trainingArrays } from "../training/record.ts";
import { type TransferRecord, transferArrays } from "../transfer/record.ts";
import { type UnitsRecord, unitsArrays } from "../units/record.ts";
import { type SurveyRecord, surveyArrays } from "../units/survey-record.ts";

type Kinds = {
  attack: AttackRecord;
  "bench-attacks": BenchAttacksRecord;
  certify: CertifyRecord;
  paper: PaperRecord;
  preregistered: PreregisteredRecord;
  robust: RobustRecord;
  "sparsity-search": SparsitySearchRecord;
  stability: StabilityRecord;
  training: TrainingRecord;
  "training-search": TrainingSearchRecord;
  transfer: TransferRecord;
  units: UnitsRecord;
  "units-survey": SurveyRecord;
};

const ARRAYS: { readonly [Kind in keyof Kinds]: (record: Kinds[Kind]) => NamedArrays } = {
  attack: ({ examples, model }) => attackArrays(examples, model.inputShape),
  "bench-attacks": benchArrays,
  certify: certifyArrays,
  paper: ({ tables }) => paperArrays(tables),
  preregistered: ({ runs }) => preregisteredArrays(runs),
  robust: (record) => robustArrays(record, record.model.inputShape),
  "sparsity-search": ({ trials }) => sparsityArrays(trials),
  stability: stabilityArrays,
  training: ({ runs }) => trainingArrays(runs),
  "training-search": ({ results }) => searchArrays(results),
  transfer: transferArrays,
  units: unitsArrays,
  "units-survey": ({ rows }) => surveyArrays(rows),
};

/** Kinds whose arrays follow from results.json alone. */
const WITHOUT_TYPED: readonly string[] = [
  ...["certify", "paper", "preregistered", "sparsity-search", "training", "training-search", "units-survey"],
];

/**
 * The arrays of a record; undefined where they are not in it, as in one that was read from results.json, and for a kind without
 * arrays.
 */
export function arraysOf(record: object): NamedArrays | undefined {
  const { kind } = record as { kind: string };
  if (!Object.hasOwn(ARRAYS, kind)) return undefined;
  if (!WITHOUT_TYPED.includes(kind) && !holdsArrays(record)) return undefined;
  return (ARRAYS[kind as keyof Kinds] as (record: object) => NamedArrays)(record);
}

/** Whether a typed array stands anywhere in a value. */
function holdsArrays(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsArrays);
}
