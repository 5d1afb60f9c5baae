/** The attack's minimiser: known optima in a box, Armijo at each step, a history that follows a change of f, its ends. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import type { Box } from "../../src/optimize/bounds.ts";
import type { History32 } from "../../src/optimize/history.ts";
import { ProjectedLbfgs, type ProjectedRun } from "../../src/optimize/projected.ts";
import { type F32Pointer, offset32, Workspace } from "../../src/wasm/index.ts";
import { exact } from "../oracle/tracked.ts";
import { twoLoop } from "../oracle/two-loop.ts";
import { g as gamma, U32, U64 } from "../support/bounds.ts";
import { noise64 } from "../support/noise.ts";

/** Writes the gradient and returns the value. */
type Objective = (x: Float64Array, g: Float64Array) => number;

/** An accepted or refused trial, as its caller sees it. */
interface Trial {
  x: Float64Array;
  g: Float64Array;
  f: number;
  accepted: boolean;
}

const RUN: ProjectedRun = { tolerance: 0, maxIterations: 1000, noise: 0 };
const MEMORY = 5;

/** A solver and its box in a workspace, the point and gradient of its start written, and its vectors by hand. */
function setUp(fg: Objective, start: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>, width = 1) {
  const workspace = new Workspace();
  const { arena } = workspace;
  const used = start.length;
  const n = Math.ceil(used / 8) * 8;
  const vector = (values: ArrayLike<number>) => {
    const at = arena.allocateF32(n);
    arena.f32(at, n).fill(0).set(values);
    return at;
  };
  const box: Box = { n, lower: vector(lower), upper: vector(upper), width };
  const solver = new ProjectedLbfgs(workspace, box, MEMORY);
  const read = (at: F32Pointer) => Float64Array.from(arena.f32(at, used));
  /** The value at a point, with the gradient written to `g` in f32. */
  const evaluate = (x: Float64Array, g: F32Pointer, of = fg) => {
    const slope = new Float64Array(used);
    const f = of(x, slope);
    arena.f32(g, used).set(slope);
    return f;
  };
  arena.f32(solver.x, used).set(start);
  solver.f = evaluate(read(solver.x), solver.g);
  const first: Trial = { x: read(solver.x), g: read(solver.g), f: solver.f, accepted: true };
  /** Runs to the end; the start comes first. */
  const run = (settings: Partial<ProjectedRun> = {}): Trial[] => {
    const trials = [first];
    solver.start({ ...RUN, ...settings });
    while (solver.stop === undefined) {
      const x = read(solver.ask());
      const f = evaluate(x, solver.gradient);
      const g = read(solver.gradient);
      trials.push({ x, g, f, accepted: solver.tell(f) });
    }
    return trials;
  };
  return { solver, arena, vector, read, run, evaluate, used, n };
}

/** f = sum a_i (x_i - t_i)^2 / 2 */
function bowl(a: ArrayLike<number>, t: ArrayLike<number>): Objective {
  return (x, g) =>
    x.reduce((sum, v, i) => {
      const r = v - (t[i] as number);
      g[i] = (a[i] as number) * r;
      return sum + ((a[i] as number) * r * r) / 2;
    }, 0);
}

/** Extended Rosenbrock (More, Garbow, Hillstrom 21). */
const rosenbrock: Objective = (x, g) => {
  let f = 0;
  for (let i = 0; i + 1 < x.length; i += 2) {
    const [a, b] = [x[i] as number, x[i + 1] as number];
    const t = b - a * a;
    f += 100 * t * t + (1 - a) * (1 - a);
    g[i] = -400 * a * t - 2 * (1 - a);
    g[i + 1] = 200 * t;
  }
  return f;
};

/** f = |B (x - t)|^2 / 2 for a random B whose first row is the heaviest: every variable pulls at every other. */
function coupled(n: number, seed: number, reach: number): Objective {
  const b = noise64(n * n, seed);
  const t = noise64(n, seed + 1, reach);
  return (x, g) => {
    g.fill(0);
    let f = 0;
    for (let row = 0; row < n; row++) {
      let r = 0;
      const weight = row === 0 ? 900 : 1;
      for (let i = 0; i < n; i++) r += (b[row * n + i] as number) * ((x[i] as number) - (t[i] as number));
      for (let i = 0; i < n; i++) g[i] = (g[i] as number) + weight * (b[row * n + i] as number) * r;
      f += (weight * r * r) / 2;
    }
    return f;
  };
}

const fill = (n: number, value: number) => new Float64Array(n).fill(value);

