/** Certified radii: of networks whose radius is known, of every option, and what is refused. */
import { describe, expect, test, vi } from "vitest";
import { type CertifyOptions, certify } from "../../src/certify/index.ts";
import { minimalAttack } from "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { rejectionOf } from "../message-of.ts";
import { artifactsOf, dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

/** Two scores, x1 + 2 x2 and 0: the margin is linear, and radii are margin over the dual norm of (1, 2). */
function linear(activation = "linear"): Network {
  const artifacts = artifactsOf([2], [dense("out", 2, 2, activation)]);
  return Network.fromArtifacts({ ...artifacts, weightData: Float32Array.of(1, 0, 2, 0, 0, 0).buffer });
}

const wide = { lower: -8, upper: 8 };

describe("a linear network", () => {
  for (const [norm, radius] of [
    ["linf", 1],
    ["l2", 3 / Math.sqrt(5)],
    ["l1", 1.5],
  ] as const) {
    test(`has its radius in ${norm}, to the tolerance of the effort and from below`, async () => {
      for (const [effort, tolerance] of [
        ["fast", 3e-3],
        ["thorough", 1e-4],
      ] as const) {
        const proved = await certify(linear(), { rows: Float32Array.of(1, 1), truth: [0], norm, effort, ...wide });
        expect(proved.radius[0]).toBeLessThan(radius);
        expect(proved.radius[0]).toBeGreaterThan(radius * (1 - 1.5 * tolerance));
        expect(proved.verdict).toEqual(["proved"]);
        expect(proved.passes[0]).toBeGreaterThan(1);
      }
    });
  }

  test("is found from any guess, in fewer bounds from a good one; one bound says whether the guess is harmless", async () => {
    const rows = Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1);
    const options = { rows, truth: [0, 0, 0, 0], norm: "linf", ...wide } as const;
    const usual = await certify(linear(), options);
    const guess = [0, 0.999, 0.001, 7];
    const guessed = await certify(linear(), { ...options, guess });
    for (const radius of guessed.radius) {
      expect(radius).toBeLessThan(1);
      expect(radius).toBeGreaterThan(1 - 1.5 * 3e-3);
    }
    expect([guessed.radius[0], guessed.passes[0]]).toEqual([usual.radius[0], usual.passes[0]]);
    expect(guessed.passes[1]).toBeLessThan(usual.passes[0] as number);
    const once = await certify(linear(), { ...options, guess: [0.5, 0.999, 1.001, 7], passes: 1 });
    expect([...once.radius]).toEqual([0.5, 0.999, 0, 0]);
    expect(once.verdict).toEqual(["cut", "cut", "undecided", "undecided"]);
    expect(await rejectionOf(certify(linear(), { ...options, guess: [1] }))).toBe(
      "guess: expected 4 lengths, one a row, got 1",
    );
    expect(await rejectionOf(certify(linear(), { ...options, guess: [1, 1, -1, 1] }))).toBe(
      "guess[2]: expected a finite number >= 0, got -1",
    );
  });

  test("in a box has the radius of the box, in every norm: features that cannot move on do not count", async () => {
    const options = {
      rows: Float32Array.of(1, 1),
      truth: [0],
      effort: "thorough",
      lower: [-1, 0.5],
      upper: [2, 2],
    } as const;
    // The second feature gives 1 at most, so that the first gives the other 2: d = (-2, -1/2) reaches 0 exactly.
    const [linf, l2, l1] = await Promise.all(
      ["linf", "l2", "l1"].map((norm) => certify(linear(), { ...options, norm } as CertifyOptions)),
    );
    expect(linf?.radius[0]).toBeCloseTo(2, 3);
    expect(l2?.radius[0]).toBeCloseTo(Math.hypot(2, 0.5), 3);
    expect(l1?.radius[0]).toBeCloseTo(2.5, 3);
  });

  test("whose features are held but one has the radius of that one", async () => {
    const proved = await certify(linear(), {
      rows: Float32Array.of(1, 1),
      truth: [0],
      norm: "l2",
      frozen: [1],
      ...wide,
      effort: "thorough",
    });
    expect(proved.radius[0]).toBeCloseTo(3, 3);
  });

  test("that no change in the box alters has the radius of the box", async () => {
    const proved = await certify(linear(), { rows: Float32Array.of(4, 4), truth: [0], lower: 3, upper: 5 });
    expect(Array.from(proved.radius)).toEqual([1]);
    expect(proved.verdict).toEqual(["proved"]);
  });

  test("behind a softmax needs a lead that single precision keeps", async () => {
    const rows = Float32Array.of(1, 1);
    const [plain, soft] = await Promise.all(
      [linear(), linear("softmax")].map((it) => certify(it, { rows, truth: [0], effort: "thorough", ...wide })),
    );
    expect(soft?.radius[0]).toBeLessThanOrEqual(plain?.radius[0] as number);
    expect(soft?.radius[0]).toBeCloseTo(1, 3);
  });
});

