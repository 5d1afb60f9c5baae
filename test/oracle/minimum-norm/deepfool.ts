/** DeepFool [Moosavi-Dezfooli et al. 2016, algorithm 2] and SuperDeepFool [Abdollahpoorrostami et al. 2023, algorithm 3], untargeted. */
import { add, clip, lack, minus, norms, rival, sum, type Task, times } from "./common.ts";

/** The points that were evaluated, once for the scores and once for each gradient, and where it ended. */
export interface Walk {
  points: number[][];
  end: number[];
  /** The label whose boundary the last step went to. */
  target: number;
}

export function deepfool(task: Task, norm: "l2" | "linf", start = task.image, steps = 50): Walk {
  const { model, image, label } = task;
  const before = model.scores(image);
  const others = before
    .map((_, k) => k)
    .filter((k) => k !== label)
    .sort((a, b) => (before[b] as number) - (before[a] as number))
    .slice(0, 9);
  const points: number[][] = [];
  let x = [...start];
  let target = others[0] as number;
  for (let i = 0; i < steps; i++) {
    points.push(x);
    const scores = model.scores(x);
    if (lack(task, scores) < 0) return { points, end: x, target };
    points.push(...others.map(() => x));
    const pieces = others.map((k) => {
      const w = model.gradient(
        x,
        scores.map((_, j) => (j === k ? 1 : j === label ? -1 : 0)),
      );
      const size = norm === "l2" ? norms.l2(w) : norms.l1(w);
      return { k, w, size, far: Math.abs((scores[k] as number) - (scores[label] as number)) / size };
    });
    const { k, w, size, far } = pieces.sort((a, b) => a.far - b.far)[0] as (typeof pieces)[number];
    target = k;
    const step = norm === "l2" ? times((far + 1e-4) / size, w) : times(far + 1e-4, w.map(Math.sign));
    x = clip(add(x, times(1.02, step)));
  }
  points.push(x);
  return { points, end: x, target };
}

export function superDeepfool(task: Task): number[][] {
  const { model, image, label } = task;
  const points: number[][] = [];
  let x = [...image];
  for (let i = 0; i < 100; i++) {
    const walk = deepfool(task, "l2", x, 100);
    if (walk.points.length === 1) break;
    points.push(...walk.points);
    const scores = model.scores(walk.end);
    const other = lack(task, scores) < 0 ? rival(scores, label) : walk.target;
    points.push(walk.end);
    const w = model.gradient(
      walk.end,
      scores.map((_, j) => (j === other ? 1 : j === label ? -1 : 0)),
    );
    const along = times(1 / norms.l2(w), w);
    x = clip(add(x, times(sum(along.map((v, j) => v * (minus(walk.end, image)[j] as number))), along)));
  }
  points.push(x);
  let [low, high] = [0, 1];
  for (let k = 0; k < 10; k++) {
    const middle = (low + high) / 2;
    const point = add(image, times(middle, minus(x, image)));
    points.push(point);
    if (lack(task, model.scores(point)) < 0) high = middle;
    else low = middle;
  }
  return points;
}
