/** The parameters of some layers as one flat array, one after another. */
import { notFinite, requireLength, wrongType } from "../check.ts";
import type { Workspace } from "../wasm/index.ts";
import type { Parameter } from "./layers/index.ts";

/** How many numbers they are. */
export function countParameters(parameters: readonly Parameter[]): number {
  return parameters.reduce((sum, { size }) => sum + size, 0);
}

/** A copy of all. */
export function readParameters({ arena }: Workspace, parameters: readonly Parameter[]): Float32Array<ArrayBuffer> {
  const values = new Float32Array(countParameters(parameters));
  let position = 0;
  for (const { at, size } of parameters) {
    values.set(arena.f32(at, size), position);
    position += size;
  }
  return values;
}

/** Sets all, each rounded to f32. Refuses values that are not finite, changing nothing. */
export function writeParameters(
  { arena }: Workspace,
  parameters: readonly Parameter[],
  values: Float32Array | Float64Array,
): void {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) {
    wrongType("parameters", "a Float32Array or a Float64Array", values);
  }
  requireLength("parameters", values, countParameters(parameters));
  const rounded = new Float32Array(values);
  const bad = rounded.findIndex((value) => !Number.isFinite(value));
  let position = 0;
  for (const { name, size } of parameters) {
    if (bad >= position && bad < position + size) notFinite(`${name}[${bad - position}]`, "a finite f32", values[bad]);
    position += size;
  }
  position = 0;
  for (const { at, size } of parameters) {
    arena.f32(at, size).set(rounded.subarray(position, position + size));
    position += size;
  }
}
