/** Three ways to the same direction: two-loop recursion, compact representation, the n x n matrix. */
import { describe, expect, test } from "vitest";
import { Lbfgs, Lbfgsb, type LbfgsbState, type LbfgsState } from "../../src/optimize/index.ts";
import { offset64, solverWorkspace } from "../../src/wasm/index.ts";
import { bfgs, condition, dotOf, solveDense, targetDense } from "./dense-oracle.ts";
import { type Problem, problems } from "./problems/index.ts";
import { generator, problem, squares, vector } from "./problems/problem.ts";

const norm = (a: number[]) => Math.sqrt(dotOf(a, a));
const distance = (a: ArrayLike<number>, b: number[]) => norm(b.map((v, i) => v - (a[i] as number)));

/** The states of a run at which a new direction has just been made. */
function statesOf<S extends LbfgsState | LbfgsbState>(run: { snapshot(): S } & (Lbfgs | Lbfgsb), { fg }: Problem): S[] {
  const states: S[] = [];
  const g = new Float64Array(run.n);
  while (!run.done) {
    run.tell(fg(run.ask(), g), g);
    const state = run.snapshot();
    if (state.search && state.trials === 1) states.push(state);
  }
  return states;
}

/** The pairs of a state, oldest first. */
function pairsOf({ n, steps, differences }: LbfgsbState | LbfgsState, head: number, capacity: number) {
  const count = steps.length / n;
  return Array.from({ length: count }, (_, j) => {
    const slot = (head + j) % capacity;
    return {
      s: [...steps.subarray(slot * n, (slot + 1) * n)],
      y: [...differences.subarray(slot * n, (slot + 1) * n)],
    };
  });
}
const scaleOf = (pairs: { s: number[]; y: number[] }[]) => {
  const last = pairs.at(-1);
  return last ? dotOf(last.y, last.y) / dotOf(last.s, last.y) : 1;
};

/**
 * How far two solutions of a system with matrix B may lie apart, relative to the solution: each way makes O(n m) roundings
 * that the condition of B amplifies.
 */
const tolerance = (b: number[][], pairs: number) => 4 * b.length * (pairs + 1) * Number.EPSILON * condition(b);

const named = (name: string) => problems.find((p) => p.name === name) as Problem;
const unbounded = ({ name, start, fg }: Problem) => problem(name, start, fg);

/** A nonlinear least squares problem in a random box: variables meet and leave their bounds. */
function randomProblem(seed: number, n: number): Problem {
  const { sym } = generator(seed);
  const a = Array.from({ length: n + 3 }, () => Array.from({ length: n }, sym));
  const b = Array.from({ length: n + 3 }, () => 3 * sym());
  const fg = squares((x, add) => {
    a.forEach((row, i) => {
      add(dotOf(row, x) - (b[i] as number), row);
    });
    x.forEach((v, i) => {
      add(
        v * v - 0.5,
        x.map((_, j) => (i === j ? 2 * v : 0)),
      );
    });
  });
  const [low, high] = [vector(n, () => -1 + 0.9 * sym()), vector(n, () => 1 + 0.9 * sym())];
  return problem(
    `random ${seed}`,
    vector(n, () => 2 * sym()),
    fg,
    (i) => (i % 5 === 0 ? Number.NEGATIVE_INFINITY : (low[i - 1] as number)),
    (i) => (i % 7 === 0 ? Number.POSITIVE_INFINITY : i % 6 === 0 ? (low[i - 1] as number) : (high[i - 1] as number)),
  );
}

