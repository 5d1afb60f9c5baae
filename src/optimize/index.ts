import "../wasm/inline.ts";

export { Lbfgs, type LbfgsOptions, type LbfgsState, lbfgs } from "./lbfgs.ts";
export { LineSearch, type LineSearchOutcome, type LineSearchState } from "./line-search.ts";
export type { Iteration, Objective, Result, RunOptions, SolverOptions, Status } from "./options.ts";
