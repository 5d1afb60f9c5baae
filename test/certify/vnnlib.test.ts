/** VNN-LIB properties: what they come to, what is refused and how, hostile text, and verdicts on networks whose answers are known. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { certifyProperty, propertyText } from "../../src/certify/index.ts";
import { readProperty } from "../../src/certify/vnnlib/property.ts";
import { Network } from "../../src/model/index.ts";
import { messageOf, rejectionOf } from "../message-of.ts";
import { mutated } from "../support/damaged.ts";
import { artifactsOf, dense, networkOf } from "../support/networks.ts";

const TWO = { inputs: 2, outputs: 3 };

const BOX = `
; a box
(assert (>= X_0 -1)) (assert (<= X_0 1.5e0))
(assert (<= -0.25 X_1))
(assert (>= .5 X_1))`;

const DECLARED = [0, 1].map((i) => `(declare-const X_${i} Real)`).join("\n");

describe("a property", () => {
  test("of one box and a choice of conditions has a case for each", () => {
    const cases = readProperty(`${DECLARED}${BOX}(assert (or (and (>= Y_1 Y_0)) (and (< Y_2 3) (<= Y_0 Y_1))))`, TWO);
    expect(cases.map(({ lower, upper }) => [...lower, ...upper])).toEqual([
      [-1, -0.25, 1.5, 0.5],
      [-1, -0.25, 1.5, 0.5],
    ]);
    const [first, second] = cases.map(({ conditions }) =>
      conditions.map(({ coefficients, constant, isStrict }) => ({
        ...Object.fromEntries(coefficients),
        constant,
        isStrict,
      })),
    );
    expect(first).toEqual([{ 0: 1, 1: -1, constant: 0, isStrict: false }]);
    expect(second).toEqual([
      { 2: 1, constant: -3, isStrict: true },
      { 0: 1, 1: -1, constant: 0, isStrict: false },
    ]);
  });

  test("may have boxes in its cases, sums, differences, products with numbers and equations", () => {
    const [a, b] = readProperty(
      `(assert (or (and (= X_0 1) (>= X_1 0) (<= X_1 1) (<= (+ Y_0 (* 2 Y_1) (- Y_2) 1) (- 4 Y_0)))
                   (and (>= (* 2 X_0) 1) (<= (+ X_0 1) 3) (= X_1 0))))`,
      TWO,
    );
    expect([...(a?.lower ?? []), ...(a?.upper ?? [])]).toEqual([1, 0, 1, 1]);
    expect(Object.fromEntries(a?.conditions[0]?.coefficients ?? [])).toEqual({ 0: 2, 1: 2, 2: -1 });
    expect(a?.conditions[0]?.constant).toBe(-3);
    expect([...(b?.lower ?? []), ...(b?.upper ?? [])]).toEqual([0.5, 0, 2, 0]);
    expect(b?.conditions).toEqual([]);
  });

  test("loses cases whose box is empty, or whose numbers contradict each other", () => {
    expect(readProperty(`${BOX}(assert (<= X_0 -2))`, TWO)).toEqual([]);
    expect(readProperty(`${BOX}(assert (<= 2 1))`, TWO)).toEqual([]);
    expect(readProperty(`${BOX}(assert (or))`, TWO)).toEqual([]);
    expect(readProperty(`${BOX}(assert (<= 1 2))`, TWO)).toHaveLength(1);
  });
});

describe("refuses", () => {
  for (const [what, text, message] of [
    ["another input", "(assert (<= X_2 1))", "property, line 1: expected X_0 to X_1, as the network has, got X_2"],
    ["another output", "\n(assert (<= Y_3 1))", "property, line 2: expected Y_0 to Y_2, as the network has, got Y_3"],
    [
      "an input that is declared and not there",
      "(declare-const X_7 Real)",
      "property, line 1: expected X_0 to X_1, as the network has, got X_7",
    ],
    ["another type", "(declare-const X_0 Int)", "property, line 1: expected X_0 to be Real, got Int"],
    ["another operator", "(assert (not (<= X_0 1)))", "property, line 1: expected and, or, <=, >=, <, > or =, got not"],
    [
      "a function of a variable",
      "(assert (<= (sin Y_0) 1))",
      "property, line 1: expected a number, X_i, Y_j or a sum (+), difference (-) or product (*) of them, got (sin ...)",
    ],
    [
      "a product of variables",
      "(assert (<= (* Y_0 Y_1) 1))",
      "property, line 1: expected products with numbers, got a product of variables",
    ],
    [
      "a condition on both",
      "(assert (<= X_0 Y_1))",
      "property, line 1: expected conditions on inputs or on outputs, got one on both",
    ],
    [
      "a condition on several inputs",
      "(assert (<= X_0 X_1))",
      "property, line 1: expected a box of inputs, got a condition on several",
    ],
    [
      "an open box",
      `${DECLARED}(assert (<= X_0 1))`,
      "property: X_0: expected a number below it and one above it, got [-Infinity, 1]",
    ],
    [
      "an input strictly below",
      "(assert (< X_0 1))",
      "property, line 1: expected inputs at most or at least a number, got inputs strictly below or above one",
    ],
    ["three sides", "(assert (<= 0 X_0 1))", "property, line 1: expected two sides of <=, got 3"],
    ["no list", "assert", "property, line 1: expected a list, got assert"],
    [
      "a list without an end",
      "\n\n(assert (<= X_0 1)",
      "property, line 3: expected a list that ends, got the end of the text",
    ],
    ["an end without a list", ")", "property, line 1: expected a list that was begun, got a closing bracket"],
    [
      "another command",
      "(check-sat)",
      "property, line 1: expected (declare-const X_i Real) or (assert ...), got (check-sat ...)",
    ],
    ["a number that is none", "(assert (<= X_0 0x10))", "property, line 1: expected a number, X_i or Y_j, got 0x10"],
    [
      "a number beyond all",
      "(assert (<= X_0 1e999))",
      "property, line 1: expected a number that a double holds, got 1e999",
    ],
  ] as const) {
    test(what, () => {
      expect(messageOf(() => readProperty(text, TWO))).toBe(message);
    });
  }

  test("lists that nest without end, cases without number, and long words in a short error", () => {
    expect(messageOf(() => readProperty("(".repeat(1e6), TWO))).toBe(
      "property, line 1: expected at most 64 lists within lists, got more",
    );
    const choice = `(assert (or ${"(<= Y_0 1) ".repeat(100)}))`;
    expect(messageOf(() => readProperty(BOX + choice + choice, TWO))).toBe(
      "property, line 5: expected at most 4096 cases, got 10000",
    );
    const wide = `(assert (or ${"(<= Y_0 1) ".repeat(1e5)}))`;
    expect(messageOf(() => readProperty(BOX + wide, TWO))).toBe(
      "property, line 5: expected at most 4096 cases, got more",
    );
    expect(messageOf(() => readProperty(`(${"a".repeat(1e6)})`, TWO)).length).toBeLessThan(200);
    expect(messageOf(() => readProperty(`(assert (<= X_${"9".repeat(1e5)} 1))`, TWO)).length).toBeLessThan(200);
  });

  test("networks whose outputs are no scores, numbers that f32 does not hold, and another effort", async () => {
    const property = `${BOX}(assert (<= (* 0.1 Y_0) 1))`;
    const soft = networkOf([2], [dense("a", 2, 3, "softmax")]);
    expect(await rejectionOf(certifyProperty(soft, property))).toBe(
      "network small: expected outputs that are its scores, got a softmax",
    );
    const plain = networkOf([2], [dense("a", 2, 3, "linear")]);
    expect(await rejectionOf(certifyProperty(plain, property))).toBe(
      "property: Y_0: expected a coefficient that single precision holds, got 0.1",
    );
    const options = { effort: "fast" } as unknown as { effort: "exhaustive" };
    expect(await rejectionOf(certifyProperty(plain, property, options))).toBe(
      'effort: expected one of exhaustive, got "fast"',
    );
  });

  test("damaged text with an error that says so, in no time", () => {
    const good = new TextEncoder().encode(
      `${DECLARED}${BOX}(assert (or (and (>= Y_1 Y_0)) (and (< (+ Y_2 (* 2 Y_1)) 3) (<= Y_0 Y_1))))`,
    );
    let [refused, read] = [0, 0];
    for (let seed = 0; seed < 3000; seed++) {
      const text = new TextDecoder().decode(mutated(good, seed));
      try {
        readProperty(text, TWO);
        read++;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/^property(, line \d+)?: (X_\d: )?expected /);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(read).toBeGreaterThan(50);
  });
});

/** Two inputs, three outputs: |x0|, x1, x0 + x1. */
function known(): Network {
  const parts = [dense("a", 2, 4, "relu", false), dense("b", 4, 3, "linear", false)];
  const weights = [1, -1, 0, 0, 0, 0, 1, -1].concat([1, 0, 1, 1, 0, -1, 0, 1, 1, 0, -1, -1]);
  return Network.fromArtifacts({ ...artifactsOf([2], parts), weightData: Float32Array.from(weights).buffer });
}

