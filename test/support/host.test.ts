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
