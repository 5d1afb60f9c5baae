/** The attack on a small trained network: what its results do and do not depend on, how it ends, what it refuses. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import "../../src/index.ts";
import {
  type AttackResult,
  type AttackTarget,
  attackEveryLabel,
  EFFORTS,
  type EveryLabelOptions,
  type LbfgsAttackOptions,
  lbfgsAttack,
} from "../../src/attacks/index.ts";
import type { LossGradient } from "../../src/model/index.ts";
import { type Network, predictedClasses } from "../../src/model/index.ts";
import { rejectionOf } from "../message-of.ts";
import { blobs, trainedOn } from "../support/blobs.ts";
import { firstDifferent } from "../support/bounds.ts";
import { asynchronous, linearTarget, targetOf, watched } from "../support/targets.ts";

const CLASSES = 4;
const IMAGES = 14;

/** One that fills whole vectors of 8, so that rows are evaluated in place, and one that does not. */
for (const inputSize of [16, 13]) {
  describe(`a network of ${inputSize} inputs`, () => {
    const data = blobs(80, inputSize, CLASSES);
    const rows = data.rows.slice(0, IMAGES * inputSize);
    const truth = data.labels.slice(0, IMAGES);
    const labels = truth.map((label) => (label + 1) % CLASSES);
    let network: Network;
    let found: AttackResult;

    beforeAll(async () => {
      network = await trainedOn(data, inputSize, CLASSES);
      found = await lbfgsAttack(network, { rows, labels });
    });

    function expectSame(actual: AttackResult, expected: AttackResult): void {
      for (const key of Object.keys(expected) as (keyof AttackResult)[]) {
        expect([key, firstDifferent(actual[key], expected[key])]).toEqual([key, -1]);
      }
    }

    /** The results of some images alone, one behind the other. */
    function pick(result: AttackResult, which: readonly number[]): AttackResult {
      const each = <A extends ArrayLike<unknown>>(values: A) => which.map((i) => values[i]);
      return {
        rows: Float32Array.from(which.flatMap((i) => [...result.rows.slice(i * inputSize, (i + 1) * inputSize)])),
        success: Uint8Array.from(each(result.success) as number[]),
        distortion: Float64Array.from(each(result.distortion) as number[]),
        targets: Int32Array.from(each(result.targets) as number[]),
        evaluations: Uint32Array.from(each(result.evaluations) as number[]),
        iterations: Uint32Array.from(each(result.iterations) as number[]),
        penalty: Float64Array.from(each(result.penalty) as number[]),
        stop: each(result.stop) as AttackResult["stop"],
      };
    }

    /** Rows and labels of some of the images. */
    function some(which: readonly number[]): { rows: Float32Array; labels: number[] } {
      return {
        rows: Float32Array.from(which.flatMap((i) => [...rows.slice(i * inputSize, (i + 1) * inputSize)])),
        labels: which.map((i) => labels[i] as number),
      };
    }

    test("every image is driven to its label inside the box, and the record says at what distortion", () => {
      const answers = predictedClasses(network.predict(found.rows), CLASSES);
      for (let r = 0; r < IMAGES; r++) {
        expect(answers[r]).toBe(labels[r]);
        let squared = 0;
        for (let i = r * inputSize; i < (r + 1) * inputSize; i++) {
          expect(found.rows[i]).toBeGreaterThanOrEqual(0);
          expect(found.rows[i]).toBeLessThanOrEqual(1);
          squared += ((found.rows[i] as number) - (rows[i] as number)) ** 2;
        }
        expect(found.distortion[r]).toBe(Math.sqrt(squared / inputSize));
        expect(found.distortion[r]).toBeGreaterThan(0);
      }
      expect([...found.success]).toEqual(new Array(IMAGES).fill(1));
      expect(found.stop).toEqual(new Array(IMAGES).fill("found"));
      expect([...found.targets]).toEqual(labels);
      expect(found.evaluations.every((count, r) => count > (found.iterations[r] as number))).toBe(true);
    });

    test("success leads by the margin asked for, in the logits of the row returned", async () => {
      for (const margin of [1e-4, 0.5]) {
        const { rows: reached } = await lbfgsAttack(network, { rows, labels, margin });
        const { logits } = network.lossGradient(reached, labels);
        const leads = labels.map((label, r) => {
          const z = [...logits.slice(r * CLASSES, (r + 1) * CLASSES)];
          const [own] = z.splice(label, 1) as [number];
          return own - Math.max(...z);
        });
        expect(Math.min(...leads)).toBeGreaterThan(margin);
      }
    });

    test("in a box wider by a power of two, of a target to scale, the same changes are found by the same course", async () => {
      for (const width of [2 ** -6, 256]) {
        const scaled: AttackTarget = {
          inputSize,
          classes: CLASSES,
          predict: (all) => network.predict(all.map((v) => v / width)),
          lossGradient: (all, wanted) => {
            const { loss, logits, gradient } = network.lossGradient(
              all.map((v) => v / width),
              wanted,
            );
            return { loss, logits, gradient: gradient.map((v) => v / width) };
          },
        };
        const wide = rows.map((v) => v * width);
        for (const options of [{}, { effort: [{ steps: 20, stepLength: 1, rate: 0.1 }] }, { polish: 0 }]) {
          const narrow = await lbfgsAttack(network, { rows, labels, ...options });
          const result = await lbfgsAttack(scaled, { rows: wide, labels, upper: width, ...options });
          expectSame(
            {
              ...result,
              rows: result.rows.map((v) => v / width),
              distortion: result.distortion.map((v) => v / width),
              penalty: result.penalty.map((v) => v * width * width),
            },
            narrow,
          );
        }
      }
    });

    test("an image gets the same bits alone, in any order and beside any others", async () => {
      for (let r = 0; r < IMAGES; r++) expectSame(await lbfgsAttack(network, some([r])), pick(found, [r]));
      const order = Array.from({ length: IMAGES }, (_, i) => (i * 5 + 3) % IMAGES);
      expect(new Set(order).size).toBe(IMAGES);
      expectSame(await lbfgsAttack(network, some(order)), pick(found, order));
      const repeated = [3, 3, 0, 3];
      expectSame(await lbfgsAttack(network, some(repeated)), pick(found, repeated));
    });

    for (const batch of [1, 2, 7, 32]) {
      test(`batch = ${batch} changes no bit, with annealed starts neither`, async () => {
        expectSame(await lbfgsAttack(network, { rows, labels, batch }), found);
        const effort = [{ steps: 20, stepLength: 1, rate: 0.1 }];
        const whole = await lbfgsAttack(network, { rows, labels, effort });
        expectSame(await lbfgsAttack(network, { rows, labels, effort, batch }), whole);
      });
    }

    test("a target that answers with promises, in arrays of its own, gives the same bits", async () => {
      expectSame(await lbfgsAttack(asynchronous(network), { rows, labels, batch: 5 }), found);
    });

    test("what the target is asked, and in which order, no clock decides; each success is asked for once, alone", async () => {
      const asked = async (ticks: number) => {
        const log: string[] = [];
        const logged: AttackTarget = {
          inputSize,
          classes: CLASSES,
          predict: (all) => {
            log.push(`predict ${all.join()}`);
            return network.predict(all);
          },
          lossGradient: (all, wanted, into) => {
            log.push(`loss ${Array.from(wanted).join()} ${all.join()}`);
            return network.lossGradient(all, wanted, into);
          },
        };
        let now = 0;
        const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += ticks));
        const result = await lbfgsAttack(logged, { rows, labels, batch: 4 }).finally(() => clock.mockRestore());
        return { log, result };
      };
      const [stopped, hasty] = [await asked(0), await asked(1000)];
      expect(hasty.log).toEqual(stopped.log);
      const checks = stopped.log.filter((line) => line.startsWith("predict ")).slice(1);
      const successes = stopped.result.stop.flatMap((stop, row) =>
        stop === "found" ? [`predict ${stopped.result.rows.slice(row * inputSize, (row + 1) * inputSize).join()}`] : [],
      );
      expect(checks.toSorted()).toEqual(successes.toSorted());
      expect(successes.length).toBeGreaterThan(IMAGES / 2);
    });

    test("evaluations are those that the target saw, and no row leaves the box on the way", async () => {
      let evaluated = 0;
      let outside = 0;
      const target = watched(network, (seen) => {
        evaluated += seen.length / inputSize;
        outside += seen.filter((v) => !(v >= 0 && v <= 1)).length;
      });
      const effort = [{ steps: 20, stepLength: 1, rate: 0.1 }];
      const { evaluations } = await lbfgsAttack(target, { rows, labels, effort, batch: 4 });
      expect(evaluated).toBe(evaluations.reduce((sum, count) => sum + count, 0));
      expect(outside).toBe(0);
    });

    test("no effort gives a worse answer than a smaller one, for any image", async () => {
      const results = [found];
      for (const effort of ["thorough", "exhaustive"] as const) {
        const better = await lbfgsAttack(network, { rows, labels, effort });
        for (let r = 0; r < IMAGES; r++) {
          expect(better.distortion[r]).toBeLessThanOrEqual(found.distortion[r] as number);
          const steps = EFFORTS[effort].reduce((sum, schedule) => sum + schedule.steps, 0);
          expect(better.evaluations[r]).toBeGreaterThan((found.evaluations[r] as number) + steps);
        }
        results.push(better);
      }
      expect(results).toHaveLength(3);
      expectSame(await lbfgsAttack(network, { rows, labels, effort: "fast" }), found);
      expectSame(await lbfgsAttack(network, { rows, labels, effort: [] }), found);
    });

    test("rows that the target gets wrong are not attacked, at distortion 0, rows at their target too", async () => {
      const wrong = truth.map((label, r) => (r === 2 ? (label + 1) % CLASSES : label));
      const reached = labels.map((label, r) => (r === 5 ? (truth[r] as number) : label));
      const result = await lbfgsAttack(network, { rows, labels: reached, truth: wrong });
      expect(result.stop).toEqual(
        labels.map((_, r) => (r === 2 ? "misclassified" : r === 5 ? "already-target" : "found")),
      );
      for (const r of [2, 5]) {
        expect([result.distortion[r], result.evaluations[r], result.iterations[r]]).toEqual([0, 0, 0]);
        expect(firstDifferent(pick(result, [r]).rows, some([r]).rows)).toBe(-1);
      }
      expect([result.success[2], result.success[5]]).toEqual([0, 0]);
      const others = labels.map((_, r) => r).filter((r) => r !== 2 && r !== 5);
      expectSame(pick(result, others), pick(found, others));
      // The answer of a misclassified row may happen to be its target: it was not attacked all the same.
      const already = await lbfgsAttack(network, {
        ...some([2]),
        labels: [truth[2] as number],
        truth: [wrong[2] as number],
      });
      expect([already.stop[0], already.success[0], already.distortion[0]]).toEqual(["misclassified", 0, 0]);
    });

    test("attackEveryLabel is the best of the runs for each wrong label, at the cost of them all", async () => {
      const wrong = truth.map((label, r) => (r === 2 ? (label + 1) % CLASSES : label));
      const nearest = await attackEveryLabel(network, { rows, truth: wrong });
      const runs: AttackResult[] = [];
      for (let step = 1; step < CLASSES; step++) {
        const to = wrong.map((label) => (label + step) % CLASSES);
        runs.push(await lbfgsAttack(network, { rows, labels: to, truth: wrong }));
      }
      for (let r = 0; r < IMAGES; r++) {
        const costs = runs.map((run) => run.evaluations[r] as number);
        expect(nearest.evaluations[r]).toBe(costs.reduce((sum, cost) => sum + cost, 0));
        expect(nearest.success[r]).toBe(r === 2 ? 0 : 1);
        // Of a row that is misread the answer is the change that nobody had to make.
        const answered = (run: AttackResult) => run.targets[r] === truth[r];
        const successes = runs.filter((run) => (r === 2 ? answered(run) : run.success[r] === 1));
        const least = Math.min(...successes.map((run) => run.distortion[r] as number));
        expect(nearest.distortion[r]).toBe(least);
        const best = successes.find((run) => run.distortion[r] === least) as AttackResult;
        for (const key of ["rows", "targets", "stop", "penalty", "success"] as const) {
          expect(firstDifferent(pick(nearest, [r])[key], pick(best, [r])[key])).toBe(-1);
        }
        expect(nearest.targets[r]).not.toBe(wrong[r]);
      }
      expect(nearest.stop[2]).toBe("misclassified");
      expect(nearest.stop.filter((stop) => stop === "found")).toHaveLength(IMAGES - 1);
    });

    test("an aborted signal rejects with its reason: before, between two calls, in a turn of the event loop", async () => {
      const reason = new Error("enough");
      let calls = 0;
      const counted = watched(network, () => {
        calls++;
      });
      const before = lbfgsAttack(counted, { rows, labels, signal: AbortSignal.abort(reason) });
      await expect(before).rejects.toBe(reason);
      expect(calls).toBe(0);

      const controller = new AbortController();
      const third = watched(network, () => {
        if (++calls === 3) controller.abort(reason);
      });
      await expect(lbfgsAttack(third, { rows, labels, signal: controller.signal })).rejects.toBe(reason);
      expect(calls).toBe(3);

      const timed = new AbortController();
      setTimeout(() => timed.abort(reason), 5);
      const long = { rows, labels, effort: [{ steps: 1e6, stepLength: 1, rate: 0.1 }], signal: timed.signal };
      await expect(lbfgsAttack(network, long)).rejects.toBe(reason);
      await expect(attackEveryLabel(network, { rows, truth, signal: timed.signal })).rejects.toBe(reason);
    });

    test("progress never falls and ends at the images that were searched", async () => {
      const seen: number[][] = [];
      const effort = [{ steps: 4000, stepLength: 1, rate: 0.1 }];
      const onProgress = (...now: number[]) => seen.push(now);
      const { evaluations } = await lbfgsAttack(network, { rows, labels, effort, batch: 2, onProgress });
      expect(seen.at(-1)).toEqual([IMAGES, IMAGES, evaluations.reduce((sum, n) => sum + n)]);
      expect(seen.length).toBeGreaterThan(1);
      for (const k of [0, 2]) {
        expect(seen.every((now, i) => i === 0 || (now[k] as number) >= (seen[i - 1]?.[k] as number))).toBe(true);
      }
    });

    test("the caller's arrays are left alone, and the result shares no memory with them", async () => {
      const kept = rows.slice();
      const result = await lbfgsAttack(network, { rows, labels });
      expect(firstDifferent(rows, kept)).toBe(-1);
      expect(result.rows.buffer).not.toBe(rows.buffer);
    });
  });
}

