/** Boxes and grids: results lie in them, are near the best there is, and every box costs the same. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { quantize } from "../../../src/analysis/index.ts";
import { requireDomain } from "../../../src/attacks/domain.ts";
import {
  type DomainOptions,
  type MinimalAttackOptions,
  minimalAttack,
  type NormName,
} from "../../../src/attacks/index.ts";
import { linearisedSteps } from "../../../src/attacks/minimal/grid-steps.ts";
import { lengthIn } from "../../../src/attacks/minimal/norm.ts";
import { predictedClasses } from "../../../src/model/index.ts";
import { rejectionOf } from "../../message-of.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

const N = 12;
const ROWS = 6;
const network = networkOf([N], [dense("a", N, 8, "tanh"), dense("b", 8, 4, "softmax")], 2);
const answersOf = (rows: Float32Array) => predictedClasses(network.scores(rows), 4);
const onGrid = (levels: number) =>
  quantize(
    noise32(ROWS * N, 3, 0.5).map((v) => v + 0.5),
    levels,
  );
const rows = onGrid(256);
const truth = answersOf(rows);
const NORMS = ["linf", "l1", "l2", "l0"] as const satisfies NormName[];

const find = (options: Partial<MinimalAttackOptions>) =>
  minimalAttack(network, { rows, truth, norm: "linf", evaluations: 200, ...options });

describe("the box", () => {
  test("one number a feature: as one for all where they are equal, and results inside where they are not", async () => {
    const all = await find({ lower: -0.5, upper: 1.5 });
    expect(await find({ lower: new Float32Array(N).fill(-0.5), upper: new Array(N).fill(1.5) })).toEqual(all);
    const lower = Float32Array.from({ length: N }, (_, i) => (i % 3 === 0 ? -1 : 0));
    const upper = Float32Array.from({ length: N }, (_, i) => (i % 4 === 0 ? 2 : 1));
    const found = await find({ lower, upper });
    found.rows.forEach((v, at) => {
      expect(v >= (lower[at % N] as number) && v <= (upper[at % N] as number)).toBe(true);
    });
    expect(found.success).toEqual(new Uint8Array(ROWS).fill(1));
  });

  for (const norm of NORMS) {
    test(`${norm}: frozen features keep their value, by position and by mask, and cost what they must`, async () => {
      const frozen = [0, 3, 4, 11];
      const mask = Uint8Array.from({ length: N }, (_, i) => Number(frozen.includes(i)));
      const found = await find({ norm, frozen });
      expect(await find({ norm, frozen: mask })).toEqual(found);
      expect(await find({ norm, frozen: Array.from(mask, Boolean) })).toEqual(found);
      const free = await find({ norm });
      for (let row = 0; row < ROWS; row++) {
        for (const i of frozen) expect(found.rows[row * N + i]).toBe(rows[row * N + i]);
        if (found.success[row])
          expect(found.distance[row] as number).toBeGreaterThanOrEqual(0.99 * (free.distance[row] as number));
      }
      expect(found.success.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(3);
    });

    for (const scale of [256, 255]) {
      // A power of two rounds nothing: no constant may depend on the width of the box.
      const isExact = scale !== 255;
      for (const asked of ["any other", "a given"]) {
        test(`${norm}: ${asked} label in a box of [0, ${scale}] costs what it costs in [0, 1]${isExact ? ", bit for bit" : ""}`, async () => {
          const wide = networkOf([N], [dense("a", N, 8, "tanh"), dense("b", 8, 4, "softmax")], 2);
          wide.setParameters(network.getParameters().map((w, i) => (i < N * 8 ? w / scale : w)));
          const images = rows.map((v) => Math.fround(v * scale));
          const labels = asked === "a given" ? { labels: truth.map((label) => (label + 1) % 4) } : {};
          const options = { norm, truth, ...labels, evaluations: 60 };
          const narrow = await find(options);
          const broad = await minimalAttack(wide, { ...options, rows: images, upper: scale });
          expect(broad.evaluations).toEqual(narrow.evaluations);
          expect(broad.stop).toEqual(narrow.stop);
          const unit = norm === "l0" ? 1 : scale;
          broad.distance.forEach((d, r) => {
            const one = narrow.distance[r] as number;
            if (isExact) expect(d).toBe(unit * one);
            // Rows of 255 levels are rounded anew, by 2^-24 of themselves, and weights by the same: a course may part from there.
            else if (!Number.isNaN(one)) expect(Math.abs(d / unit - one)).toBeLessThanOrEqual(0.01 * one);
          });
        });
      }
    }
  }
});

/** Every row of a small grid that is answered otherwise, the nearest. */
function nearest(image: Float32Array, label: number, norm: NormName, values: (i: number) => number[]): number {
  let points: number[][] = [[]];
  for (let i = 0; i < image.length; i++) points = points.flatMap((p) => values(i).map((v) => [...p, v]));
  const all = Float32Array.from(points.flat());
  const answers = small.answersOf(all);
  let best = Number.POSITIVE_INFINITY;
  for (const [k, point] of points.entries()) {
    if (answers[k] !== label) best = Math.min(best, lengthIn(norm, image, Float32Array.from(point)));
  }
  return best;
}

