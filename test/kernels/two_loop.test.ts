import { describe, expect, test } from "vitest";
import { add, dot, exact, type Tracked } from "../oracle/tracked.ts";
import { denseBfgs, type Pair, twoLoop, usable } from "../oracle/two-loop.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { address, BUILDS, type Build, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

interface Problem {
  n: number;
  capacity: number;
  newest: number;
  /** Oldest first. */
  pairs: Pair[];
  free: boolean[];
  g: number[];
  gamma: number;
}

/** Pairs of a quadratic with curvatures between 1/2 and 2, so that every one is usable on any set of variables. */
function problem(n: number, pairs: number, change: Partial<Problem> = {}): Problem {
  const history = Array.from({ length: pairs }, (_, p) => {
    const s = [...noise64(n, 100 + p)];
    const curvature = noise64(n, 200).map((v) => 2 ** v);
    return { s, y: s.map((v, i) => v * (curvature[i] as number)) };
  });
  const capacity = Math.max(pairs, 1);
  const newest = capacity - 1;
  const free = Array(n).fill(true);
  return { n, capacity, newest, pairs: history, free, g: [...noise64(n, 300)], gamma: 0.3, ...change };
}

function run(build: Build, { n, capacity, newest, pairs, free, g, gamma }: Problem) {
  const host = new Host(build);
  // The history is NaN in the slots that hold no pair.
  const history = (which: "s" | "y") => {
    const slots = new Float64Array(capacity * n).fill(Number.NaN);
    pairs.forEach((pair, p) => {
      const slot = (newest - (pairs.length - 1 - p) + capacity) % capacity;
      slots.set(pair[which], slot * n);
    });
    return host.f64(capacity * n, slots);
  };
  const [s, y, mask, gAt] = [history("s"), history("y"), host.mask(free), host.f64(n, g)];
  const [d, work] = [host.f64(n), host.f64(capacity * 2)];
  const slope = host.run(
    (k) =>
      k.two_loop_f64(n, pairs.length, { capacity, newest, s: s.at, y: y.at }, mask.at, gAt.at, d.at, gamma, work.at),
    d,
    work,
  );
  return { d: d.values(), slope };
}

/** The problem of the free variables alone. */
function gathered({ pairs, free, g }: Problem) {
  const keep = (x: readonly number[]) => x.filter((_, i) => free[i]);
  return { pairs: pairs.map(({ s, y }) => ({ s: keep(s), y: keep(y) })), g: keep(g) };
}

