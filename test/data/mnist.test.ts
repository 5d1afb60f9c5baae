import { expect, test } from "vitest";
import { slice } from "../../src/data/dataset.ts";
import { mnist } from "../../src/data/mnist.ts";
import { imageBytes, labelBytes } from "./idx-bytes.ts";

test("mnist gives 28 x 28 x 1 rows in [0, 1] and ten classes, even if not all occur", () => {
  const set = mnist(imageBytes(3), labelBytes([7, 2, 1]));
  expect([set.count, set.shape, set.classes]).toEqual([3, [28, 28, 1], 10]);
  expect(set.rows.length).toBe(3 * 784);
  expect(set.rows[255]).toBe(1);
  expect([...set.labels]).toEqual([7, 2, 1]);
});

test("mnist refuses images of another size", () => {
  expect(() => mnist(imageBytes(1, 28, 27), labelBytes([1]))).toThrow(
    "mnist images: expected images of 28 x 28 x 1, got 28 x 27 x 1",
  );
});

test("mnist refuses the label 10 and calls the files what it is told to", () => {
  expect(() => mnist(imageBytes(1), labelBytes([10]), { images: "a", labels: "b.gz" })).toThrow(
    "b.gz[0]: expected a label in [0, 9], got 10",
  );
});

test("slice shares memory and keeps shape and classes", () => {
  const set = mnist(imageBytes(3), labelBytes([7, 2, 1]));
  const part = slice(set, 1, 3);
  expect([part.count, part.shape, part.classes, [...part.labels]]).toEqual([2, [28, 28, 1], 10, [2, 1]]);
  expect(part.rows.buffer).toBe(set.rows.buffer);
  expect(part.rows[0]).toBe(set.rows[784]);
});

test("slice refuses an empty range and one beyond the end", () => {
  const set = mnist(imageBytes(3), labelBytes([7, 2, 1]));
  expect(() => slice(set, 1, 1)).toThrow("slice start: expected a whole number in [0, 0], got 1");
  expect(() => slice(set, 0, 4)).toThrow("slice end: expected a whole number in [1, 3], got 4");
});
