/** Labels that a race misses where scores are flat at the image, and that are asked for by themselves. */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack } from "../../../src/attacks/index.ts";
import { SATURATED, saturatedTarget } from "../../support/saturated-target.ts";

const { size, hidden, least, plain } = SATURATED;
const rows = new Float32Array(size).fill(0.5);
const attack = (evaluations: number, labels?: number[]) =>
  minimalAttack(saturatedTarget(), { rows, truth: [0], ...(labels && { labels }), norm: "linf", evaluations });

test("any other answer is as near as a label that only its own search finds", async () => {
  const own = await attack(80, [hidden]);
  const race = await attack(150);
  const longer = await attack(1500);
  // Successes lead by 2^-16 of what the row lacks, and searches aim half as far again.
  const most = (radius: number) => radius * (1 + 2 ** -15);
  expect([race.labels[0], longer.labels[0]]).toEqual([1, hidden]);
  expect(race.distance[0]).toBeGreaterThanOrEqual(plain);
  expect(race.distance[0]).toBeLessThanOrEqual(most(plain));
  for (const { distance } of [own, longer]) {
    expect(distance[0]).toBeGreaterThanOrEqual(least);
    expect(distance[0]).toBeLessThanOrEqual(most(least));
  }
});

test("what is evaluated first does not depend on the budget, and a row has the same bits in any batch", async () => {
  const all = await minimalAttack(saturatedTarget(), {
    rows: new Float32Array(2 * size).fill(0.5),
    truth: [0, 0],
    norm: "linf",
    evaluations: 400,
  });
  const alone = await attack(400);
  for (const r of [0, 1]) expect(all.rows.slice(r * size, (r + 1) * size)).toEqual(alone.rows);
  const points: Float32Array[][] = [];
  for (const evaluations of [200, 400]) {
    const seen: Float32Array[] = [];
    const onEvaluation = (_: number, point: Float32Array) => seen.push(point);
    await minimalAttack(saturatedTarget(), { rows, truth: [0], norm: "linf", evaluations, onEvaluation });
    points.push(seen);
  }
  const [short = [], long = []] = points;
  expect(short.length).toBeGreaterThan(150);
  expect(long.slice(0, short.length)).toEqual(short);
});