describe("without bounds", () => {
  for (const name of ["driver_n25", "variably_dim_n20", "discrete_bv_n50", "wood"]) {
    test(`two-loop recursion, compact representation and dense matrix agree on ${name}`, () => {
      const free = unbounded(named(name));
      const memory = 5;
      const { kernels, arena } = solverWorkspace();
      const states = statesOf(new Lbfgsb(free.start, { memory, maxIterations: 25 }), free);
      let checked = 0;
      for (const state of states) {
        const { n } = state;
        const pairs = pairsOf(state, state.head, memory);
        const g = [...state.gradient];
        const b = bfgs(scaleOf(pairs), pairs, n);
        const dense = solveDense(
          b,
          g.map((v) => -v),
        );
        const allowed = tolerance(b, pairs.length);
        if (allowed > 1e-3) continue;
        // The solver forms z = x + d and takes d = z - x, as the original does: rounding of the size of x.
        const rounding = Number.EPSILON * (norm([...state.x]) + norm(dense));
        expect(distance(state.direction, dense)).toBeLessThanOrEqual(allowed * norm(dense) + rounding);

        const padded = Math.ceil(n / 8) * 8;
        const top = arena.mark();
        const [s, y] = [arena.allocateF64(padded * memory), arena.allocateF64(padded * memory)];
        const vector = () => arena.allocateF64(padded + 4 * memory);
        const [mask, at, d, work] = [arena.allocateI64(padded), vector(), vector(), vector()];
        for (const block of [s, y]) arena.f64(block, padded * memory).fill(0);
        arena.masks(mask, padded).fill(-1);
        arena.f64(at, padded).fill(0);
        arena.f64(at, padded).set(g);
        pairs.forEach((pair, j) => {
          arena.f64(offset64(s, padded * j), n).set(pair.s);
          arena.f64(offset64(y, padded * j), n).set(pair.y);
        });
        const newest = Math.max(0, pairs.length - 1);
        const slope = kernels.two_loop_f64(
          padded,
          pairs.length,
          { capacity: memory, newest, s, y },
          mask,
          at,
          d,
          1,
          work,
        );
        expect(distance(arena.f64(d, n), dense)).toBeLessThanOrEqual(allowed * norm(dense));
        expect(Math.abs(slope - dotOf(g, dense))).toBeLessThanOrEqual(allowed * norm(g) * norm(dense));
        arena.release(top);
        checked++;
      }
      expect(checked).toBeGreaterThan(10);
    });
  }

  test("lbfgs and minimize therefore take the same steps until rounding tells them apart", () => {
    const free = unbounded(named("driver_n25"));
    const ours = statesOf(new Lbfgs(free.start, { memory: 5 }), free);
    const theirs = statesOf(new Lbfgsb(free.start, { memory: 5 }), free);
    for (let k = 0; k < 15; k++) {
      const [a, b] = [ours[k] as LbfgsState, theirs[k] as LbfgsbState];
      expect(a.evaluations).toBe(b.evaluations);
      expect(Math.abs(a.f - b.f)).toBeLessThanOrEqual(1e-6 * b.f);
    }
  });
});

describe("in a box", () => {
  const cases = [
    named("driver_n25"),
    named("brown_almost_linear_n10"),
    named("discrete_bv_n50"),
    named("nnls_60x30"),
    named("hs45"),
    named("wood"),
    ...[1, 2, 3, 4, 5, 6].map((seed) => randomProblem(seed, 6 + 3 * seed)),
  ];
  let met = 0;
  for (const boxed of cases) {
    test(`Cauchy point and subspace step are those of the dense matrix on ${boxed.name}`, () => {
      const memory = 4;
      const [lower, upper] = [[...boxed.lower], [...boxed.upper]];
      const options = { lower, upper, memory, maxIterations: 25, factr: 0 };
      let checked = 0;
      for (const state of statesOf(new Lbfgsb(boxed.start, options), boxed)) {
        const pairs = pairsOf(state, state.head, memory);
        const b = bfgs(scaleOf(pairs), pairs, state.n);
        const x = [...state.x];
        const allowed = tolerance(b, pairs.length);
        if (allowed > 1e-3) continue;
        const target = targetDense(x, [...state.gradient], b, lower, upper);
        const step = target.map((v, i) => v - (x[i] as number));
        // The Cauchy point adds its own roundings, of the size of x.
        const size = norm(step) + norm(x);
        expect(distance(state.direction, step)).toBeLessThanOrEqual(allowed * size);
        if (target.some((v, i) => v === lower[i] || v === upper[i])) met++;
        checked++;
      }
      expect(checked).toBeGreaterThan(2);
    });
  }

  test("and bounds were met on the way", () => {
    expect(met).toBeGreaterThan(20);
  });
});