describe("a verdict", () => {
  for (const [what, condition, verdict] of [
    ["where the condition is out of reach", "(assert (>= Y_0 1.51))", "holds"],
    ["where it is met at a corner alone", "(assert (>= Y_0 1.5))", "violated"],
    ["where a strict condition is met nowhere", "(assert (> Y_0 1.5))", "unknown"],
    ["where one of two conditions fails everywhere", "(assert (and (>= Y_0 1) (>= Y_1 0.6)))", "holds"],
    ["where two conditions hold at once", "(assert (>= Y_0 1)) (assert (<= Y_2 -1.1))", "violated"],
    ["where two conditions hold, not at once", "(assert (>= Y_0 1.2)) (assert (<= Y_2 -1.1))", "holds"],
    ["of a choice of which one can be", "(assert (or (>= Y_1 3) (<= Y_0 0.01)))", "violated"],
    ["without conditions", "", "violated"],
  ] as const) {
    test(what, async () => {
      const result = await certifyProperty(known(), BOX + condition, { effort: { evaluations: 5000 } });
      // At the very end of what is possible rounding decides: no bound proves it.
      expect(result.verdict === "timeout" ? "unknown" : result.verdict).toBe(verdict);
      if (!result.counterexample) return;
      const { inputs, outputs } = result.counterexample;
      expect(inputs[0]).toBeGreaterThanOrEqual(-1);
      expect(inputs[0]).toBeLessThanOrEqual(1.5);
      expect(Array.from(known().scores(Float32Array.from(inputs)))).toEqual(Array.from(outputs));
    });
  }

  test("is written in the words of the competition, with a counterexample that reads back", async () => {
    const result = await certifyProperty(known(), `${BOX}(assert (<= Y_2 -1.1))`);
    const text = propertyText(result);
    expect(text).toMatch(
      /^violated\n\(\(X_0 -?[\d.e-]+\)\n\(X_1 -?[\d.e-]+\)\n\(Y_0 [\d.e-]+\)\n\(Y_1 -?[\d.e-]+\)\n\(Y_2 -[\d.e-]+\)\)\n$/,
    );
    const [x0, x1] = [...text.matchAll(/X_\d (\S+)\)/g)].map(([, x]) => Number(x)) as [number, number];
    expect(known().scores(Float32Array.of(x0, x1))[2]).toBeLessThanOrEqual(-1.1);
    expect(propertyText(result, "unsat")).toMatch(/^sat\n/);
    expect(propertyText({ verdict: "holds", evaluations: 1 })).toBe("holds\n");
    expect(propertyText({ verdict: "holds", evaluations: 1 }, "unsat")).toBe("unsat\n");
    expect(propertyText({ verdict: "timeout", evaluations: 1 })).toBe("timeout\n");
  });
});