describe("known optima", () => {
  for (const n of [1, 7, 8, 20]) {
    test(`a bowl whose bottom lies partly outside the box ends at the clamped bottom, ${n} variables`, () => {
      const a = Float64Array.from({ length: n }, (_, i) => 1 + (i % 5) * 3);
      const t = noise64(n, 1, 2);
      const { solver, read, run } = setUp(bowl(a, t), noise64(n, 2, 0.9), fill(n, -1), fill(n, 1));
      run();
      expect(["flat", "converged"]).toContain(solver.stop);
      // What is free is where f shows it to f64: sum a_i (x_i - t_i)^2 / 2 = f - least, the roundings of both apart.
      const least = bowl(a, t)(
        t.map((v) => Math.min(Math.max(v, -1), 1)),
        new Float64Array(n),
      );
      const unseen = 2 * gamma(n + 4, U64) * least;
      let held = 0;
      read(solver.x).forEach((v, i) => {
        const bottom = Math.min(Math.max(t[i] as number, -1), 1);
        // Where nothing is left unseen, the free gradient is shorter than 1e-9, and a_i >= 1.
        if (bottom === t[i]) expect(Math.abs(v - bottom)).toBeLessThanOrEqual(Math.max(1e-9, Math.sqrt(2 * unseen)));
        else {
          expect(v).toBe(bottom);
          held++;
        }
      });
      expect(held).toBe(Array.from(t).filter((v) => Math.abs(v) > 1).length);
    });
  }

  test("Rosenbrock in a box that cuts its valley ends where the bound and the free slope say", () => {
    // x_1 <= 1/2: the minimum of 100 (x_2 - x_1^2)^2 + (1 - x_1)^2 is (1/2, 1/4).
    const { solver, read, run } = setUp(rosenbrock, [-1.2, 1], [-2, -2], [0.5, 2]);
    run();
    const [x1, x2] = read(solver.x) as unknown as [number, number];
    expect(x1).toBe(0.5);
    // The free gradient, 200 (x_2 - x_1^2), is at most what ends a run, or a decrease was too small to see.
    expect(Math.abs(x2 - 0.25)).toBeLessThanOrEqual(1e-8);
    expect(["flat", "converged"]).toContain(solver.stop);
  });
});

test("each accepted step is in the box and lowers f by a share of what its slope promised; refused ones do not", () => {
  const seen = { accepted: 0, refused: 0, uphill: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const n = 6;
    const { run, solver } = setUp(coupled(n, seed, 3), noise64(n, seed + 100, 0.5), fill(n, -0.5), fill(n, 0.5));
    const [start, ...trials] = run({ tolerance: 1e-12, noise: 2 ** -46 });
    let from = start as Trial;
    let turned = false;
    for (const trial of trials) {
      expect(trial.x.every((v) => v >= -0.5 && v <= 0.5)).toBe(true);
      const terms = trial.x.map((v, i) => (from.g[i] as number) * (v - (from.x[i] as number)));
      const promised = terms.reduce((sum, term) => sum + term, 0);
      // The solver sums them in another order.
      const rounding = gamma(n + 2, U64) * terms.reduce((sum, term) => sum + Math.abs(term), 0);
      const excess = trial.f - from.f - 1e-4 * promised;
      const unsure = 1e-4 * rounding + U64 * Math.abs(from.f);
      turned = promised > rounding; // the box bent the step: the slope along it points uphill
      if (turned) seen.uphill++;
      if (trial.accepted) {
        expect(turned).toBe(false);
        expect(excess).toBeLessThanOrEqual(unsure);
        from = trial;
        seen.accepted++;
      } else {
        expect(excess >= -unsure || promised >= -rounding).toBe(true);
        seen.refused++;
      }
    }
    // A step that was turned uphill is a reason for a shorter one, and none to see noise.
    if (turned) expect(solver.stop).not.toBe("noise");
  }
  expect(seen.accepted).toBeGreaterThan(100);
  expect(seen.uphill).toBeGreaterThan(10);
  expect(seen.refused).toBeGreaterThan(seen.uphill);
});