test("with labels a radius is of the one answer that is asked about", async () => {
  // Scores x, 0 and x - 4 of x = 3: the label 1 is 3 away, the label 2 is nowhere.
  const artifacts = artifactsOf([1], [dense("out", 1, 3, "linear")]);
  const it = Network.fromArtifacts({ ...artifacts, weightData: Float32Array.of(1, 0, 1, 0, 0, -4).buffer });
  const options = { rows: Float32Array.of(3, 3), truth: [0, 0], lower: -8, upper: 8 };
  for (const effort of ["fast", "exhaustive"] as const) {
    const { radius, verdict } = await certify(it, { ...options, labels: [1, 2], effort });
    expect(radius[0]).toBeLessThan(3);
    expect(radius[0]).toBeGreaterThan(2.96);
    expect([radius[1], verdict[1]]).toEqual([11, "proved"]);
    const any = await certify(it, { ...options, effort });
    expect(any.radius[1]).toBe(any.radius[0]);
    const asked = await certify(it, { ...options, labels: [1, 2], effort, epsilon: 5 });
    expect(asked.verdict).toEqual(["falsified", "proved"]);
    expect(asked.found[0]).toBeLessThanOrEqual(5);
    expect(asked.found[1]).toBeNaN();
  }
  expect(await rejectionOf(certify(it, { ...options, labels: [1, 0] }))).toBe(
    "labels[1]: expected another label than the true one, got 0",
  );
});

test("an exhaustive search says the shortest change it knows of, others say none", async () => {
  const options = { rows: Float32Array.of(1, 1), truth: [0], ...wide };
  expect((await certify(linear(), options)).found[0]).toBeNaN();
  const { radius, found } = await certify(linear(), { ...options, effort: "exhaustive" });
  expect(found[0]).toBeCloseTo(1, 3);
  expect(radius[0]).toBeGreaterThan(0.989 * (found[0] as number));
});

test("one sigmoid is two classes", async () => {
  const artifacts = artifactsOf([2], [dense("out", 2, 1, "sigmoid")]);
  const network = Network.fromArtifacts({ ...artifacts, weightData: Float32Array.of(1, 2, 0).buffer });
  const proved = await certify(network, {
    rows: Float32Array.of(1, 1, -1, -1),
    truth: [1, 0],
    effort: "thorough",
    ...wide,
  });
  expect(proved.radius[0]).toBeCloseTo(1, 3);
  expect(proved.radius[1]).toBeCloseTo(1, 3);
});

test("a row that is misread has radius 0 and says so", async () => {
  const proved = await certify(linear(), { rows: Float32Array.of(1, 1, -1, -1), truth: [1, 1], ...wide });
  expect(proved.verdict).toEqual(["misread", "proved"]);
  expect(proved.radius[0]).toBe(0);
  expect(proved.passes[0]).toBe(0);
});

test("a budget that runs out leaves the largest radius proved so far, and says so", async () => {
  const options = { rows: Float32Array.of(1, 1), truth: [0], ...wide };
  const whole = await certify(linear(), options);
  const cut = await certify(linear(), { ...options, passes: 1 });
  expect(cut.verdict).toEqual(["cut"]);
  expect(cut.radius[0]).toBeGreaterThan(0);
  expect(cut.radius[0]).toBeLessThan(whole.radius[0] as number);
  expect(cut.passes[0]).toBe(1);
});

