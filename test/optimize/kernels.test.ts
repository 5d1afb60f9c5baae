/** The kernels of L-BFGS-B against scalar loops, between NaN guards. */
import { describe, expect, test } from "vitest";
import "../../src/wasm/inline.ts";
import { type Block, offset64, Workspace } from "../../src/wasm/index.ts";
import { generator } from "./problems/problem.ts";

const { kernels, arena } = new Workspace();
const GUARD = 8;
const SIZES = [8, 16, 504, 512, 520, 1032]; // below, at and above a tile of 512

/** Blocks of f64 with NaN before and after; `intact` says whether all guards still stand. */
function blocks() {
  const all: { at: Block; n: number }[] = [];
  return {
    /** Of f64, whatever a kernel takes them for: masks are doubles here. */
    put(values: ArrayLike<number>): Block {
      const room = arena.allocate(8 * (values.length + 2 * GUARD));
      arena.f64(room, values.length + 2 * GUARD).fill(Number.NaN);
      const at = offset64(room, GUARD);
      arena.f64(at, values.length).set(values);
      all.push({ at, n: values.length });
      return at;
    },
    intact: () =>
      all.every(({ at, n }) =>
        [offset64(at, -GUARD), offset64(at, n)].every((edge) => arena.f64(edge, GUARD).every((v) => Number.isNaN(v))),
      ),
  };
}

const { sym } = generator(7);
const random = (n: number) => Float64Array.from({ length: n }, sym);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};
/** n products of numbers below 1, summed in two orders. [Higham 2002, 3.5] */
const near = (n: number) => 2 * n * n * 2 ** -53;
const maskOf = (free: boolean[]): Float64Array =>
  new Float64Array(BigInt64Array.from(free, (f) => (f ? -1n : 0n)).buffer);

/** A ring of 3 of 4 slots that starts at slot 2. */
const [CAPACITY, PAIRS, HEAD] = [4, 3, 2];
const slotOf = (j: number) => (HEAD + j) % CAPACITY;