test("addQuadratic changes f, gradient and history to those of the changed function, and the run goes on with them", () => {
  const n = 12;
  const change = 0.7;
  const a = noise64(n, 5).map(Math.fround);
  const { solver, vector, read, run, arena } = setUp(rosenbrock, noise64(n, 6, 1.5), fill(n, -2), fill(n, 2));
  const points = run({ maxIterations: MEMORY + 3 }).filter(({ accepted }) => accepted);
  expect(solver.stop).toBe("max-iterations");
  const { history } = solver.curvature as unknown as { history: History32 };
  expect(history.pairs).toBe(MEMORY);
  const slot = (rows: F32Pointer, back: number) =>
    read(offset32(rows, arenaLength(n) * ((history.newest - back + history.slots) % history.slots)));
  const steps = Array.from({ length: MEMORY }, (_, back) => slot(history.s, back));
  const before = Array.from({ length: MEMORY }, (_, back) => slot(history.y, back));

  const changed: Objective = (x, g) => {
    let f = rosenbrock(x, g);
    x.forEach((v, i) => {
      const r = v - (a[i] as number);
      f += (change / 2) * r * r;
      g[i] = (g[i] as number) + change * r;
    });
    return f;
  };
  solver.addQuadratic(change, vector(a));

  const g = new Float64Array(n);
  const value = changed(read(solver.x), g);
  expect(Math.abs(solver.f - value)).toBeLessThanOrEqual((gamma(4 * n, U64) + 2 * U32) * value); // both sums of squares, of r rounded to f32
  read(solver.g).forEach((slope, i) => {
    const size = Math.abs(g[i] as number) + 4 * change * 2; // |x| <= 2, |a| <= 1
    expect(Math.abs(slope - (g[i] as number))).toBeLessThanOrEqual(gamma(8, U32) * size);
  });
  let compared = 0;
  for (let back = 0; back < MEMORY; back++) {
    const [newer, older] = [points.at(-1 - back), points.at(-2 - back)] as [Trial, Trial];
    const now = slot(history.y, back);
    now.forEach((y, i) => {
      // y + change s, rounded as f32 rounds it; s and y are those of the points passed.
      const s = Math.fround((newer.x[i] as number) - (older.x[i] as number));
      expect(steps[back]?.[i]).toBe(s);
      expect(before[back]?.[i]).toBe(Math.fround((newer.g[i] as number) - (older.g[i] as number)));
      expect(y).toBe(Math.fround((before[back]?.[i] as number) + Math.fround(Math.fround(change) * s)));
      compared++;
    });
  }
  expect(compared).toBe(n * MEMORY);
  expect(
    arena
      .f32(solver.x, arenaLength(n))
      .slice(n)
      .every((v) => Object.is(v, 0)),
  ).toBe(true); // the padding
});

test("a step without curvature leaves a full history as it was, and the next direction is that of all its pairs", () => {
  const n = 12;
  const { solver, read, run, evaluate } = setUp(rosenbrock, noise64(n, 6, 1.5), fill(n, -100), fill(n, 100));
  run({ maxIterations: MEMORY + 3 });
  const { history } = solver.curvature as unknown as { history: History32 };
  const width = arenaLength(n);
  const row = (rows: F32Pointer, age: number) => [
    ...read(offset32(rows, ((history.head + age) % history.slots) * width)),
  ];
  const state = () => ({
    pairs: history.pairs,
    oldestFirst: Array.from({ length: MEMORY }, (_, age) => ({ s: row(history.s, age), y: row(history.y, age) })),
  });
  const before = state();
  expect(before.pairs).toBe(MEMORY);

  // f = b'x - |x|^2 / 2 bends down everywhere: y = -s, and each step lowers it by more than the slope says.
  const b = noise64(n, 7).map(Math.fround);
  const hill: Objective = (x, g) => x.reduce((sum, v, i) => sum + hillTerm(v, b[i] as number, i, g), 0);
  solver.f = evaluate(read(solver.x), solver.g, hill);
  solver.start(RUN);
  const [x, slope] = [read(solver.x), read(solver.g)];
  const asked = read(solver.ask());
  expect(solver.tell(evaluate(asked, solver.gradient, hill))).toBe(true);
  const curvature = asked.reduce((sum, v, i) => {
    return sum + (v - (x[i] as number)) * ((read(solver.g)[i] as number) - (slope[i] as number));
  }, 0);
  expect(curvature).toBeLessThan(0);

  expect(state()).toEqual(before);
  const direction = twoLoop(before.oldestFirst, [...read(solver.g)], 1);
  const here = read(solver.x);
  read(solver.ask()).forEach((v, i) => {
    const d = direction[i] ?? exact(Number.NaN);
    // Twice: what the oracle's own rounding is bounded by, in the unit of f32, bounds that of the solver, too.
    const bound = 2 * (U32 / U64) * d.error + U32 * (Math.abs(here[i] as number) + 2 * Math.abs(d.value));
    expect(Math.abs(v - (here[i] as number) - d.value)).toBeLessThanOrEqual(bound + U32 * Math.abs(v));
  });
});

