import { expect, test } from "vitest";
import { itemRows } from "../../src/studies/tasks/minimal-attack.ts";

const all = Float32Array.from({ length: 12 }, (_, i) => i);

test("rows of items that follow one another are taken where they lie, others are put together", () => {
  const together = itemRows(all, [1, 2], 3);
  expect([...together]).toEqual([3, 4, 5, 6, 7, 8]);
  expect(together.buffer).toBe(all.buffer);
  for (const [items, expected] of [
    [
      [2, 1],
      [6, 7, 8, 3, 4, 5],
    ],
    [
      [0, 2],
      [0, 1, 2, 6, 7, 8],
    ],
    [[], []],
  ] as const) {
    const rows = itemRows(all, items, 3);
    expect([...rows]).toEqual(expected);
    if (items.length > 0) expect(rows.buffer).not.toBe(all.buffer);
  }
});
