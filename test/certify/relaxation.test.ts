/** Bounds of parts of a region: below what the network gives on every row of the part, whatever the parameters are, and better after an ascent. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { ascend } from "../../src/certify/branch/ascent.ts";
import { firstParameters, halve, openUnits, type Part } from "../../src/certify/branch/part.ts";
import { Relaxation } from "../../src/certify/branch/relaxation.ts";
import { LinearBounds } from "../../src/certify/linear-bounds.ts";
import type { Ball } from "../../src/certify/region.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32, noise64 } from "../support/noise.ts";

const INPUTS = 9;
const SIZES = [10, 8];
const network = networkOf(
  [INPUTS],
  [dense("a", INPUTS, 10, "relu"), dense("b", 10, 8, "relu"), dense("c", 8, 3, "linear")],
);
const weights = Float32Array.of(1, -1, 0);

function ballOf(epsilon: number, norm: Ball["norm"] = "linf"): Ball {
  const box = { lower: new Float64Array(INPUTS).fill(-1), upper: new Float64Array(INPUTS).fill(1) };
  return { row: noise32(INPUTS, 3), box, norm, epsilon };
}

function rowsOf({ row, epsilon }: Ball, count: number): Float32Array {
  const rows = new Float32Array(count * INPUTS);
  for (let k = 0; k < count; k++) {
    noise64(INPUTS, 50 + k).forEach((v, i) => {
      const by = 0.999 * epsilon * (k % 3 ? Math.sign(v) : v);
      rows[k * INPUTS + i] = Math.min(1, Math.max(-1, (row[i] as number) + by));
    });
  }
  return rows;
}

/** What every rectifier gives for some rows, one array a rectifier. */
function activations(rows: Float32Array): Float32Array[] {
  return ["a", "b"].map((layer) => network.activations(rows, layer));
}

function bounds(relaxation: Relaxation, parts: readonly Part[]): Float64Array {
  const all = new Float32Array(parts.length * 3);
  parts.forEach((_, r) => {
    all.set(weights, 3 * r);
  });
  const beginning = relaxation.weighing(all);
  const at = (r: number) => parts[r] as Part;
  relaxation.set(
    parts.length,
    beginning.before,
    (r) => at(r).ends,
    (r) => at(r).parameters,
  );
  return relaxation.pull(parts.length, beginning).found;
}

