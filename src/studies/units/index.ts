export {
  type CompareOptions,
  type LayerComparison,
  MEASURES,
  type Measure,
  type RankImages,
  type UnitsTarget,
  type UnitsTests,
} from "./compare.ts";
export { hiddenLayers } from "./layers.ts";
export { type UnitsLine, type UnitsRecord, unitsArrays } from "./record.ts";
export { type Between, type UnitsData, type UnitsOptions, unitsStudy } from "./study.ts";
export {
  type AdjustedTest,
  LEVEL,
  moreAlike,
  type SurveyOptions,
  type SurveyRecord,
  type SurveyRow,
  surveyArrays,
  unitsSurvey,
} from "./survey.ts";