const small = (() => {
  const of = networkOf([6], [dense("a", 6, 8, "tanh"), dense("b", 8, 3, "softmax")], 2);
  return { network: of, answersOf: (all: Float32Array) => predictedClasses(of.scores(all), 3) };
})();

describe("the grid", () => {
  for (const norm of NORMS) {
    for (const levels of [2, 3, 5]) {
      test(`${norm}: on ${levels} levels results lie there, are answered otherwise, and are seldom more than the nearest of all`, async () => {
        const images = quantize(
          noise32(40 * 6, 5, 0.5).map((v) => v + 0.5),
          levels,
        );
        const labels = small.answersOf(images);
        const found = await minimalAttack(small.network, {
          rows: images,
          truth: labels,
          norm,
          levels,
          evaluations: 200,
        });
        expect(quantize(found.rows, levels)).toEqual(found.rows);
        const grid = Array.from({ length: levels }, (_, k) => Math.fround(k / (levels - 1)));
        const again = small.answersOf(found.rows);
        let [excess, reached] = [0, 0];
        for (let r = 0; r < 40; r++) {
          const best = nearest(images.slice(6 * r, 6 * r + 6), labels[r] as number, norm, () => grid);
          if (!found.success[r]) {
            expect(found.stop[r]).toBe("not-found");
            expect(best).toBe(Number.POSITIVE_INFINITY);
            continue;
          }
          expect(again[r]).not.toBe(labels[r]);
          reached++;
          const d = found.distance[r] as number;
          expect(d).toBe(lengthIn(norm, images.slice(6 * r, 6 * r + 6), found.rows.slice(6 * r, 6 * r + 6)));
          expect(d).toBeGreaterThanOrEqual(best - 1e-12);
          if (d > best + 1e-6) excess++;
          expect(found.evaluations[r]).toBeLessThanOrEqual(200);
        }
        expect(reached).toBeGreaterThan(10);
        expect(excess).toBeLessThanOrEqual(reached / 4);
      });
    }

    test(`${norm}: on 256 levels all of what is found is answered otherwise as an 8-bit picture, for a tenth of a level more`, async () => {
      const free = await find({ norm });
      const found = await find({ norm, levels: 256 });
      expect(quantize(found.rows)).toEqual(found.rows);
      expect(found.success).toEqual(free.success);
      answersOf(found.rows).forEach((answer, r) => {
        if (found.success[r]) expect(answer).not.toBe(truth[r]);
      });
      if (norm !== "linf") return;
      found.distance.forEach((d, r) => {
        expect(d).toBeLessThan(1.02 * (free.distance[r] as number) + 1.01 / 255);
      });
    });
  }

  test("rows need not lie on the levels, in any range", async () => {
    const images = noise32(ROWS * N, 8, 0.5).map((v) => v + 0.5);
    const found = await minimalAttack(network, {
      rows: images,
      truth: answersOf(images),
      norm: "linf",
      levels: 16,
      lower: -1,
      upper: 2,
    });
    let count = 0;
    found.rows.forEach((v, at) => {
      if (!found.success[Math.floor(at / N)]) return;
      const k = ((v + 1) * 15) / 3;
      expect(Math.abs(k - Math.round(k))).toBeLessThan(1e-5);
      count++;
    });
    expect(count).toBeGreaterThan(N);
  });
});

