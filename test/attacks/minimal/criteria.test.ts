/** Questions of outputs: each is asked in the units of `predict`, met there, and met by little more than needed. */
import { describe, expect, test } from "vitest";
import "../../../src/index.ts";
import { minimalAttack, type Question } from "../../../src/attacks/index.ts";
import type { Network } from "../../../src/model/index.ts";
import { rejectionOf } from "../../message-of.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

const N = 9;
const ROWS = 4;
const rows = noise32(ROWS * N, 3, 0.2).map((v) => v + 0.5);

/** How a question is read off outputs. */
function meets(question: Question, before: number[], after: number[]): boolean {
  if (!("output" in question)) throw new Error("a question of an output");
  const [was, is] = [before[question.output] as number, after[question.output] as number];
  if ("above" in question) return is > question.above;
  if ("below" in question) return is < question.below;
  if (question.direction === "up") return is > was + question.by;
  if (question.direction === "down") return is < was - question.by;
  return Math.abs(is - was) > question.by;
}

/** Questions that not every row meets as it is. */
function questionsOf(network: Network): Question[] {
  const outputs = network.predict(rows).filter((_, i) => i % 3 === 1);
  const [least, most] = [Math.min(...outputs), Math.max(...outputs)];
  const [low, high] = { softmax: [0, 1], sigmoid: [0, 1], tanh: [-1, 1], softplus: [0, 9], linear: [-9, 9] }[
    network.head.kind as "linear"
  ] as [number, number];
  return [
    { output: 1, above: (most + high) / 2 },
    { output: 1, below: (least + low) / 2 },
    { output: 0, by: 0.05 },
    { output: 0, by: 0.05, direction: "up" },
    { output: 2, by: 0.05, direction: "down" },
  ];
}

for (const head of ["softmax", "sigmoid", "tanh", "softplus", "linear"]) {
  const network = networkOf([N], [dense("b", N, 3, head)]);
  const outputsOf = (all: Float32Array, row: number) => [...network.predict(all.slice(row * N, (row + 1) * N))];
  for (const question of questionsOf(network)) {
    test(`${head} outputs, ${JSON.stringify(question)}: met by what is predicted, and not by 0.98 of the change`, async () => {
      const found = await minimalAttack(network, { rows, criterion: question, norm: "linf", lower: -8, upper: 8 });
      let searched = 0;
      for (let row = 0; row < ROWS; row++) {
        const before = outputsOf(rows, row);
        if (found.stop[row] === "already-target") {
          expect(meets(question, before, before)).toBe(true);
          continue;
        }
        expect(found.stop[row]).toBe("found");
        expect(meets(question, before, outputsOf(found.rows, row))).toBe(true);
        const less = rows.map((v, i) => v + 0.98 * ((found.rows[i] as number) - v));
        expect(meets(question, before, outputsOf(less, row))).toBe(false);
        searched++;
      }
      expect(searched).toBeGreaterThan(0);
    });
  }
}

test("each row may have a question of its own, and a row that the target misreads is left alone", async () => {
  const network = networkOf([N], [dense("b", N, 3, "sigmoid")]);
  const each: Question[] = [{ label: 1 }, { not: 0 }, { output: 2, above: 0.5 }, { output: 2, below: 0.5 }];
  const all = await minimalAttack(network, { rows, criterion: each, norm: "linf", lower: -8, upper: 8 });
  for (const [row, criterion] of each.entries()) {
    const part = rows.slice(row * N, (row + 1) * N);
    const alone = await minimalAttack(network, { rows: part, criterion, norm: "linf", lower: -8, upper: 8 });
    expect([...alone.rows]).toEqual([...all.rows.slice(row * N, (row + 1) * N)]);
    expect(alone.distance[0]).toBe(all.distance[row]);
  }
  const answer = (
    await minimalAttack(network, { rows, labels: [0, 0, 0, 0], norm: "linf", lower: -8, upper: 8, evaluations: 1 })
  ).labels;
  expect(answer).toHaveLength(4);
  const scores = network.scores(rows);
  const top = Array.from({ length: ROWS }, (_, r) => {
    const of = [...scores.slice(3 * r, 3 * r + 3)];
    return of.indexOf(Math.max(...of));
  });
  const wrong = top.map((k) => (k + 1) % 3);
  const aside = await minimalAttack(network, {
    rows,
    truth: wrong,
    criterion: { output: 0, by: 0.1 },
    norm: "linf",
    lower: -8,
    upper: 8,
  });
  expect(aside.stop).toEqual(new Array(ROWS).fill("misclassified"));
});

test("{ label } is the option labels, and { not } the option truth, bit for bit", async () => {
  const network = networkOf([N], [dense("a", N, 7, "tanh"), dense("b", 7, 3, "softmax")], 2);
  const ask = { rows, norm: "linf" } as const;
  expect(await minimalAttack(network, { ...ask, criterion: { label: 2 } })).toEqual(
    await minimalAttack(network, { ...ask, labels: [2, 2, 2, 2] }),
  );
  const not = await minimalAttack(network, { ...ask, criterion: { not: 1 } });
  const by = await minimalAttack(network, { ...ask, truth: [1, 1, 1, 1] });
  for (let row = 0; row < ROWS; row++) {
    if (by.stop[row] === "misclassified") expect(not.stop[row]).toBe("already-target");
    else expect([not.distance[row], not.stop[row]]).toEqual([by.distance[row], by.stop[row]]);
  }
});

