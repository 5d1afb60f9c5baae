/**
 * HopSkipJump once more, scalar and in f64, written from Chen, Jordan & Wainwright, S&P 2020, algorithms 1 and 2, with the geometric
 * steps of its section IV. It takes the directions that it is given, and returns every point that it asks about.
 */

type Point = readonly number[];

export interface BoundaryProblem {
  norm: "l2" | "linf";
  image: Point;
  /** +1 where the point is a success, -1 elsewhere. */
  phi(x: Point): 1 | -1;
  /** The directions of round t, of length 1 in L2. */
  directions(t: number, count: number): Point[];
  /** A success to begin with. */
  start: Point;
  /** Points of the first estimate. */
  points: number;
}

const boxed = (x: Point) => x.map((v) => Math.min(1, Math.max(0, v)));
const minus = (a: Point, b: Point) => a.map((v, i) => v - (b[i] as number));

export function hopSkipJump(problem: BoundaryProblem, queries: number): Point[] {
  const { norm, image } = problem;
  const d = image.length;
  const theta = norm === "l2" ? d ** -1.5 : d ** -2;
  const far = (x: Point) =>
    norm === "l2" ? Math.hypot(...minus(x, image)) : Math.max(...minus(x, image).map(Math.abs));
  const asked: Point[] = [];
  const phi = (x: Point) => {
    asked.push(x);
    return problem.phi(x);
  };
  /** Algorithm 1: Pi_alpha is on the line to the image in L2, and cut by a cube around it in L-infinity. */
  const bisect = (from: Point): Point => {
    const r = minus(from, image);
    const at = (share: number) =>
      image.map((v, i) => {
        const limit = share * far(from);
        return v + (norm === "l2" ? share * (r[i] as number) : Math.min(limit, Math.max(-limit, r[i] as number)));
      });
    let [low, high] = [0, 1];
    while (high - low > theta && asked.length < queries) {
      const middle = (low + high) / 2;
      if (phi(at(middle)) === 1) high = middle;
      else low = middle;
    }
    return at(high);
  };
  let x = problem.start;
  for (let t = 1; asked.length < queries; t++) {
    const before = far(x);
    x = bisect(x);
    const xi0 = far(x) / Math.sqrt(t);
    const delta = t === 1 ? 0.1 : before * theta * (norm === "l2" ? Math.sqrt(d) : d);
    const count = Math.min(10_000, Math.floor(problem.points * Math.sqrt(t)), queries - asked.length);
    const at = x;
    const tried = problem.directions(t, count).map((u) => boxed(at.map((v, i) => v + delta * (u[i] as number))));
    const answers = tried.map(phi);
    const us = tried.map((p) => minus(p.map(Math.fround), at).map((v) => v / delta));
    const mean = answers.reduce<number>((sum, v) => sum + v, 0) / count;
    const weights = answers.map((v) => (Math.abs(mean) === 1 ? v : v - mean));
    const sum = at.map((_, i) => us.reduce((total, u, b) => total + (weights[b] as number) * (u[i] as number), 0));
    const v = norm === "linf" ? sum.map(Math.sign) : sum.map((s) => s / Math.hypot(...sum));
    for (let [xi, k] = [xi0, 0]; k < 24 && asked.length < queries; xi /= 2, k++) {
      const next = boxed(at.map((value, i) => value + xi * (v[i] as number)));
      if (phi(next) === 1) {
        x = next;
        break;
      }
    }
  }
  return asked;
}
