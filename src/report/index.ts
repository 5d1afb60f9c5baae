export { digestArrays, digestBytes, type NamedArray, type NamedArrays } from "../data/digest.ts";
export { attackFiles, attackJson } from "./attack/files.ts";
export {
  type AttackExample,
  type AttackReport,
  attackArrays,
  type Outcome,
  outcome,
  type Timing,
  timing,
} from "./attack/results.ts";
export { attackText } from "./attack/text.ts";
export {
  type Comparison,
  type ComparisonColumn,
  type ComparisonRow,
  comparisonTable,
  type Measured,
} from "./kit/comparison.ts";
export { type Drawing, standaloneSvg } from "./kit/drawing.ts";
export { type HeatMapRow, heatMap } from "./kit/heat-map.ts";
export { distortionMultiples, type NamedDistortions } from "./kit/histogram.ts";
export { html, Markup, type Piece } from "./kit/markup.ts";
export { figureCards, type Page, page, plotFigure } from "./kit/page.ts";
export { type Provenance, provenance } from "./kit/provenance.ts";
export { type Line, sideBySide, sideBySideFigure } from "./kit/side-by-side.ts";
export {
  type PaperReport,
  paperArrays,
  paperDigest,
  paperFiles,
  paperJson,
  paperReport,
  paperText,
  type ReportedModel,
} from "./paper/index.ts";
export { stabilityFiles, stabilityJson } from "./stability/files.ts";
export {
  type StabilityImage,
  type StabilityLayer,
  type StabilityReport,
  stabilityArrays,
} from "./stability/results.ts";
export { stabilityText } from "./stability/text.ts";
export { curveSvg, epochsCsv } from "./training/curve.ts";
export {
  type TrainingReport,
  type TrainingRunReport,
  trainingFiles,
  trainingJson,
  trainingText,
} from "./training/files.ts";
export { type SearchReport, searchFiles, searchJson, searchText } from "./training/search.ts";
export { transferFiles, transferJson } from "./transfer/files.ts";
export {
  type SetKind,
  type SourceSummary,
  type TransferModel,
  type TransferReport,
  type TransferSet,
  transferArrays,
} from "./transfer/results.ts";
export { transferText } from "./transfer/text.ts";
export { unitsFiles, unitsJson } from "./units/files.ts";
export type { UnitsReport } from "./units/results.ts";
export { type SurveyReport, surveyFiles, surveyJson, surveyText } from "./units/survey.ts";
export { unitsText } from "./units/text.ts";
