/**
 * Which arrays of a task's input an item reads its own part of, and no other: a machine that computes a few items need not have
 * the others' rows. All other arrays are read whole.
 */
import type { TaskInput, TaskName } from "./index.ts";

interface ItemParts<Name extends TaskName> {
  /** The array's name in the input. */
  array: keyof TaskInput<Name> & string;
  /** Elements of an item's part; item i has those from i times as many. The last part may be shorter. */
  elements(input: TaskInput<Name>): number;
}

const aRow = { array: "rows", elements: (input: { model: { inputSize: number } }) => input.model.inputSize } as const;
const aChunk = {
  array: "rows",
  elements: ({ model, chunk }: { model: { inputSize: number }; chunk: number }) => chunk * model.inputSize,
} as const;

export const ITEM_PARTS: { readonly [Name in TaskName]?: ItemParts<Name> } = {
  answers: aChunk,
  attack: aRow,
  benchAttack: aRow,
  certify: aRow,
  minimal: aRow,
  named: aRow,
  robust: aRow,
  unitImages: aChunk,
};
