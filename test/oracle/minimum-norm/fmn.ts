/** FMN [Pintor et al. 2021, algorithm 1] in four norms. */
import {
  add,
  clipChange,
  cosine,
  keepLargest,
  lack,
  lackWeights,
  type Norm,
  norms,
  projectL1,
  type Task,
  times,
} from "./common.ts";

const DUAL = { l2: norms.l2, linf: norms.l1, l1: norms.linf };

function project(norm: Norm, r: readonly number[], radius: number): number[] {
  if (norm === "l0") return keepLargest(r, radius);
  if (norm === "l1") return projectL1(r, radius);
  if (norm === "linf") return r.map((v) => Math.max(-radius, Math.min(radius, v)));
  return norms.l2(r) <= radius ? [...r] : times(radius / norms.l2(r), r);
}

export function fmn(task: Task, norm: Norm, steps: number): number[][] {
  const { model, image } = task;
  const farthest = norms[norm](image.map((x) => Math.max(x, 1 - x)));
  const points: number[][] = [];
  let change = image.map(() => 0);
  let radius = norm === "l0" ? 1 : Number.POSITIVE_INFINITY;
  let best = farthest;
  let isFound = false;
  for (let k = 0; k < steps; k++) {
    const rate = 0.01 + 0.99 * cosine(k, steps);
    const factor = 0.001 + 0.049 * cosine(k, steps);
    const x = add(image, change);
    points.push(x);
    const scores = model.scores(x);
    const missing = lack(task, scores);
    const gradient = times(-1, model.gradient(x, lackWeights(task, scores)));
    const length = norms[norm](change);
    if (missing < 0) {
      isFound = true;
      best = Math.min(best, length);
      radius =
        norm === "l0"
          ? Math.min(radius - 1, Math.floor(radius * (1 - factor)), best)
          : Math.min(radius * (1 - factor), best);
    } else if (norm === "l0") radius = Math.max(radius + 1, Math.floor(radius * (1 + factor)));
    else radius = isFound ? radius * (1 + factor) : length + missing / DUAL[norm](gradient);
    radius = Math.min(Math.max(0, radius), farthest);
    change = clipChange(image, project(norm, add(change, times(rate / norms.l2(gradient), gradient)), radius));
  }
  return points;
}
