/**
 * Units against random directions over the hidden layers of several models, as one table: a test of each measure for each layer, its
 * p-value adjusted for all the tests of the table.
 */
import type { PermutationTest, Reduction } from "../../analysis/index.ts";
import { failed, outOfRange } from "../../check.ts";
import { digestArrays, type NamedArrays } from "../../data/digest.ts";
import { holm } from "../../numeric/holm.ts";
import { compareLayer, MEASURES, type Measure, type RankImages, rankHere, type UnitsTarget } from "./compare.ts";
import { hiddenLayers } from "./layers.ts";
import { dataDigest, type UnitsData } from "./study.ts";

export interface SurveyOptions {
  top: number;
  directions: number;
  seed: number;
  /** What a layer's maps of an image become; default "flatten", a unit a position. */
  reduce?: Reduction | undefined;
  signal?: AbortSignal | undefined;
  /** Called before each layer. */
  onLayer?: (model: string, layer: string, done: number, total: number) => void;
}

/** A test, and its p-value adjusted for all tests of the table [Holm]. */
export interface AdjustedTest extends PermutationTest {
  adjusted: number;
}

/** One layer of one model. */
export interface SurveyRow {
  model: string;
  layer: string;
  featureLayer: string;
  compared: { units: number; directions: number };
  /** Units that give one value for all images, which are left out. */
  silent: number;
  tests: Readonly<Record<Measure, AdjustedTest>>;
}

export interface SurveyRecord {
  models: readonly { name: string; digest: string }[];
  data: { name: string; digest: string; count: number };
  options: Readonly<Record<string, string | number | boolean>>;
  rows: readonly SurveyRow[];
  /** Tests made, for which the p-values are adjusted. */
  tests: number;
  digest: string; // of `surveyArrays`
}

/** The probability of calling any two groups different that are not, in the whole table, that the words of a report allow. */
export const LEVEL = 0.05;

/** Which of the two a test says have the images that are more alike; undefined where it does not tell them apart. */
export function moreAlike(measure: Measure, { difference, adjusted }: Pick<AdjustedTest, "difference" | "adjusted">) {
  if (adjusted > LEVEL) return undefined;
  return difference > 0 === (measure !== "entropy") ? "units" : "directions";
}

export async function unitsSurvey(
  targets: readonly UnitsTarget[],
  data: UnitsData,
  options: SurveyOptions,
  rank: RankImages = rankHere,
): Promise<SurveyRecord> {
  const { top, directions, seed, reduce = "flatten", signal, onLayer } = options;
  if (top > data.count) outOfRange("top", `at most the ${data.count} images of ${data.name}`, `${top}`);
  const layers = targets.flatMap(({ name, network }) => {
    const names = hiddenLayers(network);
    if (names.length === 0) failed(name, "a model with hidden layers", "none");
    return names.map((layer) => ({ name, network, layer }));
  });
  if (layers.length === 0) outOfRange("models", "at least one", "none");
  const measured: Omit<SurveyRow, "tests">[] = [];
  const tests: PermutationTest[] = [];
  for (const [done, { name, network, layer }] of layers.entries()) {
    signal?.throwIfAborted();
    onLayer?.(name, layer, done, layers.length);
    const found = await compareLayer(network, layer, data, { top, directions, seed, reduce, signal }, rank);
    const units = found.loud.length;
    const { featureLayer } = found;
    measured.push({
      model: name,
      layer,
      featureLayer,
      compared: { units, directions },
      silent: found.found.size - units,
    });
    tests.push(...MEASURES.map((measure) => found.tests[measure]));
  }
  const adjusted = holm(tests.map(({ p }) => p));
  const rows = measured.map((row, r): SurveyRow => {
    const own = MEASURES.map((measure, m) => {
      const at = r * MEASURES.length + m;
      return [measure, { ...(tests[at] as PermutationTest), adjusted: adjusted[at] as number }] as const;
    });
    return { ...row, tests: Object.fromEntries(own) as Record<Measure, AdjustedTest> };
  });
  return {
    models: await Promise.all(
      targets.map(async ({ name, network }) => ({
        name,
        digest: await digestArrays({ parameters: { data: network.getParameters() } }),
      })),
    ),
    data: { name: data.name, digest: await dataDigest(data), count: data.count },
    options: { top, directions, seed, reduce, first: data.first, count: data.count, labels: data.labelled },
    rows,
    tests: tests.length,
    digest: await digestArrays(surveyArrays(rows)),
  };
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