describe("small networks", () => {
  const shapes = [
    ["relu", [dense("a", 6, 10, "relu"), dense("b", 10, 8, "relu"), dense("c", 8, 3, "linear")]],
    ["tanh", [dense("a", 6, 10, "tanh"), dense("b", 10, 8, "sigmoid"), dense("c", 8, 3, "softmax")]],
  ] as const;
  const rows = noise32(8 * 6, 5).map((x) => 0.5 + 0.5 * x);
  for (const [name, parts] of shapes) {
    const network = networkOf([6], parts);
    const truth = Array.from({ length: 8 }, (_, r) => {
      const scores = network.scores(rows.slice(r * 6, r * 6 + 6));
      return scores.indexOf(Math.max(...scores));
    });

    test(`${name}: no attack comes nearer than the radius, in any norm`, async () => {
      let compared = 0;
      for (const norm of ["linf", "l2", "l1"] as const) {
        const proved = await certify(network, { rows, truth, norm });
        const found = await minimalAttack(network, { rows, truth, norm });
        found.distance.forEach((distance, r) => {
          if (!found.success[r]) return;
          compared++;
          expect(proved.radius[r]).toBeLessThan(distance);
          expect(proved.radius[r]).toBeGreaterThan(0);
        });
      }
      expect(compared).toBeGreaterThan(6);
    });

    test(`${name}: with an epsilon, rows are proved, falsified by a row that lies within, or undecided`, async () => {
      const verdicts = new Set<string>();
      for (const epsilon of [0.001, 0.05, 0.4, 0.9]) {
        const decided = await certify(network, { rows, truth, epsilon });
        decided.verdict.forEach((verdict, r) => {
          verdicts.add(verdict);
          const [from, to] = [rows.slice(r * 6, r * 6 + 6), decided.rows.slice(r * 6, r * 6 + 6)];
          const change = from.reduce((most, x, i) => Math.max(most, Math.abs(x - (to[i] as number))), 0);
          const scores = network.scores(to);
          if (verdict === "falsified") {
            expect(change).toBeLessThanOrEqual(epsilon);
            expect(scores.indexOf(Math.max(...scores))).not.toBe(truth[r]);
          } else expect(change).toBe(0);
          expect(decided.radius[r]).toBe(verdict === "proved" ? epsilon : 0);
        });
      }
      expect(verdicts).toContain("proved");
      expect(verdicts).toContain("falsified");
    });

    test(`${name}: a row has the same bits alone as among others`, async () => {
      const together = await certify(network, { rows, truth, norm: "l2" });
      for (const r of [0, 3, 7]) {
        const alone = await certify(network, {
          rows: rows.slice(r * 6, r * 6 + 6),
          truth: [truth[r] as number],
          norm: "l2",
        });
        expect(Object.is(alone.radius[0], together.radius[r])).toBe(true);
      }
    });
  }

  test("rows are told as they are done, and an aborted signal ends the run", async () => {
    const network = networkOf([6], shapes[0][1]);
    const truth = new Array(8).fill(0);
    const told: number[] = [];
    const stop = new AbortController();
    const why = new Error("enough");
    const run = certify(network, {
      ...{ rows, truth, signal: stop.signal },
      onRow: (row) => {
        told.push(row);
        if (row === 2) stop.abort(why);
      },
    });
    await expect(run).rejects.toBe(why);
    expect(told).toEqual([0, 1, 2]);
  });

  test("the event loop gets its turn between two bounds of a row, so that a signal can come from outside", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
    try {
      const stop = new AbortController();
      const why = new Error("enough");
      setTimeout(() => stop.abort(why));
      const row = { rows: Float32Array.of(1, 1), truth: [0], signal: stop.signal, ...wide };
      await expect(certify(linear(), row)).rejects.toBe(why);
      expect(now).toBeLessThan(5000); // two or three questions, of a dozen
    } finally {
      clock.mockRestore();
    }
  });
});

describe("refuses", () => {
  const good = { rows: Float32Array.of(0.5, 0.5), truth: [0] };
  for (const [what, options, message] of [
    ["another norm", { ...good, norm: "l0" }, 'norm: expected one of linf, l2, l1, got "l0"'],
    ["another effort", { ...good, effort: "hard" }, 'effort: expected one of fast, thorough, exhaustive, got "hard"'],
    [
      "a row outside of the box",
      { ...good, rows: Float32Array.of(0.5, 2) },
      "rows[1]: expected a number in [0, 1], got 2",
    ],
    ["a negative epsilon", { ...good, epsilon: -1 }, "epsilon: expected a finite number >= 0, got -1"],
    ["no passes", { ...good, passes: 0 }, "passes: expected a whole number >= 1, got 0"],
    ["too few labels", { ...good, truth: [] }, "truth: expected 1 labels, one a row, got 0"],
  ] as const) {
    test(what, async () => {
      expect(await rejectionOf(certify(linear(), options as unknown as CertifyOptions))).toBe(message);
    });
  }

  test("what is no network, and options that it does not have", async () => {
    expect(await rejectionOf(certify({} as Network, good))).toBe(
      "target: expected a Network, whose operations have bounds, got Object",
    );
    expect(await rejectionOf(certify(linear(), { ...good, norms: "l2" } as unknown as CertifyOptions))).toMatch(
      /did you mean "norm"\?$/,
    );
  });
});
