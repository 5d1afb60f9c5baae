/** A smooth target of several classes, bent enough for starts to end elsewhere, and rows with its own answers for their truth. */
import { noise32, noise64 } from "./noise.ts";
import { scoreTargetOf } from "./score-targets.ts";

export const N = 21;
export const CLASSES = 5;
export const ROWS = 7;

const first = Array.from({ length: 6 }, (_, k) => Array.from(noise64(N, 10 + k)));
const second = Array.from({ length: CLASSES }, (_, k) => Array.from(noise64(6, 30 + k, 4)));

export const bent = scoreTargetOf(N, CLASSES, (row) => {
  const hidden = first.map((w) => {
    const z = w.reduce((sum, v, i) => sum + v * ((row[i] as number) - 0.5), 0);
    return { value: z / Math.sqrt(1 + z * z), slope: (1 + z * z) ** -1.5 };
  });
  return {
    logits: second.map((w) => w.reduce((sum, v, j) => sum + v * (hidden[j]?.value as number), 0)),
    jacobian: second.map((w) =>
      Array.from(row, (_, i) =>
        w.reduce((s, v, j) => s + v * (hidden[j]?.slope as number) * (first[j]?.[i] as number), 0),
      ),
    ),
  };
});

export const rows = noise32(ROWS * N, 3, 0.5).map((v) => v + 0.5);
const scores = (await bent.scores(rows)) as Float32Array;
export const truth = Array.from({ length: ROWS }, (_, r) => {
  const of = [...scores.subarray(r * CLASSES, (r + 1) * CLASSES)];
  return of.indexOf(Math.max(...of));
});
