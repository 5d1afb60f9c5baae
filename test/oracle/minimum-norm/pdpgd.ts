/** PDPGD [Matyasko & Chau 2021, algorithm 2] with the proximal operators of four norms. */
import {
  adam,
  add,
  clipChange,
  lack,
  lackWeights,
  minus,
  type Norm,
  norms,
  projectL1,
  type Task,
  times,
} from "./common.ts";

/** The z that minimises mu ||z|| + |z - r|^2 / 2. */
function proximal(norm: Norm, r: readonly number[], mu: number): number[] {
  if (norm === "l0") return r.map((v) => (v * v >= 2 * mu ? v : 0));
  if (norm === "l1") return r.map((v) => Math.sign(v) * Math.max(0, Math.abs(v) - mu));
  if (norm === "l2") return times(Math.max(0, 1 - mu / norms.l2(r)), r);
  return minus(r, projectL1(r, mu));
}

export function pdpgd(task: Task, norm: Norm, steps: number): number[][] {
  const { model, image } = task;
  const points: number[][] = [];
  const optimizer = adam(image.length);
  let change = image.map(() => 0);
  let dual = -Math.log(0.01);
  const share = () => Math.exp(dual) / (1 + Math.exp(dual));
  let [onNorm, onClass] = [1 - share(), share()];
  for (let k = 0; k < steps; k++) {
    const x = add(image, change);
    points.push(x);
    const scores = model.scores(x);
    const missing = lack(task, scores);
    // Of softplus(max(0, m)).
    const slope = missing > 0 ? 1 / (1 + Math.exp(-missing)) : 0;
    const gradient = model.gradient(x, times(slope, lackWeights(task, scores)));
    const rate = 0.1 * 0.01 ** (k / steps);
    const { step, denominator } = optimizer(gradient, rate);
    const to = clipChange(image, minus(change, step));
    const largest = Math.max(...denominator);
    const mu = ((onNorm / onClass) * rate) / largest;
    let z = to;
    for (let j = 0; j < 5; j++) {
      const before = z;
      const metric = before.map((v, i) => v + (((to[i] as number) - v) * (denominator[i] as number)) / largest);
      z = clipChange(image, proximal(norm, metric, mu));
      const size = norms.l2(z);
      if (!(norms.l2(minus(z, before)) > 0.01 * size)) break;
    }
    change = z;
    const dualRate = 0.1 * (((steps - 1 - k) / (steps - 1)) * 0.9 + 0.1);
    dual = Math.min(-Math.log(1e-6), Math.max(Math.log(1e-6), dual + dualRate * Math.sign(missing)));
    onNorm = 0.9 * onNorm + 0.1 * (1 - share());
    onClass = 0.9 * onClass + 0.1 * share();
  }
  return points;
}
