/** The search for the largest radius: how it spends a budget on balls, some of which cost too much, and what it goes on from. */
import { describe, expect, test } from "vitest";
import type { Search } from "../../src/certify/branch/outcome.ts";
import { Spending } from "../../src/certify/budget.ts";
import { type ExactRadius, exactRadius, type RadiusBracket } from "../../src/certify/exact-radius.ts";

/** The largest radius of a problem, and what deciding a ball costs. */
interface Problem {
  readonly largest: number;
  readonly cost: (radius: number) => number;
  /** The radius from which no time decides. */
  readonly blind?: number;
}

interface Tried {
  readonly radius: number;
  readonly verdict: "proved" | "falsified" | "undecided";
}

function deciderOf({ largest, cost, blind = Number.POSITIVE_INFINITY }: Problem, tried: Tried[]) {
  return async (radius: number, { isSpent }: Search) => {
    let evaluations = 0;
    let verdict: Tried["verdict"] = radius < largest ? "proved" : "falsified";
    for (; evaluations < cost(radius); evaluations++) {
      if (!isSpent(evaluations)) continue;
      verdict = "undecided";
      break;
    }
    if (radius >= blind && radius < largest) verdict = "undecided";
    tried.push({ radius, verdict });
    return { verdict, evaluations, ...(verdict === "falsified" && { length: radius }) };
  };
}

interface Searched extends ExactRadius {
  readonly tried: readonly Tried[];
  readonly spent: number;
  readonly brackets: readonly { bracket: RadiusBracket; spent: number }[];
}

async function searched(problem: Problem, evaluations: number | undefined, begun: RadiusBracket): Promise<Searched> {
  const spending = new Spending(evaluations === undefined ? {} : { evaluations });
  const tried: Tried[] = [];
  const brackets: { bracket: RadiusBracket; spent: number }[] = [];
  const onBracket = (bracket: RadiusBracket) => void brackets.push({ bracket, spent: spending.evaluations });
  const result = await exactRadius(spending, begun, onBracket, deciderOf(problem, tried));
  return { ...result, tried, spent: spending.evaluations, brackets };
}

function bracketOf(low: number, known: number, isKnown = true): RadiusBracket {
  return { low, known, high: known, isKnown };
}

/** Costs that grow without end towards the largest radius; beyond it nothing decides. */
const steep: Problem = { largest: 1, cost: (radius) => (radius < 1 ? 1 / (1 - radius) ** 2 : 1e9) };

describe("a radius", () => {
  test("comes to a hundredth of the nearest change where there is no budget, by one ball", async () => {
    const { radius, isCut, tried } = await searched({ largest: 1, cost: () => 5 }, undefined, bracketOf(0.5, 1));
    expect(isCut).toBe(false);
    expect(radius).toBeGreaterThan(0.99);
    expect(tried.length).toBe(1);
  });

  test("follows nearer changes that balls find", async () => {
    const { radius, found, isCut } = await searched({ largest: 1, cost: () => 5 }, undefined, bracketOf(0.5, 1.2));
    expect(isCut).toBe(false);
    expect(found).toBeGreaterThanOrEqual(1);
    expect(radius).toBeGreaterThanOrEqual(0.99 * found);
    expect(radius).toBeLessThan(1);
  });

  test("comes near where a ball beyond it costs more than all of the budget", async () => {
    // 0.96 costs 625, 0.98 costs 2500.
    const { radius, isCut, tried, spent } = await searched(steep, 30000, bracketOf(0.5, 1.04));
    expect(isCut).toBe(true);
    expect(radius).toBeGreaterThan(0.96);
    expect(radius).toBeLessThan(1);
    expect(spent).toBeLessThanOrEqual(30000);
    expect(tried[0]?.verdict).toBe("undecided");
  });

  test("ends marked where nothing is left between what is proved and what no time decides", async () => {
    const { radius, isCut, tried } = await searched(
      { largest: 1, cost: () => 3, blind: 0.8 },
      undefined,
      bracketOf(0.5, 1),
    );
    expect(isCut).toBe(true);
    expect(radius).toBeLessThan(0.8);
    expect(radius).toBeGreaterThan(0.79);
    expect(new Set(tried.map((one) => one.radius)).size).toBe(tried.length);
  });

  test("is the same where the search goes on from any bracket", async () => {
    const whole = await searched(steep, 30000, bracketOf(0.5, 1.04));
    expect(whole.brackets.length).toBeGreaterThan(4);
    for (const { bracket, spent } of whole.brackets) {
      const spending = new Spending({ evaluations: 30000 }, undefined, { evaluations: spent, seconds: 0 });
      const { radius } = await exactRadius(spending, structuredClone(bracket), () => {}, deciderOf(steep, []));
      expect(radius).toBe(whole.radius);
      expect(spending.evaluations).toBe(whole.spent);
    }
  });

  test("of which no change is known grows step by step up to the farthest", async () => {
    const { radius, found, isCut, tried } = await searched(
      { largest: 9, cost: () => 1 },
      undefined,
      bracketOf(0.5, 2, false),
    );
    expect([radius, found, isCut]).toEqual([2, Number.NaN, false]);
    tried.forEach((one, i) => {
      expect(one.radius).toBeLessThanOrEqual(1.5 * (i === 0 ? 0.5 : (tried[i - 1] as Tried).radius));
    });
  });
});
