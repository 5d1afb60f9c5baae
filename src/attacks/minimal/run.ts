/** A search that follows one objective, and where searches end. */
import type { F64Pointer } from "../../wasm/index.ts";
import type { Objective } from "../criterion.ts";
import type { Query, Reply, RowSearch } from "./lockstep.ts";
import type { Problem } from "./problem.ts";

/** Where a search ended. */
export interface Ended {
  /** f64[2,n]: the point and the gradient there. */
  readonly at: F64Pointer;
  /** The objective's value there. */
  readonly value: number;
}

/** A search that follows one objective and says what it promises. */
export interface Run extends Ended {
  /** The length that the run expects to reach, or has reached. */
  readonly promise: number;
  readonly isDone: boolean;
  /** What the first step gained of what the model promised; 0 before. */
  readonly trust: number;
  /** Begins at a point with one evaluation. */
  begin(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply>;
  /** Follows another objective from where the run is, with one evaluation; of runs whose plan has a ladder. */
  turn?(objective: Objective): Generator<Query, void, Reply>;
  /** Begins at a point itself with one evaluation, where `begin` takes no more than the gradient there. */
  resume?(problem: Problem, objective: Objective, point: F64Pointer): Generator<Query, void, Reply>;
  /** Evaluates so many times at most. */
  advance(evaluations: number): Generator<Query, void, Reply>;
}

/** A run and what it follows. */
export interface Entrant<R extends Run> {
  readonly objective: Objective;
  readonly run: R;
}

/** What is searched from where a run, a scout or a start ended, in the place of a run from there. */
export type Follow = (objective: Objective, end: Ended) => RowSearch;