test("a box wider by a power of two, and f to scale, take the same course to the bit", () => {
  const course = (width: number) => {
    const scaled: Objective = (x, g) => {
      const slope = new Float64Array(g.length);
      const f = rosenbrock(
        x.map((v) => v / width),
        slope,
      );
      slope.forEach((v, i) => {
        g[i] = v / width;
      });
      return f;
    };
    const of = (values: ArrayLike<number>) => Array.from(values, (v) => v * width);
    const { run } = setUp(scaled, of([-1.25, 1, 0.5, -0.25]), of([-2, -2, -2, -2]), of([2, 2, 2, 2]), 4 * width);
    return run({ maxIterations: 20 }).map(({ x, f }) => [f, ...x.map((v) => v / width)]);
  };
  const narrow = course(1);
  expect(narrow.length).toBeGreaterThan(20);
  for (const width of [2 ** -10, 256]) expect(course(width)).toEqual(narrow);
});

/** b v - v^2 / 2, and its slope at i. */
function hillTerm(v: number, b: number, i: number, g: Float64Array): number {
  g[i] = b - v;
  return b * v - (v * v) / 2;
}

function arenaLength(n: number): number {
  return Math.ceil(n / 8) * 8;
}

describe("every stop", () => {
  test("flat: a start at the optimum, or in a corner with the gradient pointing out, asks for nothing", () => {
    for (const [start, bottom] of [
      [0.25, 0.25],
      [1, 3],
    ] as const) {
      const { solver, run } = setUp(bowl([1, 2], [bottom, bottom]), [start, start], [-1, -1], [1, 1]);
      expect(run()).toHaveLength(1);
      expect([solver.stop, solver.iterations]).toEqual(["flat", 0]);
    }
  });

  test("converged: an iteration lowers f by less than the share asked for", () => {
    const { solver, run } = setUp(rosenbrock, [-1.2, 1], [-2, -2], [2, 2]);
    const tolerance = 0.01;
    const values = run({ tolerance })
      .filter(({ accepted }) => accepted)
      .map(({ f }) => f);
    expect(solver.stop).toBe("converged");
    const shares = values.slice(1).map((f, i) => ((values[i] as number) - f) / (values[i] as number));
    expect(shares.at(-1)).toBeLessThanOrEqual(tolerance);
    expect(shares.slice(0, -1).every((share) => share > tolerance)).toBe(true);
    expect(shares.length).toBeGreaterThan(1);
  });

  test("max-iterations: as many accepted steps as allowed, refused ones apart", () => {
    const { solver, run } = setUp(rosenbrock, [-1.2, 1], [-2, -2], [2, 2]);
    const trials = run({ maxIterations: 3 });
    expect([solver.stop, solver.iterations]).toEqual(["max-iterations", 3]);
    expect(trials.filter(({ accepted }) => accepted)).toHaveLength(4); // the start is one
  });

  test("noise: f that is a constant in f32 is not searched for a decrease that cannot be seen", () => {
    const constant: Objective = (x, g) => {
      x.forEach((v, i) => {
        g[i] = 2 ** -20 * v;
      });
      return 1 + (x.some((v) => v !== 0.5) ? 2 ** -23 : 0); // the start is lower by a last place of f32
    };
    const { solver, run } = setUp(constant, [0.5, 0.5], [-1, -1], [1, 1]);
    expect(run({ noise: 2 ** -22 })).toHaveLength(2);
    expect([solver.stop, solver.iterations]).toEqual(["noise", 0]);
  });

  test("line-search-failed: twelve trials along a gradient that lies", () => {
    const lying: Objective = (x, g) => {
      const f = bowl([1, 1], [-3, -3])(x, g);
      for (let i = 0; i < g.length; i++) g[i] = -(g[i] as number);
      return f;
    };
    const { solver, run } = setUp(lying, [0, 0], [-1, -1], [1, 1]);
    expect(run()).toHaveLength(1 + 12);
    expect([solver.stop, solver.iterations]).toEqual(["line-search-failed", 0]);
    expect(solver.f).toBe(9);
  });
});

test("a forgotten history is no history: the next run begins along the gradient, as a new solver does", () => {
  const used = setUp(rosenbrock, [-1.2, 1, 0.3, -0.4], fill(4, -2), fill(4, 2));
  used.run({ maxIterations: 6 });
  const here = used.read(used.solver.x);
  used.solver.forget();
  used.solver.start(RUN);
  const asked = used.read(used.solver.ask());
  const fresh = setUp(rosenbrock, here, fill(4, -2), fill(4, 2));
  fresh.solver.start(RUN);
  expect([...asked]).toEqual([...fresh.read(fresh.solver.ask())]);
});
