import { expect, test } from "vitest";
import { digests, GOLDEN } from "./bits.ts";

test("results have the bits that every engine must give", () => {
  expect(Object.keys(GOLDEN).length).toBe(11);
  expect(digests()).toEqual(GOLDEN);
});
