/** The preregistered experiment: what is fixed, that test images stay closed, and that the tests are of the runs. */
import { expect, test } from "vitest";
import { inProcess, preregisteredStudy } from "../../../src/index.ts";
import { pairedTest } from "../../../src/numeric/paired-test.ts";
import { preregisteredFiles, preregisteredText } from "../../../src/report/index.ts";
import {
  HYPOTHESES,
  PREREGISTERED,
  PREREGISTERED_ARMS,
  preregisteredRecipe,
  preregisteredSeeds,
} from "../../../src/studies/preregistered/arms.ts";
import { movedImages } from "../../../src/studies/preregistered/moved.ts";
import { noise32 } from "../../support/noise.ts";

const images = (count: number, seed: number) => {
  const rows = noise32(count * 16, seed).map(Math.abs) as Float32Array;
  const labels = Uint8Array.from({ length: count }, (_, i) => Number((rows[16 * i] as number) > 0.5));
  return { rows, labels, count, shape: [4, 4, 1] as const, classes: 2 };
};
const data = { train: images(48, 1), test: images(30, 2), name: "few" };
const arms = ["decay", "noise", "input", "unmoved"];

test("every hypothesis is of two arms that there are, and every arm makes as many updates", () => {
  const names = PREREGISTERED_ARMS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { first, second } of HYPOTHESES) expect(names).toEqual(expect.arrayContaining([first, second]));
  for (const { name, recipe } of PREREGISTERED_ARMS) {
    expect(recipe.minibatch).toMatchObject({ optimizer: "adam", epochs: PREREGISTERED.epochs, batch: 100, rate: 5e-3 });
    const { strategy } = preregisteredRecipe(name, { count: 40, classes: 2, epochs: 1 });
    if (strategy && "pool" in strategy) expect(strategy.pool).toBe(40);
  }
});

test("an arm that no hypothesis compares has four seeds at most, every other as many as asked", () => {
  expect(PREREGISTERED_ARMS.filter(({ name }) => preregisteredSeeds(name, 20) === 4).map(({ name }) => name)).toEqual([
    "first",
    "second",
    "all-scaled",
    "pgd",
    "trades",
  ]);
  expect(preregisteredSeeds("decay", 20)).toBe(20);
  expect(preregisteredSeeds("pgd", 3)).toBe(3);
});

test("before it is opened nothing reads the test images; opened, the hypotheses are tested on errors by seed", async () => {
  const unread = { ...data.test, rows: new Float32Array(30 * 16), labels: new Uint8Array(30) };
  const executor = inProcess();
  const asked = { arms, seeds: 3, epochs: 1 };
  const closed = await preregisteredStudy(data, asked, { executor });
  expect(closed.data).toMatchObject({ train: 40, validation: 8, test: 30 });
  expect(closed).toMatchObject({ isOpen: false, isAsPreregistered: false, wanted: 12, hypotheses: [] });
  expect(closed.runs.map(({ testError }) => testError)).toEqual(new Array(12).fill(null));
  const blind = await preregisteredStudy({ ...data, test: unread }, asked, { executor });
  expect(blind.digest).toBe(closed.digest);
  const open = await preregisteredStudy(data, { ...asked, open: true }, { executor });
  expect(open.runs.map(({ testError, movedError, ...run }) => run)).toEqual(
    closed.runs.map(({ testError, movedError, ...run }) => run),
  );
  const errors = (arm: string) =>
    open.runs.filter((run) => run.arm === arm).map(({ testError }) => testError as number);
  expect(open.hypotheses.map(({ first, second }) => [first, second])).toEqual([
    ["noise", "input"],
    ["unmoved", "input"],
  ]);
  for (const { first, second, test: tested, adjusted } of open.hypotheses) {
    const [a, b] = [errors(first), errors(second)];
    expect(tested).toEqual(pairedTest(b.map((error, i) => error - (a[i] as number))));
    expect(adjusted).toBeGreaterThanOrEqual(tested.p);
  }
  const page = (await preregisteredFiles(open)).get("index.html") as string;
  for (const said of [page, preregisteredText(open)]) {
    expect(said).toContain("this is an exploration");
    expect(said).toContain(open.digest);
  }
  expect((await preregisteredFiles(closed)).get("index.html")).toContain("the test images have not been looked at");
});

test("it is opened only when all runs are made", async () => {
  await expect(preregisteredStudy(data, { arms, seeds: 1, epochs: 1, runs: 1, open: true })).rejects.toThrow(
    "open: expected all 4 runs before it, got 1",
  );
  await expect(preregisteredStudy(data, { arms: ["none"], seeds: 1, epochs: 1 })).rejects.toThrow(
    /^arm: expected decay, .*got "none"/,
  );
});

test("images are moved by what is drawn for each, and what comes in is black", () => {
  const one = { ...data.test, rows: new Float32Array(30 * 16).fill(1) };
  const moved = movedImages(one, 0);
  expect(moved.labels).toBe(one.labels);
  expect(moved.rows).not.toEqual(one.rows);
  expect(moved.rows.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(movedImages(one, 0).rows).toEqual(moved.rows);
  expect(movedImages(one, 1).rows).not.toEqual(moved.rows);
});
