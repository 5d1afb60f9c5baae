/** The search over c by itself: how it grows, falls, and narrows a bracket. */
import { describe, expect, test } from "vitest";
import { PenaltyBracket } from "../../src/attacks/penalty-bracket.ts";

/** A margin that falls with c, so that the boundary lies at a known one. */
const marginAt = (c: number, boundary: number) => Math.log(boundary / c);

describe("without both ends", () => {
  test("c falls by the factor while minimisers fail", () => {
    const bracket = new PenaltyBracket(8, 2);
    for (const next of [4, 2, 1]) {
      bracket.advance(-1, 0.9);
      expect(bracket.c).toBe(next);
    }
    expect(bracket.narrowed).toBe(0);
  });

  test("c grows by 1 / (2 wrong) while they succeed: by the factor at least, by 16 at most", () => {
    for (const [wrong, growth] of [
      [0.5, 1.5],
      [0.125, 4],
      [2 ** -20, 16],
      [0, 16],
    ] as const) {
      const bracket = new PenaltyBracket(1, 1.5);
      bracket.advance(1, wrong);
      expect(bracket.c).toBe(growth);
    }
  });
});

describe("with both ends", () => {
  test("the next c is where the margins, linear in log c, meet zero", () => {
    const bracket = new PenaltyBracket(3, 2);
    bracket.advance(marginAt(3, 2.5), 0.5);
    expect(bracket.c).toBe(1.5);
    bracket.advance(marginAt(1.5, 2.5), 0.5);
    expect(bracket.c).toBeCloseTo(2.5, 12);
    expect(bracket.narrowed).toBe(1);
  });

  test("it keeps a tenth of the bracket's width from its ends, in log c", () => {
    for (const [margin, share] of [
      [1e-9, 0.1],
      [1e9, 0.9],
    ] as const) {
      const bracket = new PenaltyBracket(2, 2);
      bracket.advance(-1, 0.5);
      bracket.advance(margin, 0.5);
      expect(Math.log2(bracket.c)).toBeCloseTo(share, 12);
    }
  });

  test("a margin of exactly zero is a failure", () => {
    const bracket = new PenaltyBracket(2, 2);
    bracket.advance(0, 0.5);
    expect(bracket.c).toBe(1);
  });

  test("only brackets of one factor count as narrowed, rounding apart", () => {
    const wide = new PenaltyBracket(1, 1.5);
    wide.advance(1, 0.125); // to 4, more than a factor
    wide.advance(-1, 0.5);
    expect(wide.narrowed).toBe(0);
    wide.advance(1, 0.5); // half-way: 2 to 4
    expect([wide.c < 4, wide.narrowed]).toEqual([true, 0]);
    wide.advance(-1, 0.5); // 2 to 2.83
    expect(wide.narrowed).toBe(1);

    const rounded = new PenaltyBracket(0.1, 1.5);
    rounded.advance(1, 0.5);
    expect(rounded.c / 0.1).toBeGreaterThan(1.5); // by a last place
    rounded.advance(-1, 0.5);
    expect(rounded.narrowed).toBe(1);
  });
});
