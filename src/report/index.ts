export { digestArrays, digestBytes, type NamedArray, type NamedArrays } from "../data/digest.ts";
export {
  type AttackExample,
  type AttackReport,
  attackArrays,
  type Outcome,
  outcome,
  type Timing,
  timing,
} from "./attack.ts";
export { attackFiles, attackJson } from "./attack-report.ts";
export {
  type Comparison,
  type ComparisonColumn,
  type ComparisonRow,
  comparisonTable,
  type Measured,
} from "./comparison.ts";
export { curveSvg, epochsCsv } from "./curve.ts";
export { type HeatMapRow, heatMap } from "./heat-map.ts";
export { distortionMultiples, type NamedDistortions } from "./histogram.ts";
export { html, Markup, type Piece } from "./markup.ts";
export { figureCards, type Page, page, plotFigure, reproduction } from "./page.ts";
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
export { type Line, sideBySide, sideBySideFigure } from "./side-by-side.ts";
export {
  type StabilityImage,
  type StabilityLayer,
  type StabilityReport,
  stabilityArrays,
} from "./stability.ts";
export { stabilityFiles, stabilityJson } from "./stability-report.ts";
export { stabilityText } from "./stability-text.ts";
export { attackText } from "./text.ts";
export { type TrainingReport, type TrainingRunReport, trainingFiles, trainingJson, trainingText } from "./training.ts";
export { type SearchReport, searchFiles, searchJson, searchText } from "./training-search.ts";
export {
  type SetKind,
  type SourceSummary,
  type TransferModel,
  type TransferReport,
  type TransferSet,
  transferArrays,
} from "./transfer.ts";
export { transferFiles, transferJson } from "./transfer-report.ts";
export { transferText } from "./transfer-text.ts";
export { MEASURES, type Measure, type UnitsLine, type UnitsReport, unitsArrays } from "./units.ts";
export { unitsFiles, unitsJson } from "./units-report.ts";
export { unitsText } from "./units-text.ts";
export { type Drawing, standaloneSvg } from "./vega.ts";
