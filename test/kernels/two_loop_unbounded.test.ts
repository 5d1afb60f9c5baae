import { describe, expect, test } from "vitest";
import { firstDifferent } from "../support/bounds.ts";
import { address, BUILDS, Host } from "../support/host.ts";
import { noise64 } from "../support/noise.ts";

interface Problem {
  n: number;
  pairs: number;
  capacity: number;
  newest: number;
  /** What the pairs with these numbers, from the oldest, have for y in the place of a multiple of s. */
  spoiled?: Readonly<Record<number, (s: number) => number>>;
  g?: (i: number) => number;
}

const PROBLEMS: readonly Problem[] = [
  { n: 8, pairs: 0, capacity: 1, newest: 0 },
  { n: 0, pairs: 2, capacity: 2, newest: 1 },
  { n: 8, pairs: 1, capacity: 1, newest: 0 },
  { n: 24, pairs: 3, capacity: 5, newest: 1 },
  { n: 40, pairs: 5, capacity: 5, newest: 2 },
  { n: 104, pairs: 20, capacity: 20, newest: 19 },
  { n: 16, pairs: 3, capacity: 3, newest: 2, spoiled: { 0: (s) => -s } },
  { n: 16, pairs: 3, capacity: 3, newest: 2, spoiled: { 1: () => 0 } },
  { n: 16, pairs: 3, capacity: 4, newest: 0, spoiled: { 2: () => Number.NaN } },
  { n: 16, pairs: 2, capacity: 2, newest: 0, spoiled: { 0: (s) => -s, 1: (s) => -s } },
  { n: 16, pairs: 2, capacity: 2, newest: 0, g: (i) => (i % 2 === 0 ? -0 : 0) },
];

/** Directions and slopes of both kernels, bounds or none. */
function both(build: (typeof BUILDS)[number], { n, pairs, capacity, newest, spoiled = {}, g }: Problem) {
  const host = new Host(build);
  // NaN in the slots that hold no pair.
  const [steps, differences] = [0, 1].map(() => new Float64Array(capacity * n).fill(Number.NaN)) as [
    Float64Array,
    Float64Array,
  ];
  for (let p = 0; p < pairs; p++) {
    const slot = (newest - (pairs - 1 - p) + 2 * capacity) % capacity;
    const s = noise64(n, 100 + p);
    steps.set(s, slot * n);
    differences.set(
      s.map((v, i) => spoiled[p]?.(v) ?? v * (1 + (i % 3))),
      slot * n,
    );
  }
  const [s, y] = [host.f64(capacity * n, steps), host.f64(capacity * n, differences)];
  const at = host.f64(n, g ? Float64Array.from({ length: n }, (_, i) => g(i)) : noise64(n, 300));
  const ring = { capacity, newest, s: s.at, y: y.at };
  const [free, masked, d] = [host.mask(Array(n).fill(true)), host.f64(n), host.f64(n)];
  const curvature = (slot: number) => {
    const row = (of: { at: number }) => address(of.at + 8 * n * slot);
    return host.run((k) => k.curvature_f64(n, row(s), row(y)));
  };
  const curvatures = host.f64(
    capacity,
    Float64Array.from({ length: capacity }, (_, slot) => curvature(slot)),
  );
  const [work, alphas] = [host.f64(2 * capacity), host.f64(capacity)];
  const expected = host.run(
    (k) => k.two_loop_f64(n, pairs, ring, free.at, at.at, masked.at, 0.3, work.at),
    masked,
    work,
  );
  const slope = host.run(
    (k) => k.two_loop_unbounded_f64(n, pairs, ring, curvatures.at, at.at, d.at, 0.3, alphas.at),
    d,
    alphas,
  );
  return { expected: [...masked.values(), expected], found: [...d.values(), slope] };
}

for (const build of BUILDS) {
  describe(build, () => {
    for (const it of PROBLEMS) {
      const { n, pairs, capacity, newest, spoiled, g } = it;
      const what = `${spoiled ? ", some of no use" : ""}${g ? ", a gradient of zeros of both signs" : ""}`;
      test(`two_loop_unbounded_f64 has the bits of two_loop_f64 with all free: n = ${n}, ${pairs} pairs of ${capacity}, newest ${newest}${what}`, () => {
        const { expected, found } = both(build, it);
        expect(found).toHaveLength(n + 1);
        expect(firstDifferent(found, expected)).toBe(-1);
      });
    }
  });
}

test("the debug build traps on a ragged length, more pairs than slots and a newest slot outside the ring", () => {
  const { anywhere: kernels } = new Host("debug");
  const call = (n: number, pairs: number, capacity: number, newest: number) => () =>
    kernels.two_loop_unbounded_f64(
      n,
      pairs,
      { capacity, newest, s: address(1024), y: address(2048) },
      address(3072),
      address(4096),
      address(5120),
      1,
      address(6144),
    );
  expect(call(8, 2, 2, 1)).not.toThrow();
  for (const bad of [call(12, 0, 0, 0), call(8, 3, 2, 0), call(8, -1, 2, 0), call(8, 1, 2, 2), call(8, 1, 2, -1)]) {
    expect(bad).toThrow(WebAssembly.RuntimeError);
  }
  expect(() => kernels.curvature_f64(12, address(1024), address(2048))).toThrow(WebAssembly.RuntimeError);
});
