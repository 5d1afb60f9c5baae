/** Every task by its name. A new one is a file beside this one and a line here. */
import { attack } from "./attack.ts";
import { layerBound } from "./layer-bound.ts";
import { predict } from "./predict.ts";
import { train } from "./train.ts";
import { trainingRun } from "./training-run.ts";
import { unitImages } from "./unit-images.ts";

export const TASKS = { attack, layerBound, predict, train, trainingRun, unitImages };

export type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;

export type TaskInput<Name extends TaskName> = Parameters<Tasks[Name]>[0];
export type TaskOutput<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>;
export type TaskMessage<Name extends TaskName> = Parameters<Parameters<Tasks[Name]>[1]["post"]>[0];
