/** HopSkipJump beside the same written again in f64, question by question, and how near it comes by labels alone. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { namedAttack } from "../../../src/attacks/index.ts";
import { hashOfRow } from "../../../src/attacks/named/random-start.ts";
import { Random } from "../../../src/numeric/random.ts";
import { hopSkipJump } from "../../oracle/hop-skip-jump.ts";
import { bent, CLASSES, N, rows, truth } from "../../support/bent-target.ts";

const image = rows.slice(0, N);
const label = truth[0] as number;
const SEED = 3;
const POINTS = 10;

async function answers(asked: Float32Array): Promise<number[]> {
  const found = await bent.scores(asked);
  return Array.from({ length: asked.length / N }, (_, r) => {
    const own = [...found.subarray(r * CLASSES, (r + 1) * CLASSES)];
    return own.indexOf(Math.max(...own));
  });
}

/** The random numbers that the attack draws for this row. */
const randomOf = (use: number) => new Random(SEED, (hashOfRow(image) + Math.imul(use, 0x9e3779b1)) >>> 0);

function direction(norm: "l2" | "linf", use: number): number[] {
  const u = new Float64Array(N);
  if (norm === "l2") randomOf(use).fillNormal(u);
  else for (let i = 0; i < N; i++) u[i] = 2 * randomOf(use).uniform(i) - 1;
  return Array.from(u, (v) => v / Math.hypot(...u));
}

for (const norm of ["l2", "linf"] as const) {
  describe(norm, () => {
    test("asks point by point what algorithm 2 asks, until its answers are spent", async () => {
      const queries = 300;
      const points: number[][] = [];
      const watched = {
        inputSize: N,
        classes: CLASSES,
        answers: (asked: Float32Array) => {
          for (let r = 0; r < asked.length / N; r++) points.push([...asked.subarray(r * N, (r + 1) * N)]);
          return answers(asked);
        },
      };
      const options = { points: POINTS };
      const found = await namedAttack(watched, {
        attack: "hopskipjump",
        ...{ norm, rows: image, truth: [label], evaluations: queries, seed: SEED, options },
      });
      expect(found.success[0]).toBe(1);
      expect(found.evaluations[0]).toBeLessThanOrEqual(queries);
      // After the row itself come the random starts, up to the first success; last the success is asked about again.
      const asked = points.slice(1, 1 + (found.evaluations[0] as number));
      const isMet = await Promise.all(asked.map(async (x) => (await answers(Float32Array.from(x)))[0] !== label));
      const first = isMet.indexOf(true);
      const start = asked[first] as number[];
      const phi = (x: readonly number[]) => {
        const z = [...(bent.scores(Float32Array.from(x)) as Float32Array)];
        return z.indexOf(Math.max(...z)) === label ? -1 : 1;
      };
      const expected = hopSkipJump(
        {
          ...{ norm, image: [...image], phi, start, points: POINTS },
          directions: (t, count) => Array.from({ length: count }, (_, b) => direction(norm, (t + 1) * 10_000 + b)),
        },
        queries - first - 1,
      );
      const own = asked.slice(first + 1);
      expect(own.length).toBeGreaterThan(200);
      // Decisions do not depend on the last bits, so both walk the same way; a rounding of f32 is multiplied by no more than
      // the 1 / delta of an estimate, whose sums the walk divides by their length again.
      for (const [k, x] of own.entries()) {
        const worst = Math.max(...x.map((v, i) => Math.abs(v - (expected[k]?.[i] as number))));
        if (!(worst < 2 ** -22)) throw new Error(`question ${k} of ${own.length} is ${worst} from the oracle's`);
      }
    });

    test("with 5000 answers it comes within a quarter of the smallest change that gradients find", async () => {
      const { distance } = await namedAttack(bent, { attack: "hopskipjump", norm, rows, truth, evaluations: 5000 });
      const { minimalAttack } = await import("../../../src/attacks/index.ts");
      const least = await minimalAttack(bent, { norm, rows, truth });
      for (const [r, length] of distance.entries()) {
        expect(length).toBeGreaterThanOrEqual((least.distance[r] as number) * (1 - 1e-3));
      }
      const ratios = Array.from(distance, (length, r) => length / (least.distance[r] as number));
      expect(ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)]).toBeLessThan(1.25);
    });
  });
}
