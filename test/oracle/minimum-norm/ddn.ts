/** DDN [Rony et al. 2019, algorithm 1]. */
import { add, clipChange, cosine, crossEntropyWeights, lack, norms, type Task, times } from "./common.ts";

export function ddn(task: Task, steps: number): number[][] {
  const { model, image, label, isTargeted } = task;
  const farthest = norms.l2(image.map((x) => Math.max(x, 1 - x)));
  const points: number[][] = [];
  let change = image.map(() => 0);
  let radius = 1;
  for (let k = 0; k < steps; k++) {
    const x = add(image, change);
    points.push(x);
    const scores = model.scores(x);
    const gradient = model.gradient(x, times(isTargeted ? -1 : 1, crossEntropyWeights(label, scores)));
    const rate = 0.01 + 0.99 * cosine(k, steps);
    change = add(change, times(rate / norms.l2(gradient), gradient));
    radius = Math.min(farthest, radius * (lack(task, scores) < 0 ? 0.95 : 1.05));
    change = clipChange(image, times(radius / norms.l2(change), change));
  }
  return points;
}
