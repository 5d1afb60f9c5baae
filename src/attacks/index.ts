export { type AnnealSchedule, EFFORTS, type EffortName } from "./effort.ts";
export { type LbfgsAttackOptions, lbfgsAttack } from "./lbfgs.ts";
export type { AttackResult, AttackStop, AttackTarget } from "./target.ts";