describe("targets that are no networks", () => {
  const n = 8;
  const w = [1, -0.5, 0.25, 2, -1, 0.5, 0, 1];
  const rows = new Float32Array(n).fill(0.25);

  test("a success that the target does not repeat when asked for its answer is none", async () => {
    const honest = linearTarget([w.map(() => 0), w], [0, -2]);
    const lying: AttackTarget = { ...honest, predict: (all) => new Float32Array((all.length / n) * 2).fill(0) };
    const search = { rows, labels: [1] };
    expect((await lbfgsAttack(honest, search)).stop).toEqual(["found"]);
    const result = await lbfgsAttack(lying, search);
    expect(result.stop).toEqual(["not-found"]);
    expect([result.success[0], result.distortion[0]]).toEqual([0, Number.NaN]);
    expect(firstDifferent(result.rows, rows)).toBe(-1);
  });

  test("a target that writes to the row that it is asked about again changes no result", async () => {
    const honest = linearTarget([w.map(() => 0), w], [0, -2]);
    const asked: Float32Array[] = [];
    const careless: AttackTarget = {
      ...honest,
      predict: async (all) => {
        const answer = await honest.predict(all);
        asked.push(all);
        if (asked.length > 1) all.fill(9); // the first time it is asked about the images
        return answer;
      },
    };
    const search = { rows, labels: [1] };
    expect(await lbfgsAttack(careless, search)).toEqual(await lbfgsAttack(honest, search));
    expect(asked.length).toBe(2);
  });

  test("a loss that is flat where the attack succeeds, and one that is flat everywhere, end as values", async () => {
    // A ramp that ends in a jump to a plateau: every success lies there, and no slope shows the way back.
    const plateau = targetOf(n, 2, (row) => {
      const score = w.reduce((sum, v, i) => sum + v * (row[i] as number), -2);
      const isFlat = score > -0.25;
      return { logits: [0, isFlat ? 2 : score], jacobian: [w.map(() => 0), isFlat ? w.map(() => 0) : w] };
    });
    let outside = 0;
    const target = watched(plateau, (seen) => {
      outside += seen.filter((v) => !(v >= 0 && v <= 1)).length; // NaN too
    });
    const found = await lbfgsAttack(target, { rows, labels: [1] });
    expect(outside).toBe(0);
    expect(found.stop).toEqual(["found"]);
    expect(found.rows.every((v) => v >= 0 && v <= 1)).toBe(true);

    const flat = linearTarget([w.map(() => 0), w.map(() => 0)], [0, -1]);
    const effort = [{ steps: 3, stepLength: 1, rate: 0.1 }];
    expect((await lbfgsAttack(flat, { rows, labels: [1], effort })).stop).toEqual(["not-found"]);
  });
});

