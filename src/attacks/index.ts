export { type DomainOptions, type Features, requireDomain, requireRowsInDomain } from "./domain.ts";
export { type AnnealSchedule, EFFORTS, type EffortName } from "./effort.ts";
export { attackEveryLabel, type EveryLabelOptions, everyLabel } from "./every-label.ts";
export { type LbfgsAttackOptions, lbfgsAttack } from "./lbfgs.ts";
export { type MinimalAttackOptions, type MinimalAttackResult, minimalAttack } from "./minimal/attack.ts";
export { lengthIn, type NormName } from "./minimal/norm.ts";
export { SOLVERS, type SolverName } from "./minimiser.ts";
export type { AttackDescription } from "./named/attack.ts";
export type { LabelTarget, NamedAttackOptions, NamedAttackResult, NamedTarget } from "./named/request.ts";
export { namedAttack } from "./named/run.ts";
export { ATTACKS, type AttackName } from "./named/table.ts";
export type { Question } from "./question.ts";
export {
  type CertificateAnswer,
  type CertificateQuestion,
  type RobustAccuracy,
  type RobustAccuracyOptions,
  type RobustVerdict,
  robustAccuracy,
} from "./robust/accuracy.ts";
export type { EnsembleMember, EnsembleVerdict } from "./robust/ensemble.ts";
export type { SearchResult, SearchTrace } from "./search-rows.ts";
export { type AttackSummary, summarize } from "./summary.ts";
export type { AnswerTarget, AttackResult, AttackStop, AttackTarget, ScoreTarget } from "./target.ts";
export { needsScores, TARGET_RULES, type TargetContext, type TargetRule, targetLabels } from "./targets.ts";
