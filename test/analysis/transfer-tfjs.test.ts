/** A transfer between two trained models, counted again from what TensorFlow.js says of the same images. */
import { expect, test } from "vitest";
import { amplify, gaussianNoise, transferMatrix } from "../../src/analysis/index.ts";
import { lbfgsAttack, targetLabels } from "../../src/attacks/index.ts";
import { loadMnist, loadNetwork, resolveModel } from "../../src/node/index.ts";
import { modelFromFolder, predictions } from "../support/tfjs.ts";

const COUNT = 40;

test("fc100-100-10 and fc10-1e-4: every rate is that of the answers of tfjs", async () => {
  const names = ["fc100-100-10", "fc10-1e-4"] as const;
  const [deep, linear] = [await loadNetwork(names[0]), await loadNetwork(names[1])];
  const data = await loadMnist("test");
  const originals = data.rows.slice(0, COUNT * 784);
  const truth = [...data.labels.subarray(0, COUNT)];
  const targets = targetLabels("random", truth, { classes: 10 });
  const found = await lbfgsAttack(deep, { rows: originals, labels: targets, truth });
  const reached = found.stop.map((stop) => Number(stop === "found"));
  const sets = [
    { name: "made", rows: found.rows, truth, targets, originals, found: reached },
    { name: "strong", rows: amplify(originals, found.rows), truth, targets, originals, found: reached },
    { name: "noise", rows: gaussianNoise(originals, { std: 0.3 }), truth, originals },
  ];
  const matrix = await transferMatrix({ deep, linear }, sets);

  let cells = 0;
  for (const [m, name] of names.entries()) {
    const judge = await modelFromFolder(await resolveModel(name));
    const asked = (rows: Float32Array) => {
      const scores = predictions(judge, rows, [784]);
      return truth.map((_, i) => {
        const row = [...scores.subarray(10 * i, 10 * i + 10)];
        return row.indexOf(Math.max(...row));
      });
    };
    const before = asked(originals);
    for (const [s, { rows }] of sets.entries()) {
      const after = asked(rows);
      const cell = matrix.rows[s]?.cells[m];
      const right = truth.map((_, i) => i).filter((i) => (s === 2 || reached[i] === 1) && before[i] === truth[i]);
      expect(cell?.error).toMatchObject({ hits: truth.filter((label, i) => label !== after[i]).length, count: COUNT });
      expect(cell?.carried).toMatchObject({
        hits: right.filter((i) => after[i] !== truth[i]).length,
        count: right.length,
      });
      if (s < 2) {
        const hits = truth.filter((_, i) => reached[i] === 1 && after[i] === targets[i]).length;
        expect(cell?.target).toMatchObject({ hits, count: reached.filter(Boolean).length });
      }
      cells++;
    }
  }
  expect(cells).toBe(6);
  // What the matrix is for: made for the one, it fools the other on some images, and on more when it is amplified.
  const carried = matrix.rows.map((row) => row.cells[1]?.carried?.rate ?? 0);
  expect(matrix.rows[0]?.cells[0]?.carried?.rate).toBe(1);
  expect(carried[1]).toBeGreaterThan(carried[0] as number);
  expect(carried[0]).toBeGreaterThan(0);
});
