/** L-BFGS-B as a function: from f and its gradient to a minimum within bounds. */
import { requireOptions } from "../check.ts";
import { Lbfgsb, type LbfgsbOptions } from "./lbfgsb.ts";
import { type Objective, type Result, RUN_OPTIONS, type RunOptions } from "./options.ts";
import { run } from "./run.ts";

/**
 * Minimises a function within bounds, from x0 or, if x0 is outside the bounds, from its projection onto them. Every point at which
 * `fg` is called lies inside the bounds exactly. Throws a TypeError or RangeError for bad arguments before the first call of
 * `fg`, and whatever `fg` throws; everything else is a status.
 */
export function minimize(fg: Objective, x0: ArrayLike<number>, options: LbfgsbOptions & RunOptions = {}): Result {
  requireOptions("minimize", options, { ...RUN_OPTIONS, lower: true, upper: true });
  const { onIteration, signal, ...settings } = options;
  return run(fg, options, (workspace) => new Lbfgsb(x0, settings, workspace));
}
