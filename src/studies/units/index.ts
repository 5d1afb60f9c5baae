export { MEASURES, type Measure, type UnitsTests } from "./compare.ts";
export { hiddenLayers } from "./layers.ts";
export { type UnitsGroup, type UnitsLine, type UnitsRecord, unitsArrays } from "./record.ts";
export { type Between, type UnitsComparisonOptions, type UnitsStudyOptions, unitsStudy } from "./study.ts";
export { unitsSurvey } from "./survey.ts";
export {
  type AdjustedTest,
  LEVEL,
  moreAlike,
  type SurveyRecord,
  type SurveyRow,
  surveyArrays,
} from "./survey-record.ts";
