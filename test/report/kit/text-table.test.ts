import { expect, test } from "vitest";
import { html } from "../../../src/report/kit/markup.ts";
import { aligned, labelled, textTable } from "../../../src/report/kit/text-table.ts";

test("columns are as wide as their widest cell, names to the left, numbers to the right", () => {
  expect(
    aligned([
      ["", "a", "long"],
      ["name", "1.25", "2"],
    ]),
  ).toBe("           a  long\n  name  1.25     2\n");
});

test("labels stand in one column", () => {
  expect(
    labelled([
      ["time", "1 s"],
      ["digest", "ab"],
    ]),
  ).toBe("  time         1 s\n  digest       ab\n");
});

test("a table of a page has heads, names of rows, escaped text, and one strong column", () => {
  const { text } = textTable(
    [
      ["layer", "bound"],
      ["a<b", "2"],
      ["c", html`<i>3</i>`],
    ],
    "bound",
  );
  expect(text).toContain('<tr><th scope="col">layer</th><th scope="col">bound</th></tr>');
  expect(text).toContain('<tr><th scope="row">a&lt;b</th><td><b>2</b></td></tr>');
  expect(text).toContain("<td><b><i>3</i></b></td>");
});