describe("refusals", () => {
  const target = linearTarget(
    [
      [0, 0, 0],
      [1, 2, 3],
    ],
    [0, -3],
  );
  const good: LbfgsAttackOptions = { rows: new Float32Array(6).fill(0.5), labels: [1, 1] };
  const untouched: AttackTarget = {
    ...target,
    predict: () => {
      throw new Error("work was done before the refusal");
    },
  };

  const CASES: [string, Partial<Record<keyof LbfgsAttackOptions, unknown>>, string][] = [
    ["no rows", { rows: new Float32Array(0), labels: [] }, "rows: expected at least one row of 3 values, got none"],
    ["ragged rows", { rows: new Float32Array(5) }, "rows: expected rows of 3 values, got 5 values"],
    ["rows of doubles", { rows: new Float64Array(6) }, "rows: expected a Float32Array, got Float64Array[6]"],
    [
      "a pixel above the box",
      { rows: Float32Array.of(0, 0, 0, 0, 1.5, 0) },
      "rows[4]: expected a number in [0, 1], got 1.5",
    ],
    [
      "a pixel below the box",
      { rows: Float32Array.of(0, 0, -0.25, 0, 0, 0) },
      "rows[2]: expected a number in [0, 1], got -0.25",
    ],
    [
      "a pixel that is NaN",
      { rows: new Float32Array(6).fill(Number.NaN) },
      "rows[0]: expected a number in [0, 1], got NaN",
    ],
    [
      "a box of its own",
      { lower: 0.5, upper: 0.75, rows: new Float32Array(6) },
      "rows[0]: expected a number in [0.5, 0.75], got 0",
    ],
    ["a box without inside", { lower: 0.5, upper: 0.5 }, "box: expected lower < upper, got [0.5, 0.5]"],
    ["a box upside down", { lower: 1, upper: 0 }, "box: expected lower < upper, got [1, 0]"],
    [
      "a bound that f32 does not hold",
      { upper: 0.1 },
      "upper: expected a finite number that f32 holds exactly, got 0.1",
    ],
    [
      "an infinite bound",
      { lower: Number.NEGATIVE_INFINITY },
      "lower: expected a finite number that f32 holds exactly, got -Infinity",
    ],
    ["a bound that is NaN", { lower: Number.NaN }, "lower: expected a finite number that f32 holds exactly, got NaN"],
    ["a label out of range", { labels: [1, 2] }, "labels[1]: expected a label in [0, 1], got 2"],
    ["too few labels", { labels: [1] }, "labels: expected 2 labels, one a row, got 1"],
    ["no labels", { labels: undefined }, "labels: expected an array of whole numbers, got undefined"],
    ["a truth out of range", { truth: [0, -1] }, "truth[1]: expected a label in [0, 1], got -1"],
    ["an unknown effort", { effort: "lazy" }, 'effort: expected one of fast, thorough, exhaustive, got "lazy"'],
    [
      "an effort that every object inherits",
      { effort: "toString" },
      'effort: expected one of fast, thorough, exhaustive, got "toString"',
    ],
    ["an effort of another kind", { effort: 3 }, "effort: expected a name or a list of schedules, got 3"],
    [
      "a schedule without steps",
      { effort: [{ steps: 0, stepLength: 1, rate: 0.1 }] },
      "effort[0].steps: expected a whole number >= 1, got 0",
    ],
    ["a schedule that is none", { effort: [null] }, "effort[0]: expected a schedule, got null"],
    ["a signal that is none", { signal: {} }, "signal: expected an AbortSignal, got Object"],
    ["a progress that is none", { onProgress: 3 }, "onProgress: expected a function, got 3"],
    [
      "a rate above 1",
      { effort: [{ steps: 1, stepLength: 1, rate: 2 }] },
      "effort[0].rate: expected a number in [0, 0.5], got 2",
    ],
    [
      "a step length that is no number",
      { effort: [{ steps: 1, stepLength: "1", rate: 0 }] },
      'effort[0].stepLength: expected a number, got "1"',
    ],
    ["a negative margin", { margin: -1 }, "margin: expected a finite number >= 0, got -1"],
    ["no memory", { memory: 0 }, "memory: expected a whole number in [1, 64], got 0"],
    ["no bisections", { bisections: 0 }, "bisections: expected a whole number in [1, 100], got 0"],
    ["half a refinement", { refinements: 0.5 }, "refinements: expected a whole number in [1, 100], got 0.5"],
    ["a negative polish", { polish: -1 }, "polish: expected a whole number in [0, 10000], got -1"],
    ["an empty batch", { batch: 0 }, "batch: expected a whole number >= 1, got 0"],
  ];

  for (const [title, change, message] of CASES) {
    test(`${title}, before any work`, async () => {
      const attack = lbfgsAttack(untouched, { ...good, ...change } as LbfgsAttackOptions);
      expect(await rejectionOf(attack)).toBe(message);
    });
  }

  test("attackEveryLabel: no options, no target, a truth that is missing or out of range", async () => {
    const { rows } = good;
    const none = undefined as unknown as EveryLabelOptions;
    expect(await rejectionOf(attackEveryLabel(untouched, none))).toBe("options: expected an object, got undefined");
    const nobody = undefined as unknown as AttackTarget;
    expect(await rejectionOf(attackEveryLabel(nobody, { rows, truth: [0, 1] }))).toBe(
      "target: expected an object, got undefined",
    );
    expect(await rejectionOf(attackEveryLabel(untouched, { rows, truth: [0] }))).toBe(
      "truth: expected 2 labels, one a row, got 1",
    );
    expect(await rejectionOf(attackEveryLabel(untouched, { rows, truth: [0, 2] }))).toBe(
      "truth[1]: expected a label in [0, 1], got 2",
    );
  });

  test("options and targets of another kind", async () => {
    const attacks: [unknown, unknown, string][] = [
      [untouched, undefined, "options: expected an object, got undefined"],
      [null, good, "target: expected an object, got null"],
      [{}, good, "target.inputSize: expected a whole number, got undefined"],
      [{ ...untouched, classes: 0 }, good, "target.classes: expected a whole number >= 1, got 0"],
      [{ ...untouched, predict: 3 }, good, "target.predict: expected a function, got 3"],
      [{ ...untouched, lossGradient: undefined }, good, "target.lossGradient: expected a function, got undefined"],
    ];
    for (const [model, options, message] of attacks) {
      expect(await rejectionOf(lbfgsAttack(model as AttackTarget, options as LbfgsAttackOptions))).toBe(message);
    }
  });

  test("answers of a target that are cut or not finite: an error, not a search that found nothing", async () => {
    const changed = (change: (answer: LossGradient) => Partial<LossGradient>): AttackTarget => ({
      ...target,
      lossGradient: async (rows, labels) => {
        const answer = await target.lossGradient(rows, labels);
        return { ...answer, ...change(answer) };
      },
    });
    const nan = (values: Float32Array) => values.slice().fill(Number.NaN, 1);
    const attacks: [AttackTarget, string][] = [
      [changed(({ loss }) => ({ loss: loss.slice(1) })), "target's loss: expected 2 values, got 1"],
      [changed(({ loss }) => ({ loss: nan(loss) })), "target's loss: expected finite numbers, got NaN"],
      [changed(({ gradient }) => ({ gradient: gradient.slice(1) })), "target's gradient: expected 6 values, got 5"],
      [changed(({ gradient }) => ({ gradient: nan(gradient) })), "target's gradient: expected finite numbers, got NaN"],
      [
        changed(() => ({ logits: undefined as unknown as Float32Array })),
        "target's logits: expected 4 values, got none",
      ],
      [
        changed(({ logits }) => ({ logits: nan(logits) })),
        "target's logits: expected numbers whose differences are numbers, got NaN",
      ],
      [{ ...target, predict: () => new Float32Array(3) }, "target's scores: expected 2 rows of 2, got 3 values"],
      [
        { ...target, predict: () => Float32Array.of(0, 1, Number.NaN, 1) },
        "target's scores of row 1: expected numbers, got NaN",
      ],
    ];
    for (const [model, message] of attacks) {
      expect(await rejectionOf(lbfgsAttack(model, good)), message).toBe(message);
    }
  });

  test("what a target throws comes through", async () => {
    const error = new Error("no device");
    const broken: AttackTarget = { ...target, lossGradient: () => Promise.reject(error) };
    await expect(lbfgsAttack(broken, good)).rejects.toBe(error);
  });
});
