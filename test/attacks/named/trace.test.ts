/** What `trace` tells of a search: every success that was nearer than all before, and what it cost until then. */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import {
  ATTACKS,
  type AttackName,
  minimalAttack,
  type NormName,
  namedAttack,
  type ScoreTarget,
  type SearchTrace,
} from "../../../src/attacks/index.ts";
import { lengthIn } from "../../../src/attacks/minimal/norm.ts";
import { bent, CLASSES, N, ROWS, rows, truth } from "../../support/bent-target.ts";

/** The target, and by the way it is asked what a trace is to hold. */
function watched(norm: NormName, image: Float32Array, label: number) {
  const expected: SearchTrace = { propagations: 0, nearer: [] };
  const see = (points: Float32Array, scores: Float32Array, cost: number) => {
    for (let r = 0; r < points.length / N; r++) {
      expected.propagations += cost;
      const own = [...scores.subarray(r * CLASSES, (r + 1) * CLASSES)];
      const top = own.indexOf(Math.max(...own));
      const distance = lengthIn(norm, image, points.subarray(r * N, (r + 1) * N));
      const nearest = expected.nearer.at(-1)?.distance ?? Number.POSITIVE_INFINITY;
      if (top !== label && distance < nearest) expected.nearer.push({ propagations: expected.propagations, distance });
    }
  };
  const target: ScoreTarget = {
    ...bent,
    scores: async (points) => {
      const scores = await bent.scores(points);
      see(points, scores, 1);
      return scores;
    },
    scoreGradient: async (points, weigh) => {
      const answer = await bent.scoreGradient(points, weigh);
      see(points, answer.scores, 2);
      return answer;
    },
  };
  return { target, expected };
}

const smallest = Object.entries(ATTACKS).filter(([, { finds }]) => finds === "smallest");
const cases = [
  ...(["l2", "linf", "l1", "l0"] as const).map((norm) => ({ attack: "minimal", norm })),
  ...smallest.flatMap(([attack, { norms }]) => norms.map((norm) => ({ attack, norm }))),
];

for (const { attack, norm } of cases) {
  test(`${attack}, ${norm}: what a target sees is in the trace, and nothing changes for it`, async () => {
    const options = { norm, rows, truth, evaluations: 120 };
    const run = (target: ScoreTarget, more: object) =>
      attack === "minimal"
        ? minimalAttack(target, { ...options, ...more })
        : namedAttack(target, { ...options, attack: attack as AttackName, ...more });
    const { traces, ...found } = await run(bent, { trace: true });
    expect(await run(bent, {})).toEqual(found);
    expect(traces).toHaveLength(ROWS);
    expect(traces?.some(({ nearer }) => nearer.length > 0)).toBe(true);
    for (const r of [ROWS - 1]) {
      const row = rows.slice(r * N, (r + 1) * N);
      const { target, expected } = watched(norm, row, truth[r] as number);
      const alone = await run(target, { rows: row, truth: [truth[r] as number] });
      // The question about the row before the search, and the one about what was found, are no part of it.
      expected.propagations -= 1 + Number(alone.success[0]);
      for (const one of expected.nearer) one.propagations -= 1;
      expect(traces?.[r]).toEqual(expected);
      // Ours takes no success that leads by less than rounding: it may return one that is a little farther.
      const last = traces?.[r]?.nearer.at(-1)?.distance ?? Number.NaN;
      if (attack === "minimal") expect(last).toBeLessThanOrEqual(found.distance[r] as number);
      else expect(last).toBe(found.distance[r]);
    }
  });
}
