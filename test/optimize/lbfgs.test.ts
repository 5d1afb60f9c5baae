import { describe, expect, test } from "vitest";
import { Lbfgs, type LbfgsOptions, lbfgs, type Objective } from "../../src/optimize/index.ts";
import { solverWorkspace } from "../../src/wasm/index.ts";

/** Extended Rosenbrock (More, Garbow, Hillstrom 21): minimum 0 at ones. */
const rosenbrock: Objective = (x, g) => {
  let f = 0;
  for (let i = 0; i + 1 < x.length; i += 2) {
    const a = x[i] as number;
    const t = (x[i + 1] as number) - a * a;
    f += 100 * t * t + (1 - a) * (1 - a);
    g[i] = -400 * a * t - 2 * (1 - a);
    g[i + 1] = 200 * t;
  }
  return f;
};
const start = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? -1.2 : 1));

/** f(x) = sum i x_i^2 / 2, seen through f32: the noise that training has. */
const noisyBowl: Objective = (x, g) => {
  let f = 1;
  for (let i = 0; i < x.length; i++) {
    const v = Math.fround(x[i] as number);
    f = Math.fround(f + ((i + 1) * v * v) / 2);
    g[i] = Math.fround((i + 1) * v);
  }
  return f;
};

function bits(run: Lbfgs, fg: Objective): number[] {
  const g = new Float64Array(run.n);
  const seen: number[] = [];
  while (!run.done) {
    const x = run.ask();
    const f = fg(x, g);
    seen.push(f, ...x);
    run.tell(f, g);
  }
  return [...seen, run.iterations, run.evaluations, run.f, run.projectedGradient];
}

describe("lbfgs", () => {
  for (const n of [2, 8, 10, 100, 1000]) {
    test(`reaches the minimum of the extended Rosenbrock function, n = ${n}`, () => {
      const found = lbfgs(rosenbrock, start(n), { factr: 0, pgtol: 1e-9 });
      expect(found.status).toBe("converged-gradient");
      for (const v of found.x) expect(Math.abs(v - 1)).toBeLessThan(1e-8);
      expect(found.evaluations).toBeLessThan(80);
    });
  }

  test("continues from a snapshot bit for bit, wherever it is taken", () => {
    const options: LbfgsOptions = { memory: 4 };
    const whole = bits(new Lbfgs(start(10), options), rosenbrock);
    const steady = new Lbfgs(start(10), options);
    const g = new Float64Array(10);
    let between = 0;
    for (let cut = 0; !steady.done; cut++) {
      const state = structuredClone(steady.snapshot());
      if (state.trials > 1) between++;
      const rest = bits(Lbfgs.restore(state), rosenbrock);
      expect(rest).toEqual(whole.slice(11 * cut));
      steady.tell(rosenbrock(steady.ask(), g), g);
    }
    expect(between).toBeGreaterThan(0); // some were in the middle of a line search
    expect(Lbfgs.restore(steady.snapshot()).result()).toEqual(steady.result());
  });

  test("many runs live in one workspace and do not disturb one another", () => {
    const workspace = solverWorkspace();
    const runs = Array.from(
      { length: 100 },
      (_, i) =>
        new Lbfgs(
          start(10).map((v) => v + i / 100),
          {},
          workspace,
        ),
    );
    const g = new Float64Array(10);
    while (runs.some((run) => !run.done)) {
      for (const run of runs) if (!run.done) run.tell(rosenbrock(run.ask(), g), g);
    }
    runs.forEach((run, i) => {
      expect(run.result()).toEqual(
        lbfgs(
          rosenbrock,
          start(10).map((v) => v + i / 100),
        ),
      );
    });
  });

  test("says that it converged to the noise of f, near the minimum", () => {
    const x0 = Float64Array.from({ length: 50 }, (_, i) => 1 + (i % 7));
    const found = lbfgs(noisyBowl, x0, { factr: 0, pgtol: 0, noise: 2 ** -23 });
    expect(found.status).toBe("converged-noise");
    // What is left of the decrease is below a few units of the last place of f32.
    expect(found.f - 1).toBeLessThanOrEqual(8 * 2 ** -23);
  });
});
