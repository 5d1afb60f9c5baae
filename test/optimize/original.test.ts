/** L-BFGS-B against the results of the original code. */
import { afterAll, describe, expect, test } from "vitest";
import { type LbfgsbOptions, minimize, type Result, type RunOptions } from "../../src/optimize/index.ts";
import { drivers, original, type Reference, references } from "./oracle.ts";
import { driver, type Problem, problems } from "./problems/index.ts";

const TIGHT = { factr: 10, pgtol: 1e-8 };
const kinds = { default: {}, tight: TIGHT } as const;

/** Relative difference, with an absolute floor for values that pass through zero. */
const difference = (a: number, b: number, floor: number) => Math.abs(a - b) / Math.max(Math.abs(b), floor, 1e-300);

interface Row {
  f: number;
  projg: number;
  nfev: number;
}

function run(problem: Problem, options: LbfgsbOptions & RunOptions): { result: Result; rows: Row[] } {
  const { fg, start, lower, upper } = problem;
  const rows: Row[] = [];
  let inside = true;
  let first: Row | undefined;
  const result = minimize(
    (x, g) => {
      for (let i = 0; i < x.length; i++) {
        inside &&= (x[i] as number) >= (lower[i] as number) && (x[i] as number) <= (upper[i] as number);
      }
      const f = fg(x, g);
      if (!first) {
        let projg = 0;
        for (let i = 0; i < x.length; i++) {
          const [at, slope] = [x[i] as number, g[i] as number];
          const p = slope < 0 ? Math.max(at - (upper[i] as number), slope) : Math.min(at - (lower[i] as number), slope);
          projg = Math.max(projg, Math.abs(p));
        }
        first = { f, projg, nfev: 1 };
      }
      return f;
    },
    start,
    {
      lower,
      upper,
      ...options,
      onIteration: (step) => {
        rows.push({ f: step.f, projg: step.projectedGradient, nfev: step.evaluations });
        options.onIteration?.(step);
      },
    },
  );
  expect(inside, "every point inside the bounds").toBe(true);
  return { result, rows: [first as Row, ...rows] };
}

const named = (name: string): Problem => {
  const found = problems.find((p) => p.name === name);
  if (!found) throw new Error(`no problem ${name}`);
  return found;
};

describe.skipIf(!original.isThere)(`the original's problems${original.note}`, () => {
  test("all 33 are there", () => {
    expect(problems.map((p) => p.name).sort()).toEqual(references.map((r) => r.name).sort());
    expect(problems.length).toBe(33);
  });

  for (const reference of references) {
    const problem = () => named(reference.name);
    const { n } = reference;

    test(`${reference.name} is the problem of the file`, () => {
      const { fg, start, lower, upper } = problem();
      const clip = (x: Float64Array) => x.map((v, i) => Math.min(Math.max(v, lower[i] as number), upper[i] as number));
      const g = new Float64Array(n);
      const norm = () => Math.sqrt(g.reduce((s, v) => s + v * v, 0));
      // Sums of up to n terms, of NumPy's order and ours, through cancellation of three digits at most.
      const tolerance = 1e3 * n * Number.EPSILON;
      reference.x0?.forEach((v, i) => {
        expect(difference(start[i] as number, v, 0)).toBeLessThanOrEqual(Number.EPSILON);
      });
      for (const [ours, theirs, missing] of [
        [lower, reference.lower, Number.NEGATIVE_INFINITY],
        [upper, reference.upper, Number.POSITIVE_INFINITY],
      ] as const) {
        theirs?.forEach((v, i) => {
          expect(Math.abs((ours[i] as number) - (v ?? missing)) > 1e-15).toBe(false);
        });
      }
      const x0 = clip(start);
      const check = reference.self_check;
      expect(difference(fg(x0, g), reference.f0, 1e-12)).toBeLessThan(tolerance);
      expect(difference(norm(), check.g0_norm2, 1e-12)).toBeLessThan(tolerance);
      const xc = clip(x0.map((v, i) => v + 0.05 * Math.cos(i + 1)));
      expect(difference(fg(xc, g), check.fc, 1e-12)).toBeLessThan(tolerance);
      expect(difference(norm(), check.gc_norm2, 1e-12)).toBeLessThan(tolerance);
      check.gc_first.forEach((v, i) => {
        expect(difference(g[i] as number, v, check.gc_norm2)).toBeLessThan(tolerance);
      });
    });
  }

  const ratios: { ratio: number; name: string; explained: boolean }[] = [];
  for (const reference of references) {
    for (const [kind, options] of Object.entries(kinds)) {
      const theirs = reference.runs[kind as keyof typeof kinds];
      test(`${reference.name} reaches the reference minimum, ${kind} tolerances`, () => {
        const { result } = run(named(reference.name), options);
        const target = theirs.rounding_sensitive ? theirs.f_worst_rounding : theirs.f;
        const low = result.f <= target + 1e-6 * (1 + Math.abs(target));
        expect(low || result.projectedGradient <= theirs.projg, `f ${result.f}, reference ${target}`).toBe(true);
        expect(result.status).toMatch(/^(converged|line-search)/);
        ratios.push({
          ratio: result.evaluations / theirs.nfev,
          name: `${reference.name} ${kind}`,
          explained: result.evaluations <= theirs.rounding_spread.nfev[1],
        });
      });
    }
    const { f, rounding_sensitive } = reference.runs.default;
    for (const [memory, theirs] of Object.entries(reference.other_m)) {
      // Where the original itself finds another f with another memory, the stopping test decides, not the method.
      if (rounding_sensitive || Math.abs(theirs.f - f) > 1e-6 * (1 + Math.abs(f))) continue;
      test(`${reference.name} reaches the same minimum with ${memory} pairs`, () => {
        const { result } = run(named(reference.name), { memory: Number(memory) });
        expect(result.status).toMatch(/^converged/);
        expect(Math.abs(result.f - f)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(f)));
      });
    }
  }

  test("takes as many evaluations: median ratio at most 1.05, none over 2 that rounding does not explain", () => {
    expect(ratios.length).toBe(66);
    const sorted = ratios.map((r) => r.ratio).sort((a, b) => a - b);
    expect(((sorted[32] as number) + (sorted[33] as number)) / 2).toBeLessThanOrEqual(1.05);
    expect(ratios.filter((r) => r.ratio > 2 && !r.explained)).toEqual([]);
  });
  afterAll(() => {
    const sorted = ratios.map((r) => r.ratio).sort((a, b) => a - b);
    const same = sorted.filter((r) => r === 1).length;
    console.log(
      `evaluations / reference: min ${sorted[0]?.toFixed(3)}, median ${sorted[sorted.length >> 1]?.toFixed(3)}, ` +
        `max ${sorted.at(-1)?.toFixed(3)}, equal in ${same} of ${sorted.length} runs`,
    );
  });
});

