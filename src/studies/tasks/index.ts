/** Every task by its name. A new one is a file beside this one and a line here. */
import { answers } from "./answers.ts";
import { attack } from "./attack.ts";
import { auditControls } from "./audit-controls.ts";
import { benchAttack } from "./bench-attack.ts";
import { certify } from "./certify.ts";
import { corruption } from "./corruption.ts";
import { gradientChunk } from "./gradient-chunk.ts";
import { layerBound } from "./layer-bound.ts";
import { linearReadout } from "./linear-readout.ts";
import { minimal } from "./minimal-attack.ts";
import { named } from "./named-attack.ts";
import { around, pocket, pocketBalls } from "./pocket.ts";
import { robust } from "./robust.ts";
import type { Task } from "./task.ts";
import { train } from "./train.ts";
import { trainingRun } from "./training-run.ts";
import { unitImages } from "./unit-images.ts";

export const TASKS = {
  answers,
  around,
  attack,
  auditControls,
  benchAttack,
  certify,
  corruption,
  gradientChunk,
  layerBound,
  linearReadout,
  minimal,
  named,
  pocket,
  pocketBalls,
  robust,
  train,
  trainingRun,
  unitImages,
};

type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;

type Parts<T> =
  T extends Task<infer Input, infer Item, infer Progress, infer State>
    ? { input: Input; item: Item; progress: Progress; state: State }
    : never;

export type TaskInput<Name extends TaskName> = Parts<Tasks[Name]>["input"];
export type TaskItem<Name extends TaskName> = Parts<Tasks[Name]>["item"];
export type TaskProgress<Name extends TaskName> = Parts<Tasks[Name]>["progress"];
export type TaskOf<Name extends TaskName> = Tasks[Name];