/** The kernel errs by no more than the oracle's own bound, the oracle by as much. */
function expectDirection(build: Build, it: Problem): void {
  const { d, slope } = run(build, it);
  const { pairs, g } = gathered(it);
  const onFree = d.filter((_, i) => it.free[i]);
  const recursion = twoLoop(pairs, g, it.gamma);
  const dense = denseBfgs(pairs, g, it.gamma);
  const values = (x: readonly Tracked[]) => x.map((v) => v.value);
  const errors = (x: readonly Tracked[]) => x.map((v) => v.error);
  const own = errors(recursion);
  expect(
    firstBeyond(
      onFree,
      values(recursion),
      own.map((e) => 2 * e),
    ),
  ).toBe(-1);
  expect(
    firstBeyond(
      onFree,
      values(dense),
      errors(dense).map((e, i) => e + (own[i] as number)),
    ),
  ).toBe(-1);
  // The bounds say something: far smaller than what they bound.
  expect(Math.max(0, ...own)).toBeLessThan(1e-9 * Math.max(1, ...values(recursion).map(Math.abs)));
  d.forEach((v, i) => {
    if (!it.free[i]) expect(v === 0).toBe(true);
  });
  const expected = dot(g.map(exact), recursion);
  expect(Math.abs(slope - expected.value)).toBeLessThanOrEqual(2 * add(expected, exact(0)).error);
  if (g.some((v) => v !== 0)) expect(slope).toBeLessThan(0);
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const n of [8, 16, 24]) {
      for (const pairs of [0, 1, 2, 5]) {
        test(`two_loop_f64 is the recursion and the dense BFGS matrix, n = ${n}, ${pairs} pairs`, () => {
          expectDirection(build, problem(n, pairs));
        });

        test(`two_loop_f64 under a mask is the recursion on the free variables, n = ${n}, ${pairs} pairs`, () => {
          const free = Array.from({ length: n }, (_, i) => i % 3 !== 1);
          expectDirection(build, problem(n, pairs, { free }));
        });
      }
    }

    test("two_loop_f64 over a ring gives the same bits whichever slot is the newest", () => {
      const straight = run(build, problem(16, 3, { capacity: 5, newest: 2 }));
      let turns = 0;
      for (const newest of [0, 1, 3, 4]) {
        const turned = run(build, problem(16, 3, { capacity: 5, newest }));
        expect(firstDifferent(turned.d, straight.d)).toBe(-1);
        expect(Object.is(turned.slope, straight.slope)).toBe(true);
        turns++;
      }
      expect(turns).toBe(4);
      expectDirection(build, problem(16, 3, { capacity: 5, newest: 0 }));
      expectDirection(build, problem(16, 5, { capacity: 5, newest: 2 }));
    });

    for (const [where, at] of [
      ["oldest", 0],
      ["middle", 1],
      ["newest", 2],
    ] as const) {
      test(`two_loop_f64 passes over the ${where} pair when its curvature is not positive`, () => {
        for (const spoil of [(v: number) => -v, () => 0]) {
          const it = problem(16, 3);
          const pair = it.pairs[at] as Pair;
          pair.y = pair.s.map(spoil);
          expect(usable(it.pairs)).toHaveLength(2);
          expectDirection(build, it);
        }
      });
    }

    test("two_loop_f64 judges curvature on the free variables: a pair good on all may be bad on those", () => {
      const n = 16;
      const free = Array.from({ length: n }, (_, i) => i % 2 === 0);
      const it = problem(n, 3, { free });
      const pair = it.pairs[1] as Pair;
      pair.y = pair.s.map((v, i) => (free[i] ? -v : 10 * v));
      expect(usable(it.pairs)).toHaveLength(3);
      expect(usable(gathered(it).pairs)).toHaveLength(2);
      expectDirection(build, it);
    });

    test("two_loop_f64 without a usable pair, or without a pair, is -gamma g", () => {
      const bad = problem(8, 2);
      for (const pair of bad.pairs) pair.y = pair.s.map((v) => -v);
      for (const it of [bad, problem(8, 0)]) {
        const { d } = run(build, it);
        expect(
          firstDifferent(
            d,
            it.g.map((v) => -it.gamma * v),
          ),
        ).toBe(-1);
      }
    });

    test("two_loop_f64 with nothing free moves nothing", () => {
      const { d, slope } = run(build, problem(8, 2, { free: Array(8).fill(false) }));
      expect(d.every((v) => v === 0)).toBe(true);
      expect(slope === 0).toBe(true);
    });

    test("two_loop_f64 of no variables is an empty step of slope 0", () => {
      expect(run(build, problem(0, 2)).slope === 0).toBe(true);
    });

    test("two_loop_f64 does not see what zeros pad its vectors to whole tiles", () => {
      const short = problem(16, 4);
      const pad = (x: number[]) => [...x, ...Array(8).fill(0)];
      const long: Problem = {
        ...short,
        n: 24,
        pairs: short.pairs.map(({ s, y }) => ({ s: pad(s), y: pad(y) })),
        free: Array(24).fill(true),
        g: pad(short.g),
      };
      const [a, b] = [run(build, short), run(build, long)];
      expect(firstDifferent(b.d.slice(0, 16), a.d)).toBe(-1);
      expect(Object.is(a.slope, b.slope)).toBe(true);
    });
  });
}

test("the debug build traps on a ragged length, more pairs than slots and a newest slot outside the ring", () => {
  const { anywhere: kernels } = new Host("debug");
  const call = (n: number, pairs: number, capacity: number, newest: number) => () =>
    kernels.two_loop_f64(n, pairs, { capacity, newest, s: address(1024), y: address(2048) }, 3072, 4096, 5120, 1, 6144);
  expect(call(8, 0, 0, 0)).not.toThrow();
  expect(call(8, 2, 2, 1)).not.toThrow();
  for (const bad of [call(12, 0, 0, 0), call(8, 3, 2, 0), call(8, -1, 2, 0), call(8, 1, 2, 2), call(8, 1, 2, -1)]) {
    expect(bad).toThrow(WebAssembly.RuntimeError);
  }
});
