/**
 * The study "units-survey": units against random directions over the hidden layers of several models, as one table. Each layer
 * has a test of each measure, its p-value adjusted for all the tests of the table.
 */
import type { PermutationTest } from "../../analysis/index.ts";
import { outOfRange, requireOptions } from "../../check.ts";
import { preprocessFlags } from "../../model/index.ts";
import { holm } from "../../numeric/holm.ts";
import { recordHead, sealRecord } from "../record.ts";
import {
  identifiedData,
  identifiedModel,
  requireData,
  requireInRange,
  requireModel,
  type StudyData,
  type StudyModel,
  type StudyRun,
} from "../study.ts";
import { compareLayer, MEASURES, type Measure } from "./compare.ts";
import { hiddenLayers } from "./layers.ts";
import { COMPARISON_OPTIONS, topOf, type UnitsComparisonOptions } from "./study.ts";
import { type AdjustedTest, type SurveyRecord, type SurveyRow, surveyArrays } from "./survey-record.ts";

/**
 * Compares units with random directions, as `unitsStudy` does, in every hidden layer of every model.
 *
 * @param data  labelled images in [0, 1] that all models take; `options.first` is the position of the first one in the whole set
 * @returns the record: a row a layer, with the p-values of its four tests as they are and adjusted [Holm]; neither digest
 *   depends on the executor
 * @throws RangeError for a model without hidden layers, more images a row than there are, and a layer whose every unit gives
 *   one value for all images; the signal's reason once it is aborted
 */
export async function unitsSurvey(
  models: readonly StudyModel[],
  data: StudyData,
  options: UnitsComparisonOptions = {},
  run: StudyRun = {},
): Promise<SurveyRecord> {
  requireOptions("unitsSurvey", options, COMPARISON_OPTIONS);
  for (const model of models) requireModel(model);
  requireData(data);
  for (const model of models) requireInRange(model, data);
  const { directions = 400, seed = 0, reduce = "flatten", first = 0, labels = "of the set" } = options;
  const top = topOf(options.top, data);
  const layers = models.flatMap(({ name, network }) => {
    const names = hiddenLayers(network);
    if (names.length === 0) outOfRange(name, "a model with hidden layers", "none");
    return names.map((layer) => ({ name, network, layer }));
  });
  if (layers.length === 0) outOfRange("models", "at least one", "none");
  const started = performance.now();
  const measured: Omit<SurveyRow, "tests">[] = [];
  const tests: PermutationTest[] = [];
  for (const [i, { name, network, layer }] of layers.entries()) {
    const compared = { top, directions, seed, reduce };
    const label = `rank ${name} ${layer} (${i + 1} of ${layers.length})`;
    const comparison = await compareLayer(network, layer, data.dataset, compared, run, label);
    const { featureLayer, loud, found } = comparison;
    const units = loud.length;
    measured.push({ model: name, layer, featureLayer, compared: { units, directions }, silent: found.size - units });
    tests.push(...MEASURES.map((measure) => comparison.tests[measure]));
  }
  const milliseconds = performance.now() - started;
  const rows = adjustedRows(measured, tests);
  const { count } = data.dataset;
  const asked = { top, directions, seed, reduce, first, count };
  const names = models.map(({ name }) => name).join(",");
  return sealRecord(
    {
      ...recordHead(
        "units-survey",
        `Units and directions of ${models.length === 1 ? names : `${models.length} models`} on ${data.name}`,
        {
          command: "units",
          options: {
            survey: true,
            model: models.map(({ name, given = name }) => given).join(","),
            ...preprocessFlags(models[0]?.network.preprocess),
            ...{ data: data.name, ...asked },
          },
          defaults: { first: 0 },
        },
        { ...asked, labels },
      ),
      models: await Promise.all(models.map(identifiedModel)),
      data: { ...(await identifiedData(data)), count },
      rows,
      tests: tests.length,
      timing: { milliseconds },
    },
    surveyArrays(rows),
  );
}

/** The rows with their tests, as many as there are measures a row, the p-values adjusted for all. */
function adjustedRows(measured: readonly Omit<SurveyRow, "tests">[], tests: readonly PermutationTest[]): SurveyRow[] {
  const adjusted = holm(tests.map(({ p }) => p));
  return measured.map((row, r): SurveyRow => {
    const own = MEASURES.map((measure, m) => {
      const at = r * MEASURES.length + m;
      return [measure, { ...(tests[at] as PermutationTest), adjusted: adjusted[at] as number }] as const;
    });
    return { ...row, tests: Object.fromEntries(own) as Record<Measure, AdjustedTest> };
  });
}
