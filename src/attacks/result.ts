/** The result of an attack before it begins. */
import type { Labels } from "../check.ts";
import type { AttackResult, AttackStop } from "./target.ts";

/** The result before any search: each row is its image, nothing is found. */
export function emptyResult(rows: Float32Array, labels: Labels): AttackResult {
  const count = labels.length;
  return {
    rows: rows.slice(),
    success: new Uint8Array(count),
    distortion: new Float64Array(count).fill(Number.NaN),
    targets: Int32Array.from(labels),
    evaluations: new Uint32Array(count),
    iterations: new Uint32Array(count),
    penalty: new Float64Array(count).fill(Number.NaN),
    stop: new Array<AttackStop>(count).fill("not-found"),
  };
}