describe.each([0, 0.1, 0.4])("over a ball of %f", (epsilon) => {
  const ball = ballOf(epsilon);
  const relaxation = new Relaxation(new LinearBounds(network));
  const ends = relaxation.prepare(ball);
  const rows = rowsOf(ball, 90);
  const scores = network.scores(rows);
  const given = activations(rows);

  test("bounds of parts are below all that the network gives in them, with any parameters", () => {
    if (!ends) throw new Error("no bounds");
    let [looked, splits] = [0, 0];
    for (let trial = 0; trial < 30; trial++) {
      let part: Part = { goal: 0, ends, parameters: firstParameters(ends) };
      const signs: { rectifier: number; unit: number; isOn: boolean }[] = [];
      const random = noise64(40, 900 + trial);
      for (let depth = 0; depth < trial % 6; depth++) {
        const rectifier = depth % 2;
        const open = openUnits(part.ends[rectifier] as Float32Array);
        if (open.length === 0) continue;
        const unit = open[Math.floor(Math.abs(random[depth] as number) * open.length) % open.length] as number;
        const isOn = (random[20 + depth] as number) > 0;
        part = halve(part, { rectifier, unit })[isOn ? 0 : 1];
        signs.push({ rectifier, unit, isOn });
        splits++;
      }
      // As they come; multipliers and slopes; and numbers that are neither.
      const kinds = [
        part.parameters,
        SIZES.map((size, k) => noise32(size, 70 + k + trial).map(Math.abs)),
        SIZES.map((size, k) => noise32(size, 80 + k + trial).map((v) => 30 * v)),
      ];
      const found = bounds(
        relaxation,
        kinds.map((parameters) => ({ ...part, parameters })),
      );
      for (let k = 0; k < 90; k++) {
        const isIn = signs.every(({ rectifier, unit, isOn }) => {
          const value = given[rectifier]?.[k * (SIZES[rectifier] as number) + unit] as number;
          return isOn || value === 0;
        });
        const isOut = signs.some(({ rectifier, unit, isOn }) => {
          return isOn && given[rectifier]?.[k * (SIZES[rectifier] as number) + unit] === 0;
        });
        // Where a rectifier gives zero its input is at most zero, and may be zero: such rows are left out.
        if (!isIn || isOut) continue;
        const value = (scores[3 * k] as number) - (scores[3 * k + 1] as number);
        for (const bound of found) expect(bound).toBeLessThanOrEqual(value);
        looked++;
      }
    }
    expect(looked).toBeGreaterThan(300);
    if (epsilon > 0) expect(splits).toBeGreaterThan(20);
  });

  test("the first parameters give the bounds of the lines, nearly, and an ascent gives no worse", () => {
    if (!ends) throw new Error("no bounds");
    const part = { goal: 0, ends, parameters: firstParameters(ends) };
    const [found] = bounds(relaxation, [part]) as unknown as [number];
    const [lines] = new LinearBounds(network).bound(ball, weights) as unknown as [number];
    expect(Math.abs(found - lines)).toBeLessThan(1e-5);
    // From slopes in the middle there is something to gain.
    const middle = SIZES.map((size) => new Float32Array(size).fill(0.5));
    const [begun] = bounds(relaxation, [{ ...part, parameters: middle }]) as unknown as [number];
    const beginning = relaxation.weighing(weights);
    relaxation.set(
      1,
      beginning.before,
      () => ends,
      () => middle,
    );
    const options = { steps: 20, rates: { slope: 0.2, split: 0.1 }, enough: Number.POSITIVE_INFINITY };
    const { bounds: best, parameters } = ascend(relaxation, 1, beginning, options);
    expect(best[0]).toBeGreaterThanOrEqual(begun);
    if (epsilon > 0) expect(best[0]).toBeGreaterThan(begun + 1e-3);
    // They are kept with the bound that they gave.
    expect(bounds(relaxation, [{ ...part, parameters: parameters[0] as Part["parameters"] }])[0]).toBe(best[0]);
  });
});

test("a part has the same bound alone and among others", () => {
  const relaxation = new Relaxation(new LinearBounds(network));
  const ends = relaxation.prepare(ballOf(0.3)) as Float32Array[];
  const parts = Array.from({ length: 9 }, (_, k) => {
    return { goal: 0, ends, parameters: SIZES.map((size, j) => noise32(size, 10 * k + j).map(Math.abs)) };
  });
  const together = bounds(relaxation, parts);
  parts.forEach((part, k) => {
    expect(Object.is(bounds(relaxation, [part])[0], together[k])).toBe(true);
  });
});

test("in every norm the ascent starts from where the bound is least", () => {
  for (const norm of ["linf", "l2", "l1"] as const) {
    const relaxation = new Relaxation(new LinearBounds(network));
    const ball = ballOf(0.5, norm);
    const ends = relaxation.prepare(ball) as Float32Array[];
    const part = { goal: 0, ends, parameters: firstParameters(ends) };
    const [found] = bounds(relaxation, [part]) as unknown as [number];
    const beginning = relaxation.weighing(weights);
    relaxation.set(
      1,
      beginning.before,
      () => ends,
      () => part.parameters,
    );
    const { coefficients } = relaxation.pull(1, beginning);
    const lowest = relaxation.region.lowest(1, coefficients);
    const along = relaxation.bounds.workspace.arena
      .f32(coefficients, INPUTS)
      .reduce((sum, a, i) => sum + a * (lowest[i] as number), 0);
    const length = { linf: Math.max(...lowest.map(Math.abs)), l2: Math.hypot(...lowest), l1: 0 }[norm];
    expect(length).toBeLessThan(0.5 * (1 + 1e-3));
    expect(lowest.reduce((sum, d) => sum + Math.abs(d), 0)).toBeLessThan(norm === "l1" ? 0.5 * (1 + 1e-3) : 10);
    expect(along).toBeLessThan(0);
    expect(Number.isFinite(found)).toBe(true);
  }
});
