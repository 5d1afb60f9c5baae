/** The box that rows must lie in before an attack begins. */
import { outOfRange } from "../check.ts";

/** Requires a box with bounds that f32 holds, and rows inside it. */
export function requireRowsInBox(rows: Float32Array, lower: number, upper: number): void {
  for (const [name, value] of [
    ["lower", lower],
    ["upper", upper],
  ] as const) {
    if (!Number.isFinite(value) || Math.fround(value) !== value)
      outOfRange(name, "a finite number that f32 holds exactly", value);
  }
  if (!(lower < upper)) outOfRange("box", "lower < upper", `[${lower}, ${upper}]`);
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i] as number;
    if (!(value >= lower && value <= upper)) outOfRange(`rows[${i}]`, `a number in [${lower}, ${upper}]`, value);
  }
}
