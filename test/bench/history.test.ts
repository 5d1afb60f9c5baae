/** The history of ratios: what an entry takes from a measurement, what is refused, and how it is drawn. */
import { join } from "node:path";
import { expect, test } from "vitest";

const BENCH = join(import.meta.dirname, "../../bench");
const { entryOf, requireClean } = await import(join(BENCH, "history.mjs"));
const { historyPlot } = await import(join(BENCH, "history-plot.mjs"));

const written = {
  date: "2026-11-28T00:00:00.000Z",
  header: "peers | A processor, x64 | node 20.20.2, v8 11 | abc1234",
  results: {
    mlp: {
      forward: { peak: 30.04, seconds: { blindspot: 0.002, tfjs: 0.006, onnxruntime: 0.003 } },
      gradient: { peak: 31, seconds: { blindspot: 0.004, tfjs: 0.04, jax: 0.01 } },
    },
    convolution: { forward: { peak: 29, seconds: { blindspot: 0.5, tfjs: 0.4 } } },
  },
};

test("an entry has the commit, the date, the machine, its peak and the peers' times in multiples of ours", () => {
  expect(entryOf(written, "abc")).toEqual({
    commit: "abc",
    date: written.date,
    machine: "A processor, x64",
    runtime: "node 20.20.2, v8 11",
    peak: 30,
    ratios: {
      "mlp, forward": { tfjs: 3, onnxruntime: 1.5 },
      "mlp, gradient": { tfjs: 10, jax: 2.5 },
      "convolution, forward": { tfjs: 0.8 },
    },
  });
});

test("a tree with changes is refused, and the changes are named", () => {
  expect(() => requireClean("")).not.toThrow();
  expect(() => requireClean(" M src/a.ts")).toThrow("history: expected a tree without changes, got\n M src/a.ts");
});

test("the drawing has a panel for each model and pass, and the last ratio of each peer, a loss too", () => {
  const second = { ...entryOf(written, "def5678"), ratios: { "mlp, forward": { tfjs: 4 } } };
  const drawn = historyPlot([entryOf(written, "abc1234"), second]);
  for (const words of ["mlp, forward", "mlp, gradient", "convolution, forward", "abc1234", "def5678"]) {
    expect(drawn).toContain(`>${words}</text>`);
  }
  for (const words of ["tfjs 4.00", "onnxruntime 1.50", "jax 2.50", "tfjs 0.80"])
    expect(drawn).toContain(`>${words}</text>`);
  expect(drawn.match(/<circle/g)?.length).toBe(6);
  expect(drawn).not.toContain("NaN");
});
