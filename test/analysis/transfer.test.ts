import { describe, expect, test } from "vitest";
import { type AdversarialSet, answers, transferCell, transferMatrix } from "../../src/analysis/index.ts";
import type { AnswerTarget } from "../../src/attacks/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";

/**
 * A model of one pixel and three classes that answers by a table: pixel k is answered with table[k]. With it every answer
 * of a test can be written down.
 */
function table(...table: number[]): AnswerTarget {
  return {
    inputSize: 1,
    classes: 3,
    predict: (rows) => {
      const scores = new Float32Array(3 * rows.length);
      rows.forEach((pixel, i) => {
        scores[3 * i + (table[pixel] as number)] = 1;
      });
      return scores;
    },
  };
}

/** Eight images 0..7, true labels 0 0 0 0 1 1 1 1; changed, they are images 8..15, driven to label 2. */
const originals = Float32Array.from({ length: 8 }, (_, i) => i);
const set: AdversarialSet = {
  name: "made for a",
  rows: originals.map((i) => i + 8),
  truth: [0, 0, 0, 0, 1, 1, 1, 1],
  targets: [2, 2, 2, 2, 2, 2, 2, 2],
  originals,
  found: [1, 1, 1, 1, 1, 1, 0, 0],
};
/** Reads all originals truly; of the changed ones, six as asked for and two truly. */
const a = table(0, 0, 0, 0, 1, 1, 1, 1, /* changed */ 2, 2, 2, 2, 2, 2, 1, 1);
/** Misreads originals 0 and 7; of the changed ones reads 0, 3 and 6 truly, 1 and 7 as the target, 2, 4 and 5 as another. */
const b = table(1, 0, 0, 0, 1, 1, 1, 0, /* changed */ 0, 2, 1, 0, 0, 0, 1, 2);

/** hits and count. */
const share = (rate: { hits: number; count: number } | undefined) => rate && [rate.hits, rate.count];

describe("transferMatrix", () => {
  test("counts as one counts by hand", async () => {
    const { models, rows } = await transferMatrix({ a, b }, [set]);
    expect(models).toEqual(["a", "b"]);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ name: "made for a", count: 8 });
    const [own, other] = rows[0]?.cells ?? [];
    // Its own model: six of eight are errors, all of those that succeeded.
    expect([share(own?.error), share(own?.clean), share(own?.carried), share(own?.target)]).toEqual([
      [6, 8],
      [0, 8],
      [6, 6],
      [6, 6],
    ]);
    expect(share(own?.carriedToTarget)).toEqual([6, 6]);
    // The other: wrong on 1, 2, 4, 5 and 7. Of the six that succeeded it read 1..5 truly: 3 still, 1 as the target.
    expect([share(other?.error), share(other?.clean), share(other?.carried), share(other?.target)]).toEqual([
      [5, 8],
      [2, 8],
      [4, 5],
      [1, 6],
    ]);
    expect(share(other?.carriedToTarget)).toEqual([1, 5]);
    expect(other?.error.rate).toBe(5 / 8);
    expect(other?.answers).toEqual(Int32Array.of(0, 2, 1, 0, 0, 0, 1, 2));
    expect(other?.cleanAnswers).toEqual(Int32Array.of(1, 0, 0, 0, 1, 1, 1, 0));
  });

  test("gives each rate its interval", async () => {
    const { rows } = await transferMatrix({ b }, [set]);
    const { low, high } = rows[0]?.cells[0]?.error ?? { low: 0, high: 0 };
    // scipy.stats.binomtest(5, 8).proportion_ci(method="wilson")
    expect([low, high].map((p) => Number(p.toFixed(6)))).toEqual([0.305742, 0.863156]);
  });

  test("says nothing of what it was not told: neither targets nor originals", async () => {
    const { rows } = await transferMatrix({ b }, [{ name: "bare", rows: set.rows, truth: set.truth }]);
    expect(Object.keys(rows[0]?.cells[0] ?? {}).toSorted()).toEqual(["answers", "error", "model"]);
    expect(rows[0]).not.toHaveProperty("distortion");
  });

  test("has no rate of no rows", async () => {
    const { rows } = await transferMatrix({ b }, [{ ...set, found: [1, 0, 0, 0, 0, 0, 0, 0] }]);
    // b misread image 0 before any change.
    expect(rows[0]?.cells[0]).not.toHaveProperty("carried");
    expect(share(rows[0]?.cells[0]?.target)).toEqual([0, 1]);
    const none = await transferMatrix({ b }, [{ ...set, found: new Uint8Array(8) }]);
    expect(none.rows[0]?.cells[0]).not.toHaveProperty("target");
    expect(none.rows[0]).not.toHaveProperty("distortion");
  });

  test("measures distortion over the rows that succeeded", async () => {
    const moved = { ...set, rows: Float32Array.of(8, 9, 10, 11, 12, 13, 6, 7) };
    const { rows } = await transferMatrix({ b }, [moved, { ...moved, name: "all", found: [1, 1, 1, 1, 1, 1, 1, 1] }]);
    expect(rows[0]?.distortion).toEqual({ pooled: 8, mean: 8 });
    expect(rows[1]?.distortion).toEqual({ pooled: Math.sqrt(48), mean: 6 });
  });

  test("is the same for any batch, for models that answer later, and for a list in the place of a record", async () => {
    const known = await transferMatrix({ a, b }, [set]);
    const later: AnswerTarget = { ...b, predict: async (rows) => b.predict(rows) };
    for (const batch of [1, 3, 7, 8, 9]) {
      const list = [
        { name: "a", target: a },
        { name: "b", target: later },
      ];
      expect(await transferMatrix(list, [set], { batch })).toEqual(known);
    }
  });

  test("asks a model once for originals that sets share, and counts what it has asked", async () => {
    let asked = 0;
    const counting: AnswerTarget = {
      ...b,
      predict: (rows) => {
        asked += rows.length;
        return b.predict(rows);
      },
    };
    const progress: number[][] = [];
    const other = { ...set, name: "other", rows: set.rows.slice() };
    await transferMatrix({ counting }, [set, other], {
      batch: 5,
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(asked).toBe(24);
    expect(progress).toEqual([5, 8, 13, 16, 21, 24].map((done) => [done, 24]));
  });

  test("stops with the reason of the signal", async () => {
    const controller = new AbortController();
    const stopping = {
      ...b,
      predict: (rows: Float32Array) => {
        controller.abort(new Error("enough"));
        return b.predict(rows);
      },
    };
    expect(await rejectionOf(transferMatrix({ stopping }, [set], { batch: 2, signal: controller.signal }))).toBe(
      "enough",
    );
  });
});

