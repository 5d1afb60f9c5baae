/**
 * PGD and Auto-PGD once more, scalar and in f64, written from the papers: Madry et al. 2018, section 2.1, and Croce & Hein 2020,
 * algorithm 1. They return every point that they evaluate.
 */

type Point = readonly number[];

export interface AscentProblem {
  norm: "linf" | "l2" | "l1";
  image: Point;
  lower: number;
  upper: number;
  epsilon: number;
  /** The value of the loss and its gradient at a point. */
  loss(x: Point): { value: number; gradient: Point };
}

const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
const norm2 = (r: Point) => Math.hypot(...r);

/** The projection onto the intersection as each paper does it: the ball, then the box; in L1 the box, then the ball. */
export function project({ norm, image, lower, upper, epsilon }: AscentProblem, x: Point): number[] {
  const boxed = (p: Point) => p.map((v) => clip(v, lower, upper));
  if (norm === "linf")
    return boxed(x.map((v, i) => clip(v, (image[i] as number) - epsilon, (image[i] as number) + epsilon)));
  if (norm === "l2") {
    const r = x.map((v, i) => v - (image[i] as number));
    const share = Math.min(1, epsilon / norm2(r));
    return boxed(share === 1 ? x : r.map((v, i) => (image[i] as number) + share * v));
  }
  const inside = boxed(x);
  const r = inside.map((v, i) => v - (image[i] as number));
  const sum = (t: number) => r.reduce((total, v) => total + Math.max(Math.abs(v) - t, 0), 0);
  if (sum(0) <= epsilon) return inside;
  // The threshold by bisection: the sum falls from above epsilon to 0.
  let [low, high] = [0, Math.max(...r.map(Math.abs))];
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (sum(middle) > epsilon) low = middle;
    else high = middle;
  }
  return r.map((v, i) => (image[i] as number) + Math.sign(v) * Math.max(Math.abs(v) - high, 0));
}

/** The direction of length 1 that a step takes; in L1 equal parts of the `kept` features of largest slope that have room. */
function steepest({ norm, lower, upper }: AscentProblem, x: Point, g: Point, kept: number): number[] {
  if (norm === "linf") return g.map(Math.sign);
  if (norm === "l2") return g.map((v) => v / norm2(g));
  const open = g.map((v, i) => ((v > 0 ? (x[i] as number) < upper : (x[i] as number) > lower) ? Math.abs(v) : 0));
  const least = open.toSorted((a, b) => b - a)[kept - 1] as number;
  const taken = open.map((v) => v > 0 && v >= least);
  const count = taken.filter((one) => one).length;
  return g.map((v, i) => (taken[i] ? Math.sign(v) / count : 0));
}

export function projectedAscent(
  problem: AscentProblem,
  { start, steps, rate, kept = 1 }: { start: Point; steps: number; rate: number; kept?: number },
  length = problem.epsilon,
): number[][] {
  const points = [[...start]];
  for (let k = 0; k < steps; k++) {
    const x = points.at(-1) as number[];
    const d = steepest(problem, x, problem.loss(x).gradient, kept);
    points.push(
      project(
        problem,
        x.map((v, i) => v + rate * length * (d[i] as number)),
      ),
    );
  }
  return points;
}

/** Algorithm 1 of Croce & Hein, by its lines; `epsilon` is of the step, which begins at twice it. */
export function autoPgd(problem: AscentProblem, start: Point, steps: number, epsilon = problem.epsilon): number[][] {
  const w = [0, 0.22];
  for (;;) {
    const [before, last] = w.slice(-2) as [number, number];
    const next = last + Math.max(last - before - 0.03, 0.06);
    if (next > 1 + 1e-9) break;
    w.push(next);
  }
  // Products such as 0.41 * 100 are a hair above what they stand for.
  const checkpoints = w.map((p) => Math.ceil(p * steps - 1e-9));
  const step = (x: Point, eta: number, gradient: Point) => {
    const d = steepest(problem, x, gradient, 1);
    return project(
      problem,
      x.map((v, i) => v + eta * (d[i] as number)),
    );
  };
  const asked: number[][] = [[...start]];
  const gains: boolean[] = [];
  const ask = (x: Point) => {
    const { value: f, gradient } = problem.loss(x);
    return { x, f, gradient };
  };
  let eta = 2 * epsilon;
  const xs = [ask(start)];
  let best = xs[0] as (typeof xs)[number];
  let [since, etaSince, bestSince] = [0, eta, best.f];
  for (let k = 0; k < steps; k++) {
    const at = xs[k] as (typeof xs)[number];
    const z = step(at.x, eta, at.gradient);
    const before = xs[k - 1];
    const next = before
      ? project(
          problem,
          at.x.map((v, i) => v + 0.75 * ((z[i] as number) - v) + 0.25 * (v - (before.x[i] as number))),
        )
      : z;
    asked.push(next);
    let to = ask(next);
    if (to.f > best.f) best = to;
    gains.push(to.f > at.f);
    if (k > 0 && checkpoints.includes(k)) {
      const few = gains.slice(since, k).filter((one) => one).length < 0.75 * (k - since);
      const stuck = etaSince === eta && bestSince === best.f;
      [since, etaSince, bestSince] = [k, eta, best.f];
      if (few || stuck) {
        eta /= 2;
        to = best;
      }
    }
    xs.push(to);
  }
  return asked;
}