for (const n of SIZES) {
  describe(`n = ${n}`, () => {
    const rowsS = random(CAPACITY * n);
    const rowsY = random(CAPACITY * n);
    const s = (j: number) => rowsS.subarray(slotOf(j) * n, (slotOf(j) + 1) * n);
    const y = (j: number) => rowsY.subarray(slotOf(j) * n, (slotOf(j) + 1) * n);
    const free = Array.from({ length: n }, () => sym() > -0.3);
    const before = Array.from({ length: n }, (_, i) => (i % 3 === 0 ? sym() > 0 : (free[i] as boolean)));
    const scoped = (body: (put: (v: ArrayLike<number>) => Block) => void) => () => {
      const top = arena.mark();
      const scope = blocks();
      body(scope.put);
      expect(scope.intact(), "guards").toBe(true);
      arena.release(top);
    };
    const close = (got: number, want: number) => expect(Math.abs(got - want)).toBeLessThanOrEqual(near(n));

    test(
      "history_dots2_f64 and history_dots3_f64 are the inner products with every row",
      scoped((put) => {
        const [a, b, c] = [random(n), random(n), random(n)];
        const history = { capacity: CAPACITY, head: HEAD, s: put(rowsS), y: put(rowsY) };
        const [pa, pb, pc] = [put(a), put(b), put(c)];
        const [two, three] = [put(random(4 * PAIRS)), put(random(6 * PAIRS))];
        kernels.history_dots2_f64(n, PAIRS, history, pa, pb, two);
        kernels.history_dots3_f64(n, PAIRS, history, pa, pb, pc, three);
        for (let j = 0; j < PAIRS; j++) {
          const want = [s(j), y(j)].map((row) => [a, b, c].map((v) => dot(row, v)));
          want.forEach((row, k) => {
            row.forEach((v, i) => {
              if (i < 2) close(arena.f64(two, 4 * PAIRS)[4 * j + 2 * k + i] as number, v);
              close(arena.f64(three, 6 * PAIRS)[6 * j + 3 * k + i] as number, v);
            });
          });
        }
      }),
    );

    test(
      "reduced_gradient_f64: the gradient of the model on the free variables, and its inner products",
      scoped((put) => {
        const [z, x, g, coef] = [random(n), random(n), random(n), random(2 * PAIRS)];
        const theta = 1.75;
        const [r, out] = [put(random(n)), put(random(6 * PAIRS))];
        kernels.reduced_gradient_f64(
          n,
          PAIRS,
          { capacity: CAPACITY, head: HEAD, s: put(rowsS), y: put(rowsY) },
          theta,
          put(coef),
          put(z),
          put(x),
          put(g),
          put(maskOf(free)),
          r,
          out,
          put(new Float64Array(1024)),
        );
        const got = arena.f64(r, n);
        for (let i = 0; i < n; i++) {
          let want = -theta * ((z[i] as number) - (x[i] as number)) - (g[i] as number);
          for (let j = 0; j < PAIRS; j++) {
            want += (coef[2 * j] as number) * (s(j)[i] as number) + (coef[2 * j + 1] as number) * (y(j)[i] as number);
          }
          // At most 9 terms of at most 2 * 1.75.
          expect(Math.abs((got[i] as number) - (free[i] ? want : 0))).toBeLessThanOrEqual(9 * 9 * 3.5 * 2 ** -53);
        }
        const v = y(PAIRS - 1).map((value, i) => (free[i] ? value : 0));
        const w = s(PAIRS - 1).map((value, i) => (free[i] ? 0 : value));
        for (let j = 0; j < PAIRS; j++) {
          const want = [s(j), y(j)].flatMap((row) => [dot(row, got), dot(row, v), dot(row, w)]);
          // r itself is below 10.
          want.forEach((value, k) => {
            const found = arena.f64(out, 6 * PAIRS)[6 * j + k] as number;
            expect(Math.abs(found - value)).toBeLessThanOrEqual(10 * near(n));
          });
        }
      }),
    );

    for (const pairs of [1, 2, 3]) {
      test(
        `newton_step_f64 with ${pairs} pairs: step, projection and whether a bound was met`,
        scoped((put) => {
          const [r, at, coef] = [random(n), random(n), random(2 * pairs)];
          const lower = at.map((v) => v - Math.abs(sym()));
          const upper = at.map((v) => v + Math.abs(sym()));
          const theta = 0.5;
          const pointers = [put(r), put(at), put(lower), put(upper), put(maskOf(free))] as const;
          const [step, to] = [put(random(n)), put(random(n))];
          const history = { capacity: CAPACITY, head: HEAD, s: put(rowsS), y: put(rowsY) };
          const args = [n, pairs, history, theta, put(coef), -1] as const;
          const hit = kernels.newton_step_f64(...args, ...pointers, step, to);
          let met = false;
          for (let i = 0; i < n; i++) {
            let want = -(r[i] as number);
            for (let j = 0; j < pairs; j++) {
              want += (coef[2 * j + 1] as number) * (y(j)[i] as number);
              want += (coef[2 * j] as number) * (s(j)[i] as number);
            }
            want = free[i] ? want / theta : 0;
            const target = Math.min(
              Math.max((at[i] as number) + (arena.f64(step, n)[i] as number), lower[i] as number),
              upper[i] as number,
            );
            met ||= free[i] === true && (target === lower[i] || target === upper[i]);
            expect(Math.abs((arena.f64(step, n)[i] as number) - want)).toBeLessThanOrEqual(7 * 7 * 2 * 2 ** -53);
            expect(arena.f64(to, n)[i]).toBe(target);
          }
          expect(met).toBe(true);
          expect(hit).toBe(1);
          kernels.step_f64(n, 1, pointers[1], pointers[1], put(at.map(() => -9)), put(at.map(() => 9)), to);
          expect([...arena.f64(to, n)]).toEqual([...at].map((v) => v + v));
        }),
      );
    }

    test(
      "exchange_f64: the products over the variables that changed sides",
      scoped((put) => {
        const out = put(random(3 * CAPACITY * CAPACITY));
        const changed = kernels.exchange_f64(
          n,
          PAIRS,
          { capacity: CAPACITY, head: HEAD, s: put(rowsS), y: put(rowsY) },
          put(maskOf(free)),
          put(maskOf(before)),
          out,
          put(new Float64Array(2 * CAPACITY)),
        );
        const sign = free.map((f, i) => Number(f) - Number(before[i]));
        expect(changed).toBe(sign.filter((v) => v !== 0).length);
        for (let i = 0; i < PAIRS; i++) {
          for (let j = 0; j < PAIRS; j++) {
            const sum = (a: Float64Array, b: Float64Array) =>
              dot(
                a.map((v, k) => v * (sign[k] as number)),
                b,
              );
            [sum(y(i), y(j)), sum(s(i), s(j)), sum(s(i), y(j))].forEach((want, k) => {
              close(arena.f64(out, 48)[16 * k + 4 * i + j] as number, want);
            });
          }
        }
      }),
    );

    test(
      "breakpoints_f64: who moves, how far, and who is held",
      scoped((put) => {
        // Every kind of bound, position and slope, one after the other.
        const inf = Number.POSITIVE_INFINITY;
        const lower = Float64Array.from({ length: n }, (_, i) => [0, -inf, 0, -inf, 0.5][i % 5] as number);
        const upper = Float64Array.from({ length: n }, (_, i) => [1, 1, inf, inf, 0.5][i % 5] as number);
        const x = Float64Array.from({ length: n }, (_, i) =>
          i % 5 === 4 ? 0.5 : ([0, 0.5, 1][Math.floor(i / 5) % 3] as number),
        );
        const g = Float64Array.from({ length: n }, (_, i) => [-2, 0, 3][Math.floor(i / 15) % 3] as number);
        const [d, t, mask, z, out] = [put(random(n)), put(random(n)), put(random(n)), put(random(n)), put(random(5))];
        const [px, pg, pl, pu] = [put(x), put(g), put(lower), put(upper)];
        kernels.breakpoints_f64(n, px, pg, pl, pu, d, t, mask, z, out);
        const want = [0, inf, 0, 0, 0];
        for (let i = 0; i < n; i++) {
          const [at, slope, low, high] = [x[i], g[i], lower[i], upper[i]] as [number, number, number, number];
          const held = low === high || (at <= low && slope >= 0) || (at > low && at >= high && slope <= 0);
          const meets = held || slope === 0 ? inf : slope > 0 ? (at - low) / slope : (high - at) / -slope;
          expect(arena.f64(d, n)[i]).toBe(held ? 0 : -slope);
          expect(arena.f64(t, n)[i]).toBe(meets);
          expect(arena.i32(mask, 2 * n)[2 * i]).toBe(held ? 0 : -1);
          if (!held) {
            want[0] = (want[0] as number) + slope * slope;
            want[4] = (want[4] as number) + 1;
          }
          want[1] = Math.min(want[1] as number, meets);
          if (meets < inf) want[2] = (want[2] as number) + 1;
          else if (!held && slope !== 0) want[3] = (want[3] as number) + 1;
        }
        expect([...arena.f64(z, n)]).toEqual([...x]);
        expect([...arena.f64(out, 5)]).toEqual(want); // small integers: every order of the sum is exact
      }),
    );

    test(
      "heap_build_f64 and heap_pop_f64 give the breakpoints in order, without the used one and the infinite ones",
      scoped((put) => {
        const values = Float64Array.from({ length: n }, (_, i) => (i % 4 === 1 ? Number.POSITIVE_INFINITY : sym()));
        const used = 2;
        const [t, index] = [put(values), put(new Float64Array(n))];
        let count = kernels.heap_build_f64(n, t, index, used);
        const want = [...values].filter((v, i) => v < Number.POSITIVE_INFINITY && i !== used).sort((a, b) => a - b);
        expect(count).toBe(want.length);
        for (const least of want) {
          kernels.heap_pop_f64(count, t, index);
          count--;
          expect(arena.f64(t, n)[count]).toBe(least);
          expect(values[arena.i32(index, n)[count] as number]).toBe(least);
        }
      }),
    );

    test(
      "direction_f64, pair_f64, projected_norm_f64 and find_f64",
      scoped((put) => {
        const [x, g] = [random(n), random(n)];
        const lower = x.map((v) => v - Math.abs(sym()));
        const upper = x.map((v, i) => (i % 3 === 0 ? Number.POSITIVE_INFINITY : v + Math.abs(sym())));
        const to = x.map((v, i) =>
          i % 4 === 0 ? v : v + ((i % 2 === 0 ? Math.min(upper[i] as number, 2) : (lower[i] as number)) - v) / 3,
        );
        const [px, pg, pl, pu] = [put(x), put(g), put(lower), put(upper)];
        const [d, out, ps, py] = [put(random(n)), put(random(3)), put(random(n)), put(random(n))];
        kernels.direction_f64(n, px, put(to), pg, pl, pu, d, out);
        const step = to.map((v, i) => v - (x[i] as number));
        expect([...arena.f64(d, n)]).toEqual([...step]);
        let room = Number.POSITIVE_INFINITY;
        let norm = 0;
        for (let i = 0; i < n; i++) {
          const [at, by, slope] = [x[i], step[i], g[i]] as [number, number, number];
          const [low, high] = [lower[i], upper[i]] as [number, number];
          if (by !== 0) room = Math.min(room, ((by < 0 ? low : high) - at) / by);
          norm = Math.max(norm, Math.abs(slope < 0 ? Math.max(at - high, slope) : Math.min(at - low, slope)));
        }
        const [dd, gd, longest] = arena.f64(out, 3) as unknown as [number, number, number];
        // Steps are below 1, squares too.
        close(dd, dot(step, step));
        close(gd, dot(g, step));
        expect(longest).toBe(room);
        expect(kernels.projected_norm_f64(n, px, pg, pl, pu)).toBe(norm);

        const yy = kernels.pair_f64(n, 0.25, d, px, pg, ps, py);
        const difference = x.map((v, i) => v - (g[i] as number));
        expect([...arena.f64(ps, n)]).toEqual([...step].map((v) => v * 0.25));
        expect([...arena.f64(py, n)]).toEqual([...difference]);
        expect(Math.abs(yy - dot(difference, difference))).toBeLessThanOrEqual(4 * near(n));
        expect(kernels.find_f64(n, px, x[n - 1] as number)).toBe(n - 1);
        expect(kernels.find_f64(n, px, 5)).toBe(-1);
      }),
    );
  });
}
