export { type AnnealSchedule, EFFORTS, type EffortName } from "./effort.ts";
export { attackEveryLabel, type EveryLabelOptions, everyLabel } from "./every-label.ts";
export { type LbfgsAttackOptions, lbfgsAttack } from "./lbfgs.ts";
export { type MinimalAttackOptions, type MinimalAttackResult, minimalAttack } from "./minimal/attack.ts";
export type { NormName } from "./minimal/norm.ts";
export { SOLVERS, type SolverName } from "./minimiser.ts";
export { type AttackSummary, summarize } from "./summary.ts";
export type { AnswerTarget, AttackResult, AttackStop, AttackTarget, ScoreTarget } from "./target.ts";
export { needsScores, TARGET_RULES, type TargetContext, type TargetRule, targetLabels } from "./targets.ts";
