import { expect, test } from "vitest";

const { firstDifference } = await import(new URL("../scripts/engines.mjs", import.meta.url).href);

test("outputs that are the same on every engine have no difference", () => {
  expect(firstDifference({ node: "a\nb\n", deno: "a\nb\n", bun: "a\nb\n" })).toBeUndefined();
});

test("the first line that differs is named, with the engine and both lines", () => {
  expect(firstDifference({ node: "a\nb\n", deno: "a\nb\n", bun: "a\nc\n" })).toBe('line 2: node has "b", bun has "c"');
  expect(firstDifference({ node: "a", deno: "a\nb", bun: "a" })).toBe('line 2: node has "undefined", deno has "b"');
});
