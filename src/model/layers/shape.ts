/** Shapes: how many numbers they hold, and how many they may. */
import { outOfRange } from "../../check.ts";

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Numbers that one value of a row may have, 256 MiB, and one parameter, 4 GiB. */
const VALUE_LIMIT = 2 ** 26;
export const PARAMETER_LIMIT = 2 ** 30;

/** Refuses a shape of more numbers than a value of one row may have: nothing is reserved because a configuration says so. */
export function requireNumbers(subject: string, shape: readonly number[], limit = VALUE_LIMIT): void {
  const numbers = sizeOf(shape);
  if (numbers <= limit) return;
  outOfRange(subject, `at most ${limit} numbers`, `${numbers}, ${4 * numbers} bytes, for [${shape.join(", ")}]`);
}