describe("a regression", () => {
  const network = networkOf([N], [dense("a", N, 7, "tanh"), dense("b", 7, 1, "linear")], 2);
  test("moves by more than asked, either way, to the nearer of the two", async () => {
    const before = network.predict(rows);
    const lengths = new Map<string, Float64Array>();
    for (const direction of [undefined, "up", "down"] as const) {
      const criterion = { output: 0, by: 0.5, ...(direction && { direction }) };
      const found = await minimalAttack(network, { rows, criterion, norm: "linf", effort: "thorough" });
      expect([...found.success]).toEqual([1, 1, 1, 1]);
      network.predict(found.rows).forEach((after, r) => {
        const moved = after - (before[r] as number);
        expect(direction === "up" ? moved : direction === "down" ? -moved : Math.abs(moved)).toBeGreaterThan(0.5);
      });
      lengths.set(direction ?? "either", found.distance);
    }
    lengths.get("either")?.forEach((length, r) => {
      const nearer = Math.min(lengths.get("up")?.[r] as number, lengths.get("down")?.[r] as number);
      expect(length).toBeLessThan(1.02 * nearer);
    });
  });

  test("has no labels", async () => {
    const message =
      /^(labels|truth): expected a model of two classes or more \(ask one output by a criterion, \{ output: 0, \.\.\. \}\), got one output$/;
    for (const options of [{ labels: [0, 0, 0, 0] }, { truth: [0, 0, 0, 0] }]) {
      expect(await rejectionOf(minimalAttack(network, { rows, norm: "linf", ...options }))).toMatch(message);
    }
    expect(await rejectionOf(minimalAttack(network, { rows, norm: "linf", criterion: { not: 0 } }))).toBe(
      "criterion: expected a question of output 0, which is no class, got { not }",
    );
  });
});

test("one sigmoid is asked as one output, and as two classes", async () => {
  const network = networkOf([N], [dense("b", N, 1, "sigmoid")], 2);
  const ask = { rows, norm: "linf", lower: -8, upper: 8 } as const;
  const above = await minimalAttack(network, { ...ask, criterion: { output: 0, above: 0.9 } });
  network.predict(above.rows).forEach((p) => {
    expect(p).toBeGreaterThan(0.9);
  });
  const label = await minimalAttack(network, { ...ask, criterion: { label: 1 } });
  label.distance.forEach((length, r) => {
    expect(length).toBeLessThanOrEqual(above.distance[r] as number);
  });
  expect(await rejectionOf(minimalAttack(network, { ...ask, criterion: { output: 1, above: 0.9 } }))).toBe(
    "criterion.output: expected a whole number in [0, 0], got 1",
  );
});

test("what no change of a row can reach ends as not found, without an evaluation", async () => {
  const network = networkOf([N], [dense("b", N, 3, "sigmoid")]);
  const found = await minimalAttack(network, {
    rows,
    norm: "linf",
    criterion: { output: 0, by: 0.95, direction: "up" },
  });
  found.stop.forEach((stop, r) => {
    if ((network.predict(rows)[3 * r] as number) >= 0.05)
      expect([stop, found.evaluations[r]]).toEqual(["not-found", 0]);
  });
});

describe("questions that fit no output are named", () => {
  const network = networkOf([N], [dense("b", N, 3, "sigmoid")]);
  for (const [criterion, message] of [
    [{ output: 3, above: 0.5 }, "criterion.output: expected a whole number in [0, 2], got 3"],
    [
      { output: 0, above: 1 },
      "criterion.above: expected a finite number in (0, 1), which output 0, a sigmoid output gives, got 1",
    ],
    [
      { output: 0, below: 0 },
      "criterion.below: expected a finite number in (0, 1), which output 0, a sigmoid output gives, got 0",
    ],
    [
      { output: 0, by: 1.5 },
      "criterion.by: expected a number in (0, 1), as far as output 0, a sigmoid output moves, got 1.5",
    ],
    [{ output: 0, by: 0.1, direction: "left" }, "criterion.direction: expected up or down, got left"],
    [{ label: 3 }, "criterion.label: expected a whole number in [0, 2], got 3"],
    [
      { output: 0, by: 0.1, above: 0.5 },
      "criterion: expected { label }, { not }, { output, by }, { output, above } or { output, below }, got { output, by, above }",
    ],
    [
      { label: 1, output: 0 },
      "criterion: expected { label }, { not }, { output, by }, { output, above } or { output, below }, got { label, output }",
    ],
    [{}, "criterion: expected { label }, { not }, { output, by }, { output, above } or { output, below }, got {  }"],
    [
      "label",
      'criterion: expected { label }, { not }, { output, by }, { output, above } or { output, below }, got "label"',
    ],
    [[{ label: 1 }], "criterion: expected 4 questions, one a row, got 1"],
  ] as [never, string][]) {
    test(message, async () => {
      expect(await rejectionOf(minimalAttack(network, { rows, norm: "linf", criterion }))).toBe(message);
    });
  }
  test("labels beside a criterion", async () => {
    const both = { rows, norm: "linf", labels: [0, 0, 0, 0], criterion: { not: 0 } } as const;
    expect(await rejectionOf(minimalAttack(network, both))).toBe("options: expected labels or a criterion, got both");
  });
});
