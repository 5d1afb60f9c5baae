import { expect, test } from "vitest";
import { Host } from "./host.ts";

test("a kernel that writes beyond the block it announced is noticed", () => {
  const host = new Host("release");
  const x = host.f32(5, [1, 2, 3, 4, 5]);
  const y = host.f32(4);
  expect(() => host.run((k) => k.relu_f32(5, x.at, y.at), y)).toThrow("outside the blocks");
});

test("a kernel that writes into the gap between rows is noticed", () => {
  const host = new Host("release");
  const x = host.f32(6, [1, 2, 3, 4, 5, 6]);
  const y = host.matrix(2, 2, 3);
  expect(() => host.run((k) => k.relu_f32(6, x.at, y.at), y)).toThrow("outside the blocks");
});

test("a guard that is computed with and written back is noticed, though it is NaN before and after", () => {
  const host = new Host("release");
  const x = host.f32(5, [1, 2, 3, 4, 5]);
  const y = host.f32(4, [1, 2, 3, 4]);
  expect(() => host.run((k) => k.sum_rows_f32(1, 5, x.at, y.at), y)).toThrow("outside the blocks");
  const a = host.f64(16, Array(16).fill(1));
  const b = host.f64(8, Array(8).fill(1));
  expect(() => host.run((k) => k.axpy_f64(16, 1, a.at, b.at), b)).toThrow("outside the blocks");
});

test("a kernel that reads beyond its block reads NaN", () => {
  const host = new Host("release");
  const x = host.f32(4, [1, 2, 3, 4]);
  const y = host.f32(5);
  host.run((k) => k.relu_f32(5, x.at, y.at), y);
  expect([...y.values()]).toEqual([1, 2, 3, 4, Number.NaN]);
});

test("a vector of doubles is guarded by NaN too", () => {
  const host = new Host("release");
  const x = host.f64(8, [1, 2, 3, 4, 5, 6, 7, 8]);
  expect(host.run((k) => k.norm_inf_f64(8, x.at))).toBe(8);
  expect(host.run((k) => k.norm_inf_f64(16, x.at))).toBeNaN();
});
