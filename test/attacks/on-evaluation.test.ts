/** Whoever looks on while an attack searches sees every point, and changes nothing. */
import { expect, test } from "vitest";
import { attackStudy, fullyConnected, inProcess, lbfgsAttack, minimalAttack, namedAttack } from "../../src/index.ts";
import { Random } from "../../src/numeric/random.ts";

const SIZE = 16;
const COUNT = 5;
const network = fullyConnected([SIZE, 12, 3], { seed: 3 });
const random = new Random(7);
const rows = Float32Array.from({ length: COUNT * SIZE }, (_, i) => random.uniform(i));
const rowOf = (all: Float32Array, row: number) => Array.from(all.subarray(row * SIZE, (row + 1) * SIZE));
const scores = network.scores(rows);
const truth = Int32Array.from({ length: COUNT }, (_, i) => {
  const own = scores.subarray(3 * i, 3 * i + 3);
  return own.indexOf(Math.max(...own));
});
const labels = truth.map((label) => (label + 1) % 3);

interface Watching {
  batch?: number;
  onEvaluation?: (row: number, point: Float32Array) => void;
}

const ATTACKS = {
  lbfgsAttack: (watching: Watching) => lbfgsAttack(network, { rows, labels, truth, ...watching }),
  "minimalAttack in L2": (watching: Watching) => minimalAttack(network, { rows, truth, ...watching }),
  "minimalAttack in L0": (watching: Watching) => minimalAttack(network, { rows, truth, norm: "l0", ...watching }),
  namedAttack: (watching: Watching) =>
    namedAttack(network, { attack: "ddn", norm: "l2", steps: 20, rows, truth, ...watching }),
};

for (const [name, attack] of Object.entries(ATTACKS)) {
  test(`${name} shows each evaluation once, what it found among them, and has the same bits`, async () => {
    const plain = await attack({});
    const seen = Array.from({ length: COUNT }, (): number[][] => []);
    const watched = await attack({
      batch: 2,
      onEvaluation: (row, point) => {
        expect(point).toHaveLength(SIZE);
        seen[row]?.push(Array.from(point));
        point.fill(Number.NaN); // a copy: the search does not see it
      },
    });
    expect(watched).toEqual(plain);
    expect(watched.success.some((found) => found === 1)).toBe(true);
    watched.success.forEach((found, row) => {
      expect(seen[row]).toHaveLength(watched.evaluations[row] as number);
      if (found) expect(seen[row]).toContainEqual(rowOf(watched.rows, row));
    });
  });
}

test("what is no function is refused", async () => {
  await expect(minimalAttack(network, { rows, truth, onEvaluation: 1 as never })).rejects.toThrow(
    "onEvaluation: expected a function, got 1",
  );
});

for (const options of [{ target: "next" }, { norm: "linf" }] as const) {
  test(`a study in process shows them by the images' positions, ${JSON.stringify(options)}`, async () => {
    const dataset = { rows, labels: truth, count: COUNT, classes: 3, shape: [4, 4, 1] as const };
    const study = (executor = inProcess()) =>
      attackStudy({ network, name: "m" }, { dataset, name: "d" }, options, { executor });
    const counts = new Uint32Array(COUNT);
    const onEvaluation = (item: number) => {
      counts[item] = (counts[item] as number) + 1;
    };
    const record = await study(inProcess({ onEvaluation }));
    expect(Array.from(counts)).toEqual(record.examples.map(({ evaluations }) => evaluations));
    expect(record.recordDigest).toBe((await study()).recordDigest);
  });
}
