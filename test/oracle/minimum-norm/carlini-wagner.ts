/** The L2 attack of Carlini & Wagner [2017, section V.C], in the variable w of x = (tanh w + 1) / 2. */
import { adam, lack, lackWeights, minus, norms, type Task } from "./common.ts";

export function carliniWagner(
  task: Task,
  { searches, steps, constant }: { searches: number; steps: number; constant: number },
): number[][] {
  const { model, image } = task;
  const points: number[][] = [];
  const start = image.map((x) => Math.atanh((2 * x - 1) * 0.999999));
  const origin = start.map((w) => (Math.tanh(w) + 1) / 2);
  let [low, high, c] = [0, 1e10, constant];
  for (let s = 0; s < searches; s++) {
    const optimizer = adam(image.length);
    let w = [...start];
    let isFound = false;
    let before = Number.POSITIVE_INFINITY;
    for (let k = 0; k < steps; k++) {
      const x = w.map((v) => (Math.tanh(v) + 1) / 2);
      points.push(x);
      const scores = model.scores(x);
      const missing = lack(task, scores);
      if (missing < 0) isFound = true;
      const change = minus(x, origin);
      if (k % Math.ceil(steps / 10) === 0) {
        const loss = norms.l2(change) ** 2 + c * Math.max(0, missing);
        if (loss > 0.9999 * before) break;
        before = loss;
      }
      const slope = missing > 0 ? model.gradient(x, lackWeights(task, scores)) : image.map(() => 0);
      const gradient = w.map(
        (v, i) => ((2 * (change[i] as number) + c * (slope[i] as number)) * (1 - Math.tanh(v) ** 2)) / 2,
      );
      w = minus(w, optimizer(gradient, 0.01).step);
    }
    if (isFound) high = Math.min(high, c);
    else low = Math.max(low, c);
    c = high < 1e9 ? (low + high) / 2 : 10 * c;
  }
  return points;
}