describe("tables", () => {
  /** Two groups of three choices, two whole numbers from 0 to 9, four numbers. */
  const table: DomainOptions = {
    groups: [
      [0, 1, 2],
      [5, 3, 4],
    ],
    integers: [6, 7],
    upper: Array.from({ length: N }, (_, i) => (i === 6 || i === 7 ? 9 : 1)),
  };
  const records = rows.map((v, at) => {
    const i = at % N;
    const row = Math.floor(at / N);
    if (i < 3) return Number(i === row % 3);
    if (i < 6) return Number(i - 3 === (row + 1) % 3);
    return i < 8 ? Math.floor(v * 9.99) : v;
  });
  const labels = answersOf(records);

  test("groups stay one-hot, whole numbers whole, the rest free", async () => {
    const found = await minimalAttack(network, { rows: records, truth: labels, norm: "linf", ...table });
    let [switched, whole] = [0, 0];
    for (let r = 0; r < ROWS; r++) {
      const row = found.rows.slice(r * N, (r + 1) * N);
      for (const group of [row.slice(0, 3), row.slice(3, 6)]) expect([...group].sort()).toEqual([0, 0, 1]);
      for (const i of [6, 7]) expect(Number.isInteger(row[i])).toBe(true);
      if (!found.success[r]) continue;
      expect(answersOf(row)[0]).not.toBe(labels[r]);
      if (row.slice(0, 6).some((v, i) => v !== records[r * N + i])) switched++;
      if (row.slice(6, 8).some((v, i) => v !== records[r * N + 6 + i])) whole++;
    }
    expect(found.success.reduce((sum, one) => sum + one, 0)).toBe(ROWS);
    expect(switched + whole).toBeGreaterThan(0);
  });

  test("frozen groups and whole numbers stay, and the cheaper the row the more is free", async () => {
    const held = await minimalAttack(network, {
      rows: records,
      truth: labels,
      norm: "linf",
      ...table,
      frozen: [0, 1, 2, 6],
    });
    for (let r = 0; r < ROWS; r++) {
      for (const i of [0, 1, 2, 6]) expect(held.rows[r * N + i]).toBe(records[r * N + i]);
    }
  });
});

describe("one linear model on a grid is solved", () => {
  for (const norm of ["l2", "linf", "l1", "l0"] as const) {
    for (const [title, options] of [
      ["levels", { levels: 4 }],
      ["a group and levels", { levels: 4, groups: [[0, 1, 2]] }],
    ] as [string, DomainOptions][]) {
      test(`${norm}, ${title}: the least length, or but one step more`, () => {
        const domain = requireDomain(5, options);
        let exact = 0;
        for (let seed = 1; seed <= 30; seed++) {
          const image = quantize(
            noise32(5, seed, 0.5).map((v) => v + 0.5),
            4,
          );
          if (options.groups) image.set([1, 0, 0]);
          const slope = noise32(5, 100 + seed);
          const steps = linearisedSteps(norm, image, domain);
          const aim = 0.4;
          const out = steps.smallest(image, slope, 0, aim);
          const gain = (p: ArrayLike<number>) =>
            Array.from(p).reduce((sum, v, i) => sum + (slope[i] as number) * (v - (image[i] as number)), 0);
          let best = Number.POSITIVE_INFINITY;
          const values = [0, 1, 2, 3].map((k) => Math.fround(k / 3));
          let points: number[][] = options.groups
            ? [
                [1, 0, 0],
                [0, 1, 0],
                [0, 0, 1],
              ]
            : [[]];
          for (let i = points[0]?.length as number; i < 5; i++)
            points = points.flatMap((p) => values.map((v) => [...p, v]));
          for (const p of points)
            if (gain(p) >= aim) best = Math.min(best, lengthIn(norm, image, Float32Array.from(p)));
          if (best === Number.POSITIVE_INFINITY) continue;
          expect(gain(out)).toBeGreaterThan(aim - 1e-6);
          const length = lengthIn(norm, image, out);
          expect(length).toBeGreaterThan(best - 1e-6);
          expect(length).toBeLessThan(best + (norm === "l0" || options.groups ? 2.01 : 0.67));
          if (length < best + 1e-6) exact++;
        }
        expect(exact).toBeGreaterThan(12);
      });
    }
  }
});

