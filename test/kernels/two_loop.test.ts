import { describe, expect, test } from "vitest";
import { add, dot, exact, type Tracked } from "../oracle/tracked.ts";
import { denseBfgs, type Pair, twoLoop, usable } from "../oracle/two-loop.ts";
import { firstBeyond, firstDifferent } from "../support/bounds.ts";
import { address, BUILDS, type Build, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

/** The kernel in double and in single precision, and the unit of its rounding in that of the oracle's bounds. */
const UNITS = { two_loop_f64: 1, two_loop_f32: 2 ** 29 } as const;
type Name = keyof typeof UNITS;
const NAMES = Object.keys(UNITS) as Name[];

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
    const s = Array.from(noise64(n, 100 + p), Math.fround);
    const curvature = noise64(n, 200).map((v) => 2 ** v);
    return { s, y: s.map((v, i) => Math.fround(v * (curvature[i] as number))) };
  });
  const capacity = Math.max(pairs, 1);
  const newest = capacity - 1;
  const free = Array(n).fill(true);
  return {
    n,
    capacity,
    newest,
    pairs: history,
    free,
    g: Array.from(noise64(n, 300), Math.fround),
    gamma: Math.fround(0.3),
    ...change,
  };
}

function run(name: Name, build: Build, { n, capacity, newest, pairs, free, g, gamma }: Problem) {
  const host = new Host(build);
  // The history is NaN in the slots that hold no pair.
  const history = (which: "s" | "y") => {
    const slots = new Float64Array(capacity * n).fill(Number.NaN);
    pairs.forEach((pair, p) => {
      const slot = (newest - (pairs.length - 1 - p) + capacity) % capacity;
      slots.set(pair[which], slot * n);
    });
    return slots;
  };
  const work = host.f64(capacity * 2);
  if (name === "two_loop_f64") {
    const [s, y] = [host.f64(capacity * n, history("s")), host.f64(capacity * n, history("y"))];
    const [mask, gAt, d] = [host.mask(free), host.f64(n, g), host.f64(n)];
    const ring = { capacity, newest, s: s.at, y: y.at };
    const slope = host.run(
      (k) => k.two_loop_f64(n, pairs.length, ring, mask.at, gAt.at, d.at, gamma, work.at),
      d,
      work,
    );
    return { d: Array.from(d.values()), slope };
  }
  const [s, y] = [host.f32(capacity * n, history("s")), host.f32(capacity * n, history("y"))];
  const mask = host.i32(
    n,
    free.map((isFree) => (isFree ? -1 : 0)),
  );
  const [gAt, d] = [host.f32(n, g), host.f32(n)];
  const ring = { slots: capacity, newest, s: s.at, y: y.at };
  const slope = host.run((k) => k.two_loop_f32(n, pairs.length, ring, mask.at, gAt.at, d.at, gamma, work.at), d, work);
  return { d: Array.from(d.values()), slope };
}

/** The problem of the free variables alone. */
function gathered({ pairs, free, g }: Problem) {
  const keep = (x: readonly number[]) => x.filter((_, i) => free[i]);
  return { pairs: pairs.map(({ s, y }) => ({ s: keep(s), y: keep(y) })), g: keep(g) };
}

/** The kernel errs by no more than the oracle's own bound, the oracle by as much. */
function expectDirection(name: Name, build: Build, it: Problem): void {
  const { d, slope } = run(name, build, it);
  const unit = UNITS[name];
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
      own.map((e) => 2 * unit * e),
    ),
  ).toBe(-1);
  expect(
    firstBeyond(
      onFree,
      values(dense),
      errors(dense).map((e, i) => e + 2 * unit * (own[i] as number)),
    ),
  ).toBe(-1);
  // The bounds say something: far smaller than what they bound.
  expect(Math.max(0, ...own)).toBeLessThan(
    (unit === 1 ? 1e-9 : 2 ** -39) * Math.max(1, ...values(recursion).map(Math.abs)),
  );
  d.forEach((v, i) => {
    if (!it.free[i]) expect(v === 0).toBe(true);
  });
  const expected = dot(g.map(exact), recursion);
  expect(Math.abs(slope - expected.value)).toBeLessThanOrEqual(2 * unit * add(expected, exact(0)).error);
  if (g.some((v) => v !== 0)) expect(slope).toBeLessThan(0);
}

