import { generated } from "./generated.ts";
import { large } from "./large.ts";
import type { Problem } from "./problem.ts";
import { small } from "./small.ts";

export { driver, rosenbrockObjective } from "./large.ts";
export type { Problem } from "./problem.ts";

/** The 33 problems of the shared set. */
export const problems: Problem[] = [...small, ...large, ...generated];
