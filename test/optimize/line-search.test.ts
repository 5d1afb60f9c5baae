import { describe, expect, test } from "vitest";
import { LineSearch, type LineSearchOutcome } from "../../src/optimize/index.ts";
import { CURVATURE, DECREASE } from "../../src/optimize/line-search.ts";

type Line = (a: number) => [value: number, slope: number];

/** The six functions of More and Thuente (1994), section 5. */
function yanai(b1: number, b2: number): Line {
  const gamma = (b: number) => Math.sqrt(1 + b * b) - b;
  return (a) => {
    const left = Math.sqrt((1 - a) * (1 - a) + b2 * b2);
    const right = Math.sqrt(a * a + b1 * b1);
    return [gamma(b1) * left + gamma(b2) * right, (-gamma(b1) * (1 - a)) / left + (gamma(b2) * a) / right];
  };
}
const lines: Record<string, Line> = {
  "5.1": (a) => [-a / (a * a + 2), (a * a - 2) / ((a * a + 2) * (a * a + 2))],
  "5.2": (a) => {
    const t = a + 0.004;
    return [t ** 5 - 2 * t ** 4, 5 * t ** 4 - 8 * t ** 3];
  },
  "5.3": (a) => {
    const [b, l] = [0.01, 39];
    const wave = (2 * (1 - b)) / (l * Math.PI);
    const phase = (l * Math.PI * a) / 2;
    const [base, slope] =
      a <= 1 - b ? [1 - a, -1] : a >= 1 + b ? [a - 1, 1] : [(a - 1) ** 2 / (2 * b) + b / 2, (a - 1) / b];
    return [base + wave * Math.sin(phase), slope + (1 - b) * Math.cos(phase)];
  },
  "5.4": yanai(0.001, 0.001),
  "5.5": yanai(0.01, 0.001),
  "5.6": yanai(0.001, 0.01),
};

function search(line: Line, step: number, maxStep = 1e10): { outcome: LineSearchOutcome; step: number; calls: number } {
  const run = new LineSearch(...line(0), step, maxStep);
  for (let calls = 1; calls <= 30; calls++) {
    const outcome = run.tell(...line(run.step));
    if (outcome !== "evaluate") return { outcome, step: run.step, calls };
  }
  throw new Error(`no end after 30 calls at ${run.step}`);
}

describe("line search", () => {
  for (const [name, line] of Object.entries(lines)) {
    for (const first of [1e-3, 1e-1, 1e1, 1e3]) {
      test(`function ${name} from a step of ${first}: what is called Wolfe satisfies both conditions`, () => {
        const found = search(line, first);
        const [f0, g0] = line(0);
        const [f, g] = line(found.step);
        expect(["wolfe", "narrow"]).toContain(found.outcome);
        expect(f).toBeLessThanOrEqual(f0 + DECREASE * found.step * g0);
        if (found.outcome === "wolfe") expect(Math.abs(g)).toBeLessThanOrEqual(CURVATURE * -g0);
        expect(found.calls).toBeLessThanOrEqual(15);
      });
    }
  }

  test("a function that falls for ever is followed to the longest step", () => {
    expect(search((a) => [-a, -1], 1, 50)).toMatchObject({ outcome: "at-maximum", step: 50 });
  });

  test("an interval that shrinks around a kink ends as narrow, at its best step", () => {
    const kink: Line = (a) => (a < 0.3 ? [-a, -1] : [0.6 + 5 * (a - 0.3), 5]);
    const found = search(kink, 1);
    expect(found.outcome).toBe("narrow");
    expect(found.step).toBeGreaterThan(0);
    expect(found.step).toBeLessThan(0.3);
  });

  test("an uphill line ends at a step of zero once no number lies between", () => {
    // f jumps up everywhere but at 0: the interval shrinks until its ends are neighbours.
    const run = new LineSearch(0, -1, Number.MIN_VALUE, 1);
    expect(run.tell(1, -1)).toBe("evaluate");
    expect(run.step).toBe(0);
    expect(run.tell(0, -1)).toBe("rounding");
  });

  test("a step where the function is not finite is cut, and nothing beyond it tried again", () => {
    const wall: Line = (a) => (a < 1 ? [-a, -1] : [Number.NaN, Number.NaN]);
    const run = new LineSearch(...wall(0), 3, 1e10);
    expect(run.reject()).toBe("evaluate");
    expect(run.step).toBe(0.75);
    expect(run.tell(...wall(run.step))).toBe("at-maximum");
  });

  test("values near the end of the range do not end in a step that is no number", () => {
    const run = new LineSearch(-1e308, -1e308, 1, 1e10);
    for (let i = 0; i < 5; i++) {
      run.tell(1.7e308, 1.7e308);
      expect(run.step).toBeGreaterThan(0);
      expect(run.step).toBeLessThan(1);
    }
  });

  test("resumes from its state", () => {
    const line = lines["5.3"] as Line;
    const run = new LineSearch(...line(0), 10, 1e10);
    for (;;) {
      const resumed = new LineSearch(structuredClone(run.state()));
      const outcome = run.tell(...line(run.step));
      expect(resumed.tell(...line(resumed.step))).toBe(outcome);
      expect(resumed.state()).toEqual(run.state());
      if (outcome !== "evaluate") break;
    }
  });
});