/** f and projected gradient to 1e-6 relative, or to the rounding that is left of quantities that vanish. */
function follow(rows: Row[], expected: { f: number; projg: number; nfev?: number | null }[], digits: number): void {
  const scale = expected[0] as { f: number; projg: number };
  expect(rows.length).toBeGreaterThanOrEqual(expected.length);
  expected.forEach((want, i) => {
    const got = rows[i] as Row;
    const where = `iteration ${i}: f ${got.f} for ${want.f}, projected gradient ${got.projg} for ${want.projg}`;
    expect(difference(got.f, want.f, Number.EPSILON * scale.f), where).toBeLessThan(digits);
    expect(difference(got.projg, want.projg, 1e-7 * scale.projg), where).toBeLessThan(digits);
    if (want.nfev) expect(got.nfev, where).toBe(want.nfev);
  });
}

describe.skipIf(!original.isThere)(`the original's iterates${original.note}`, () => {
  for (const { name, trace, driver_like_trace: long } of references as Reference[]) {
    const length = trace.reproducible_prefix;
    const rowsOf = (t: { f: number[]; projg: number[]; nfev: (number | null)[] }, end: number) =>
      t.f.slice(0, end).map((f, i) => ({ f, projg: t.projg[i] as number, nfev: t.nfev[i] as number }));

    test(`${name}: the first ${length} rows of the trace`, () => {
      follow(run(named(name), {}).rows, rowsOf(trace, length), 1e-6);
    });
    if (!long) continue;
    test(`${name}: the first 31 rows of its driver's run in full precision, and every count`, () => {
      const { result, rows } = run(named(name), { memory: long.m, factr: 0, pgtol: 1e-10 });
      follow(rows, rowsOf(long, 31), 1e-6);
      expect(rows.map((row) => row.nfev)).toEqual(long.nfev);
      expect(result.status).toBe("converged-gradient");
    });
  }

  for (const [name, table] of Object.entries(drivers)) {
    test(`${name}: the printed table of the original's driver`, () => {
      const controller = new AbortController();
      const limit = name === "driver2" ? 99 : name === "driver3" ? 900 : Number.POSITIVE_INFINITY;
      const { result, rows } = run(driver(table.n), {
        memory: table.m,
        factr: table.factr,
        pgtol: table.pgtol,
        signal: controller.signal,
        onIteration: ({ evaluations, projectedGradient, f }) => {
          if (name !== "driver1" && (evaluations >= limit || projectedGradient <= 1e-10 * (1 + Math.abs(f)))) {
            controller.abort();
          }
        },
      });
      const wanted = table.run.rows.map((row) => ({ ...row, nfev: row.nfg ?? null }));
      // Printed to six digits: half a unit of the last is 5e-6 of a leading 1. Rows after the 30th depend on rounding.
      const printed = wanted.filter((row) => row.iter <= 30);
      expect(printed.length).toBeGreaterThan(20);
      follow(
        printed.map((row) => rows[row.iter] as Row),
        printed,
        5e-6 + 1e-6,
      );
      expect(result.status).toBe(name === "driver1" ? "converged-reduction" : "aborted");
      expect(result.iterations).toBe(wanted.at(-1)?.iter);
      if (table.run.final.evaluations) expect(result.evaluations).toBe(table.run.final.evaluations);
    });
  }
});
