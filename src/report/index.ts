export {
  type AttackExample,
  type AttackReport,
  type AttackSummary,
  attackArrays,
  type Outcome,
  outcome,
  summarize,
  type Timing,
  timing,
} from "./attack.ts";
export { attackFiles, attackJson } from "./attack-report.ts";
export { curveSvg, epochsCsv } from "./curve.ts";
export { digestArrays, digestBytes, type NamedArray, type NamedArrays } from "./digest.ts";
export { attackText } from "./text.ts";
