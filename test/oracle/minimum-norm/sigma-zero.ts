/** sigma-zero [Cina et al. 2024, algorithm 1]. */
import { adam, add, clipChange, cosine, lack, lackWeights, minus, norms, type Task, times } from "./common.ts";

export function sigmaZero(task: Task, steps: number): number[][] {
  const { model, image } = task;
  const points: number[][] = [];
  const optimizer = adam(image.length);
  let change = image.map(() => 0);
  let threshold = 0.3;
  for (let k = 0; k < steps; k++) {
    const x = add(image, change);
    points.push(x);
    const scores = model.scores(x);
    const missing = lack(task, scores);
    const slope = missing > 0 ? model.gradient(x, lackWeights(task, scores)) : image.map(() => 0);
    const smooth = change.map((d) => (2 * d * 0.001) / (d * d + 0.001) ** 2 / image.length);
    const gradient = add(slope, smooth);
    const { step } = optimizer(
      times(1 / Math.max(1e-12, norms.linf(gradient)), gradient),
      0.1 + 0.9 * cosine(k, steps),
    );
    change = clipChange(image, minus(change, step));
    threshold += 0.01 * (0.1 + 0.9 * cosine(k + 1, steps)) * (missing < 0 ? 1 : -1);
    threshold = Math.min(1, Math.max(0, threshold));
    change = change.map((d) => (Math.abs(d) < threshold ? 0 : d));
  }
  return points;
}
