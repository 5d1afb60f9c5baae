/**
 * The public names of `blindspot/optimize`: L-BFGS-B and L-BFGS for any function of f64.
 *
 * @module blindspot/optimize
 */
import "../wasm/inline-solvers.ts";

export type { Bound } from "./bounds.ts";
export { Lbfgs, type LbfgsOptions, type LbfgsState, lbfgs } from "./lbfgs.ts";
export { Lbfgsb, type LbfgsbOptions, type LbfgsbState } from "./lbfgsb.ts";
export { LineSearch, type LineSearchOutcome, type LineSearchState } from "./line-search.ts";
export { minimize } from "./minimize.ts";
export type { Iteration, Objective, Result, RunOptions, SolverOptions, Status } from "./options.ts";