describe("bad domains are named", () => {
  for (const [options, message] of [
    [{ lower: 1, upper: 0 }, "box: expected lower < upper, got [1, 0]"],
    [{ lower: new Float32Array(N).fill(2) }, "box of feature 0: expected lower <= upper, got [2, 1]"],
    [{ lower: [0, 1] }, "lower: expected 12 numbers, one a feature, got 2"],
    [{ upper: new Array(N).fill(0.1) }, "upper[0]: expected a finite number that f32 holds exactly, got 0.1"],
    [{ upper: Number.NaN }, "upper: expected a finite number that f32 holds exactly, got NaN"],
    [{ upper: "1" }, 'upper: expected a number, or one a feature, got "1"'],
    [{ frozen: Array.from({ length: N }, (_, i) => i) }, "frozen: expected a feature that may change, got none of 12"],
    [{ frozen: [N] }, "frozen[0]: expected a whole number in [0, 11], got 12"],
    [{ frozen: new Uint8Array(3) }, "frozen: expected 12 entries of a mask, one a feature, got 3"],
    [
      { frozen: [0, 1, 0] },
      "frozen[2]: expected a position that is not there yet (a mask is a Uint8Array or booleans), got 0",
    ],
    [{ frozen: "all" }, 'frozen: expected positions or a mask, got "all"'],
    [{ integers: [0] }, "rows[0]: expected a whole number, got 0."],
    [
      {
        integers: [1],
        lower: Float32Array.of(0, 0.25, ...new Array(10).fill(0)),
        upper: Float32Array.of(1, 0.75, ...new Array(10).fill(1)),
      },
      "integers: feature 1: expected a whole number in its box, got none",
    ],
    [{ levels: 1 }, "levels: expected a whole number in [2, 65536], got 1"],
    [
      {
        groups: [
          [0, 1],
          [1, 2],
        ],
      },
      "groups[1]: expected features of no other group, got 1, which groups[0] has",
    ],
    [{ groups: [[0, 0]] }, "groups[0]: expected features of no other group, got 0, which groups[0] has"],
    [{ groups: [[0]] }, "groups[0]: expected two features or more, got 1"],
    [{ groups: [[0, 12]] }, "groups[0][1]: expected a whole number in [0, 11], got 12"],
    [{ groups: 3 }, "groups: expected lists of features, got 3"],
    [{ groups: [[0, 1]], integers: [1] }, "groups[0]: expected features that are not among the integers, got 1"],
    [{ groups: [[0, 1]], upper: 2 }, "box of feature 0: expected [0, 1], as of a group, got [0, 2]"],
    [{ groups: [[0, 1]], frozen: [0] }, "groups[0]: expected features that are all frozen, or none, got some"],
  ] as [Partial<MinimalAttackOptions>, string][]) {
    test(message, async () => {
      expect(await rejectionOf(find(options))).toContain(message);
    });
  }

  test("rows whose group is not one-hot", async () => {
    const images = rows.slice();
    images.set([1, 1], 0);
    images.set([0, 1], N);
    for (let r = 2; r < ROWS; r++) images.set([0, 1], r * N);
    expect(await rejectionOf(find({ rows: images, truth: answersOf(images), groups: [[0, 1]] }))).toBe(
      "row 0 in groups[0]: expected one feature that is 1 and others that are 0, got 2 and 0",
    );
  });
});
