/**
 * EAD [Chen et al. 2018, algorithm 1]. The extrapolated point is cut by the box, like every point that is asked about; or it is free,
 * and the model is asked at the nearest point of the box.
 */
import { add, clip, lack, lackWeights, minus, norms, type Task, times } from "./common.ts";

export function ead(
  task: Task,
  {
    searches,
    steps,
    constant,
    isFree = false,
  }: { searches: number; steps: number; constant: number; isFree?: boolean },
): number[][] {
  const { model, image } = task;
  const points: number[][] = [];
  let [low, high, c] = [0, Number.POSITIVE_INFINITY, constant];
  for (let s = 0; s < searches; s++) {
    let [x, y] = [[...image], [...image]];
    let isFound = false;
    let before = Number.POSITIVE_INFINITY;
    for (let k = 0; k < steps; k++) {
      const asked = clip(y);
      points.push(asked);
      const scores = model.scores(asked);
      const missing = lack(task, scores);
      const change = minus(y, image);
      if (k % Math.ceil(steps / 10) === 0) {
        const loss = c * Math.max(0, missing) + norms.l2(change) ** 2 + 0.001 * norms.l1(change);
        if (loss > 0.9999 * before) break;
        before = loss;
      }
      const slope = missing > 0 ? times(c, model.gradient(asked, lackWeights(task, scores))) : image.map(() => 0);
      const rate = 0.01 * Math.sqrt(1 - k / steps);
      const stepped = minus(y, times(rate, add(slope, times(2, change))));
      const shrunk = minus(stepped, image).map((d) => Math.sign(d) * Math.max(0, Math.abs(d) - 0.001));
      const next = clip(add(image, shrunk));
      points.push(next);
      if (lack(task, model.scores(next)) < 0) isFound = true;
      const ahead = add(next, times(k / (k + 3), minus(next, x)));
      y = isFree ? ahead : clip(ahead);
      x = next;
    }
    if (isFound) high = Math.min(high, c);
    else low = Math.max(low, c);
    c = high < Number.POSITIVE_INFINITY ? (low + high) / 2 : 10 * c;
  }
  return points;
}