for (const [name, build] of NAMES.flatMap((name) => BUILDS.map((build) => [name, build] as const))) {
  describe(`${name}, ${build}`, () => {
    for (const n of [8, 16, 24]) {
      for (const pairs of [0, 1, 2, 5]) {
        test(`is the recursion and the dense BFGS matrix, n = ${n}, ${pairs} pairs`, () => {
          expectDirection(name, build, problem(n, pairs));
        });

        test(`under a mask is the recursion on the free variables, n = ${n}, ${pairs} pairs`, () => {
          const free = Array.from({ length: n }, (_, i) => i % 3 !== 1);
          expectDirection(name, build, problem(n, pairs, { free }));
        });
      }
    }

    test("over a ring gives the same bits whichever slot is the newest", () => {
      const straight = run(name, build, problem(16, 3, { capacity: 5, newest: 2 }));
      let turns = 0;
      for (const newest of [0, 1, 3, 4]) {
        const turned = run(name, build, problem(16, 3, { capacity: 5, newest }));
        expect(firstDifferent(turned.d, straight.d)).toBe(-1);
        expect(Object.is(turned.slope, straight.slope)).toBe(true);
        turns++;
      }
      expect(turns).toBe(4);
      expectDirection(name, build, problem(16, 3, { capacity: 5, newest: 0 }));
      expectDirection(name, build, problem(16, 5, { capacity: 5, newest: 2 }));
    });

    for (const [where, at] of [
      ["oldest", 0],
      ["middle", 1],
      ["newest", 2],
    ] as const) {
      test(`passes over the ${where} pair when its curvature is not positive`, () => {
        for (const spoil of [(v: number) => -v, () => 0]) {
          const it = problem(16, 3);
          const pair = it.pairs[at] as Pair;
          pair.y = pair.s.map(spoil);
          expect(usable(it.pairs)).toHaveLength(2);
          expectDirection(name, build, it);
        }
      });
    }

    test("judges curvature on the free variables: a pair good on all may be bad on those", () => {
      const n = 16;
      const free = Array.from({ length: n }, (_, i) => i % 2 === 0);
      const it = problem(n, 3, { free });
      const pair = it.pairs[1] as Pair;
      pair.y = pair.s.map((v, i) => (free[i] ? -v : 10 * v));
      expect(usable(it.pairs)).toHaveLength(3);
      expect(usable(gathered(it).pairs)).toHaveLength(2);
      expectDirection(name, build, it);
    });

    test("without a usable pair, or without a pair, is -gamma g", () => {
      const bad = problem(8, 2);
      for (const pair of bad.pairs) pair.y = pair.s.map((v) => -v);
      for (const it of [bad, problem(8, 0)]) {
        const { d } = run(name, build, it);
        expect(
          firstDifferent(
            d,
            it.g.map((v) => (name === "two_loop_f32" ? Math.fround(-it.gamma * v) : -it.gamma * v)),
          ),
        ).toBe(-1);
      }
    });

    test("with nothing free moves nothing", () => {
      const { d, slope } = run(name, build, problem(8, 2, { free: Array(8).fill(false) }));
      expect(d.every((v) => v === 0)).toBe(true);
      expect(slope === 0).toBe(true);
    });

    test("of no variables is an empty step of slope 0", () => {
      expect(run(name, build, problem(0, 2)).slope === 0).toBe(true);
    });

    test("does not see what zeros pad its vectors to whole tiles", () => {
      const short = problem(16, 4);
      const pad = (x: number[]) => [...x, ...Array(8).fill(0)];
      const long: Problem = {
        ...short,
        n: 24,
        pairs: short.pairs.map(({ s, y }) => ({ s: pad(s), y: pad(y) })),
        free: Array(24).fill(true),
        g: pad(short.g),
      };
      const [a, b] = [run(name, build, short), run(name, build, long)];
      expect(firstDifferent(b.d.slice(0, 16), a.d)).toBe(-1);
      expect(Object.is(a.slope, b.slope)).toBe(true);
    });
  });
}

test("the debug build traps on a ragged length, more pairs than slots and a newest slot outside the ring", () => {
  const { anywhere: kernels } = new Host("debug");
  const call = (n: number, pairs: number, capacity: number, newest: number) => () =>
    kernels.two_loop_f64(n, pairs, { capacity, newest, s: address(1024), y: address(2048) }, 3072, 4096, 5120, 1, 6144);
  const call32 = (n: number, pairs: number, slots: number, newest: number) => () =>
    kernels.two_loop_f32(n, pairs, { slots, newest, s: address(1024), y: address(2048) }, 3072, 4096, 5120, 1, 6144);
  expect(call(8, 0, 0, 0)).not.toThrow();
  expect(call32(8, 0, 0, 0)).not.toThrow();
  expect(call(8, 2, 2, 1)).not.toThrow();
  for (const trap of [call, call32]) {
    for (const bad of [trap(12, 0, 0, 0), trap(8, 3, 2, 0), trap(8, -1, 2, 0), trap(8, 1, 2, 2), trap(8, 1, 2, -1)]) {
      expect(bad).toThrow(WebAssembly.RuntimeError);
    }
  }
});