describe("refusals", () => {
  const wide = { ...a, inputSize: 2 };
  const many = { ...a, classes: 4 };
  for (const [models, sets, message] of [
    [{}, [set], "models: expected at least one, got none"],
    [{ a, wide }, [set], "model wide: expected 1 inputs, as a has, got 2"],
    [{ a, many }, [set], "model many: expected 3 classes, as a has, got 4"],
    [{ a: {} }, [set], "model a.inputSize: expected a whole number, got undefined"],
    [
      [
        { name: "a", target: a },
        { name: "a", target: b },
      ],
      [set],
      'model names: expected each once, got "a" twice',
    ],
    [{ a }, [], "adversarial sets: expected at least one, got none"],
    [{ a }, [set, set], 'adversarial set names: expected each once, got "made for a" twice'],
    [{ a }, [{ ...set, truth: [0] }], "made for a: truth: expected 8 labels, one a row, got 1"],
    [{ a }, [{ ...set, targets: new Array(8).fill(3) }], "made for a: targets[0]: expected a label in [0, 2], got 3"],
    [{ a }, [{ ...set, originals: Float32Array.of(1) }], "made for a: originals: expected 8 rows, got 1"],
    [{ a }, [{ ...set, found: [2] }], "made for a: found: expected 8 labels, one a row, got 1"],
  ] as const) {
    test(message, async () => {
      expect(await rejectionOf(transferMatrix(models as never, sets as never))).toBe(message);
    });
  }

  test("answers that are not of the same rows", () => {
    const answers = Int32Array.of(0, 1);
    const cell = (change: object) => messageOf(() => transferCell({ model: "a", answers, truth: [0, 1], ...change }));
    expect(cell({ truth: [0] })).toBe("a: truth: expected 2 values, one an answer, got 1");
    expect(cell({ cleanAnswers: Int32Array.of(1, 2, 3) })).toBe(
      "a: cleanAnswers: expected 2 values, one an answer, got 3",
    );
    expect(cell({ answers: new Int32Array(0), truth: [] })).toBe("a: answers: expected at least one, got none");
  });

  test("scores that are none", async () => {
    const nothing = { ...a, predict: () => new Float32Array(3).fill(Number.NaN) };
    expect(await rejectionOf(answers(nothing, Float32Array.of(0)))).toBe(
      "target's scores of row 0: expected numbers, got NaN",
    );
    const short = { ...a, predict: () => new Float32Array(3) };
    expect(await rejectionOf(answers(short, Float32Array.of(0, 1)))).toBe(
      "target's scores: expected 2 rows of 3, got 3 values",
    );
  });
});
