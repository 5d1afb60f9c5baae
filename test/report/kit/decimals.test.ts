import { expect, test } from "vitest";
import { alignedAtPoint, areNumbers } from "../../../src/report/kit/decimals.ts";
import { html } from "../../../src/report/kit/markup.ts";
import { folded, textTable } from "../../../src/report/kit/text-table.ts";

/** Digits and points behind the place of the decimal point, in a column that is aligned to the right. */
const behindPoint = (text: string): number => text.replace(/^(?:[<>≈] )?[-−]?[\d,]*/, "").length;

test("decimal points stand in a line: as much stands behind each, in spaces as wide as digits and points", () => {
  for (const column of [
    ["1.5", "12", "1,234.25", "0.001"],
    ["100 %", "0.5 %", "< 0.1 %", "0 %"],
    ["0.0543", "–", "13.8"],
  ]) {
    const numbers = alignedAtPoint(column).filter((text) => text !== "–");
    expect(new Set(numbers.map(behindPoint)).size).toBe(1);
    expect(alignedAtPoint(column).map((text) => text.trimEnd())).toEqual(column);
  }
});

test("a column with words is no column of numbers, one with gaps is", () => {
  expect(areNumbers(["1.5", "12 %", "–", ""])).toBe(true);
  expect(areNumbers(["1.5", "about 2"])).toBe(false);
  expect(areNumbers(["", "–"])).toBe(false);
});

test("a table sets its numbers to the right and leaves words and markup as they are", () => {
  const table = textTable([
    ["name", "length", "verdict", "mark"],
    ["a", "1.25", "proved", html`<i>x</i>`],
    ["b", "10", "changed", html`<i>y</i>`],
  ]).text;
  expect(table).toContain('<td class="number">10\u2008\u2007\u2007</td>');
  expect(table).toContain("<td>proved</td><td><i>x</i></td>");
});

test("a table wider than a screen says that it scrolls, and can be scrolled by keyboard", () => {
  const row = (columns: number) => Array.from({ length: columns }, (_, i) => `number ${i}`);
  const wide = (columns: number) => textTable([row(columns), row(columns)]).text;
  expect(wide(3)).not.toContain("scrolls sideways");
  expect(wide(5)).toContain('class="scrolls on-narrow"');
  expect(wide(14)).toContain('class="scrolls"');
  expect(wide(14)).toContain('tabindex="0"');
  expect(
    textTable([
      ["a", "b", "c", "d", "e"],
      ["1", "2", "3", "4", "5"],
    ]).text,
  ).not.toContain("scrolls sideways");
});

test("a long table shows its first rows, and the others behind a line that opens them", () => {
  const rows = Array.from({ length: 30 }, (_, i) => [`row ${i}`, `${i}`]);
  const long = folded(["name", "n"], rows).text;
  expect(long).toContain("<summary>6 more</summary>");
  expect(long.indexOf("row 23<")).toBeLessThan(long.indexOf("<details"));
  expect(long.indexOf("row 24<")).toBeGreaterThan(long.indexOf("<details"));
  expect(folded(["name", "n"], rows.slice(0, 24)).text).not.toContain("<details");
});
