export { digestArrays, type NamedArray, type NamedArrays } from "../data/digest.ts";
export type { AttackExample, AttackRecord, Outcome } from "../studies/attack/record.ts";
export { attackFiles } from "./attack/files.ts";
export { attackText } from "./attack/text.ts";
export { type AuditFilesOptions, auditFiles } from "./audit/files.ts";
export { auditText } from "./audit/text.ts";
export { benchAttacksFiles } from "./bench-attacks/files.ts";
export { benchAttacksText } from "./bench-attacks/text.ts";
export { certifyFiles } from "./certify/files.ts";
export { certifyText } from "./certify/text.ts";
export { featuresFiles } from "./features/files.ts";
export { featuresText } from "./features/text.ts";
export type {
  Comparison,
  ComparisonColumn,
  ComparisonRow,
  Measured,
} from "./kit/comparison.ts";
export type { Drawing } from "./kit/drawing.ts";
export type { HeatMapRow } from "./kit/heat-map.ts";
export type { NamedDistortions } from "./kit/histogram.ts";
export type { Piece } from "./kit/markup.ts";
export type { Page } from "./kit/page.ts";
export type { Provenance } from "./kit/provenance.ts";
export type { Line } from "./kit/side-by-side.ts";
export { paperFiles, paperText } from "./paper/index.ts";
export { pocketsFiles } from "./pockets/files.ts";
export { pocketsText } from "./pockets/text.ts";
export { preregisteredFiles, preregisteredText } from "./preregistered/files.ts";
export { robustFiles } from "./robust/files.ts";
export { robustText } from "./robust/text.ts";
export { sparsityFiles, sparsityText } from "./sparsity/files.ts";
export { stabilityFiles } from "./stability/files.ts";
export { stabilityText } from "./stability/text.ts";
export { noteMarkdown, noteText } from "./train/note.ts";
export { curveSvg, epochsCsv } from "./training/curve.ts";
export { trainingFiles, trainingText } from "./training/files.ts";
export { searchFiles, searchText } from "./training/search.ts";
export { transferFiles } from "./transfer/files.ts";
export { transferText } from "./transfer/text.ts";
export { unitsFiles } from "./units/files.ts";
export { surveyFiles, surveyText } from "./units/survey.ts";
export { unitsText } from "./units/text.ts";
