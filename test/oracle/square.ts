/**
 * Square once more, scalar and in f64, written from Andriushchenko et al., ECCV 2020: algorithms 1 to 4. It takes the draws that it is
 * given, and returns every point that it evaluates.
 */

export interface SquareProblem {
  image: readonly number[];
  height: number;
  width: number;
  channels: number;
  epsilon: number;
  /** What is to grow. */
  loss(x: readonly number[]): number;
  /** Draws of step t, 0 the start: whole numbers below a bound, and signs. */
  draws(t: number): { below(bound: number): number; sign(): number };
}

const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

/** The share of the pixels, halved after these of 10,000 queries   [section 3.1 of the paper's appendix]. */
function share(p: number, t: number, steps: number): number {
  const at = Math.floor((t / steps) * 10000);
  return p / 2 ** [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000].filter((after) => at > after).length;
}

type Planes = number[][][];

/** Planes, lines, columns of a row of pixels. */
const planesOf = ({ height, width, channels }: SquareProblem, x: readonly number[]): Planes =>
  Array.from({ length: channels }, (_, c) =>
    Array.from({ length: height }, (_, i) =>
      Array.from({ length: width }, (_, j) => x[(i * width + j) * channels + c] as number),
    ),
  );

const rowOf = ({ height, width, channels }: SquareProblem, planes: Planes): number[] =>
  Array.from({ length: height * width * channels }, (_, k) => {
    const [c, pixel] = [k % channels, Math.floor(k / channels)];
    return ((planes[c] as number[][])[Math.floor(pixel / width)] as number[])[pixel % width] as number;
  });

/** Algorithm 1 with the steps of algorithm 3, in L-infinity. */
export function squareLinf(problem: SquareProblem, p: number, steps: number): number[][] {
  const { image, height, width, channels, epsilon } = problem;
  const within = (x: readonly number[]) =>
    x.map((v, i) => clip(clip(v, (image[i] as number) - epsilon, (image[i] as number) + epsilon), 0, 1));
  const first = problem.draws(0);
  const stripes = Array.from({ length: width * channels }, () => epsilon * first.sign());
  let best = within(image.map((v, k) => v + (stripes[k % (width * channels)] as number)));
  let least = problem.loss(best);
  const asked = [best];
  for (let t = 1; t < steps; t++) {
    const draws = problem.draws(t);
    const h = clip(Math.round(Math.sqrt(share(p, t, steps) * height * width)), 1, Math.min(height, width));
    const [r, s] = [draws.below(height - h + 1), draws.below(width - h + 1)];
    const planes = planesOf(problem, best);
    for (const plane of planes) {
      const rho = 2 * epsilon * draws.sign();
      for (const line of plane.slice(r, r + h)) for (let j = s; j < s + h; j++) line[j] = (line[j] as number) + rho;
    }
    const next = within(rowOf(problem, planes));
    asked.push(next);
    const loss = problem.loss(next);
    if (loss > least) [best, least] = [next, loss];
  }
  return asked;
}

/** Equation 2: M = floor(h1 / 2) is the middle, the rectangles around it add 1 / (k + 1)^2. */
function eta(h1: number, h2: number): number[][] {
  const at = (r: number, s: number) => {
    const from = Math.max(Math.abs(r - Math.floor(h1 / 2)), Math.abs(s - Math.floor(h2 / 2)));
    let sum = 0;
    for (let k = from; k < Math.max(Math.floor(h1 / 2), Math.floor(h2 / 2)) + 1; k++) sum += 1 / (k + 1) ** 2;
    return sum;
  };
  return Array.from({ length: h1 }, (_, r) => Array.from({ length: h2 }, (_, s) => at(r, s)));
}

/** The two bumps of a window. */
function pattern(h: number, isTurned: boolean): number[][] {
  const half = (plane: number[][]) => {
    const length = Math.hypot(...plane.flat());
    return plane.map((line) => line.map((v) => v / length));
  };
  const upper = half(eta(Math.floor(h / 2), h));
  const lower = half(eta(h - Math.floor(h / 2), h)).map((line) => line.map((v) => -v));
  const both = half([...upper, ...lower]);
  return isTurned ? both.map((line, i) => line.map((_, j) => (both[j] as number[])[i] as number)) : both;
}

/** Algorithm 1 with the steps of algorithm 4, in L2. */
export function squareL2(problem: SquareProblem, p: number, steps: number): number[][] {
  const { image, height, width, epsilon, channels } = problem;
  const placed = (delta: number[]) => {
    const length = Math.hypot(...delta);
    const scaled = delta.map((v, i) => (image[i] as number) + (epsilon * v) / length);
    return scaled.map((v) => clip(v, 0, 1));
  };
  const first = problem.draws(0);
  const start = planesOf(
    problem,
    image.map(() => 0),
  );
  const side = Math.floor(Math.min(height, width) / 5);
  for (let r = 0; r + side <= height; r += side) {
    for (let s = 0; s + side <= width; s += side) {
      const bumps = pattern(side, first.sign() > 0);
      for (const plane of start) {
        const sign = first.sign();
        for (const [i, line] of bumps.entries()) {
          for (const [j, v] of line.entries()) (plane[r + i] as number[])[s + j] = sign * v;
        }
      }
    }
  }
  let best = placed(rowOf(problem, start));
  let least = problem.loss(best);
  const asked = [best];
  for (let t = 1; t < steps; t++) {
    const draws = problem.draws(t);
    const wish = Math.max(Math.round(Math.sqrt(share(p, t, steps) * height * width)), 3);
    const h = Math.min(wish % 2 === 0 ? wish + 1 : wish, height, width);
    const [r1, s1, r2, s2] = [
      ...[draws.below(height - h + 1), draws.below(width - h + 1)],
      ...[draws.below(height - h + 1), draws.below(width - h + 1)],
    ] as [number, number, number, number];
    const bumps = pattern(h, draws.sign() > 0);
    const nu = best.map((v, i) => v - (image[i] as number));
    const left = Math.max(0, epsilon ** 2 - Math.hypot(...nu) ** 2);
    const planes = planesOf(problem, nu);
    for (const plane of planes) {
      const inFirst = (i: number, j: number) => i >= r1 && i < r1 + h && j >= s1 && j < s1 + h;
      const inSecond = (i: number, j: number) => i >= r2 && i < r2 + h && j >= s2 && j < s2 + h;
      const entries = plane.flatMap((line, i) => line.map((v, j) => ({ i, j, v })));
      const one = Math.hypot(...entries.filter(({ i, j }) => inFirst(i, j)).map(({ v }) => v));
      const both = Math.hypot(...entries.filter(({ i, j }) => inFirst(i, j) || inSecond(i, j)).map(({ v }) => v));
      const rho = draws.sign();
      const fresh = bumps.map((line, i) =>
        line.map((v, j) => rho * v + (one > 0 ? ((plane[r1 + i] as number[])[s1 + j] as number) / one : 0)),
      );
      const length = Math.hypot(...fresh.flat());
      const wanted = Math.sqrt(left / channels + both ** 2);
      for (const { i, j } of entries) {
        if (inSecond(i, j)) (plane[i] as number[])[j] = 0;
        if (inFirst(i, j)) {
          (plane[i] as number[])[j] = (wanted * ((fresh[i - r1] as number[])[j - s1] as number)) / length;
        }
      }
    }
    const next = placed(rowOf(problem, planes));
    asked.push(next);
    const loss = problem.loss(next);
    if (loss > least) [best, least] = [next, loss];
  }
  return asked;
}
