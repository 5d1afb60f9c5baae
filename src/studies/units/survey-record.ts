/** The record of the study "units-survey": a test of each measure for each layer, in one table, and what a test says. */
import type { PermutationTest } from "../../analysis/index.ts";
import type { NamedArrays } from "../../data/digest.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal } from "../record.ts";
import { MEASURES, type Measure } from "./compare.ts";

/** A test, and its p-value adjusted for all tests of the table [Holm]. */
export interface AdjustedTest extends PermutationTest {
  /** The adjusted p-value. */
  adjusted: number;
}

/** One layer of one model. */
export interface SurveyRow {
  /** Name of the model. */
  model: string;
  /** The layer whose units and directions these are. */
  layer: string;
  /** The layer in whose output images are compared. */
  featureLayer: string;
  /** How many units and random directions were compared. */
  compared: { units: number; directions: number };
  /** Units that give one value for all images, which are left out. */
  silent: number;
  /** One test a measure. */
  tests: Readonly<Record<Measure, AdjustedTest>>;
}

/** The record of a survey. */
export interface SurveyRecord extends RecordHead<"units-survey">, RecordSeal {
  /** The models. */
  models: readonly IdentifiedModel[];
  /** The images, and how many there are. */
  data: Identified & { count: number };
  /** One a layer of a model. */
  rows: readonly SurveyRow[];
  /** Tests made, for which the p-values are adjusted. */
  tests: number;
}

/** The probability of calling any two groups different that are not, in the whole table, that the words of a report allow. */
export const LEVEL = 0.05;

/** Which of the two a test says have the images that are more alike; undefined where it does not tell them apart. */
export function moreAlike(measure: Measure, { difference, adjusted }: Pick<AdjustedTest, "difference" | "adjusted">) {
  if (adjusted > LEVEL) return undefined;
  return difference > 0 === (measure !== "entropy") ? "units" : "directions";
}

/** The numbers of the table as arrays by name, a row a layer, a column a measure: what the digest covers. */
export function surveyArrays(rows: readonly SurveyRow[]): NamedArrays {
  const column = (pick: (test: AdjustedTest) => number) => ({
    data: Float64Array.from(rows.flatMap(({ tests }) => MEASURES.map((measure) => pick(tests[measure])))),
    shape: [rows.length, MEASURES.length],
  });
  return {
    units: { data: Uint32Array.from(rows, ({ compared }) => compared.units) },
    units_mean: column(({ means }) => means[0]),
    directions_mean: column(({ means }) => means[1]),
    p: column(({ p }) => p),
    adjusted: column(({ adjusted }) => adjusted),
  };
}
