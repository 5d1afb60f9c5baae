/**
 * A target whose scores are flat at its image, the middle of the box, so that the differences of two scores say little about which
 * label is near. Along one direction labels 1 and 2 bend upwards; along another all scores but the last are as good as flat, and
 * fall a little where the last begins to rise.
 */
import type { ScoreTarget } from "../../src/attacks/index.ts";
import { scoreTargetOf } from "./score-targets.ts";

export const SATURATED = {
  size: 64,
  /** The last label, and the radius at which it equals label 0, the answer at the image: 1 = 20 (m - 0.2). */
  hidden: 9,
  least: 0.25,
  /** The radius at which label 1 does: 1 = 2.4 t + 4 (t - 0.2). */
  plain: 0.28125,
} as const;

/** Of means of signed changes, orthogonal to each other. */
const alternate = (i: number) => (i % 2 === 0 ? 1 : -1);
const inPairs = (i: number) => (i % 4 < 2 ? 1 : -1);

const { size } = SATURATED;
const along = (sign: (i: number) => number, by: number) =>
  Array.from({ length: size }, (_, i) => (by * sign(i)) / size);
const mean = (row: Float32Array, sign: (i: number) => number) =>
  row.reduce((sum, v, i) => sum + sign(i) * (v - 0.5), 0) / size;

const FLAT = along(inPairs, 0);
const FALL = along(inPairs, -0.1);
const RISE = along(inPairs, 20);
const PLAIN = [1, 2].map((k) => along(alternate, 2.4 / k));
const BENT = [1, 2].map((k) => along(alternate, 6.4 / k));

export function saturatedTarget(): ScoreTarget {
  return scoreTargetOf(size, 10, (row) => {
    const t = mean(row, alternate);
    const m = mean(row, inPairs);
    const [isBent, isRising] = [t > 0.2, m > 0.2];
    const bent = isBent ? 6.4 * t - 0.8 : 2.4 * t;
    const fall = new Array<number>(6).fill(-0.1 * m);
    return {
      logits: [1, bent, bent / 2, ...fall, isRising ? 20 * (m - 0.2) : 0],
      jacobian: [FLAT, ...(isBent ? BENT : PLAIN), ...fall.map(() => FALL), isRising ? RISE : FLAT],
    };
  });
}
