/** How a job is divided for a queue. */
import { expect, test } from "vitest";
import { shardEnds } from "../../../src/jobs/queue/shards.ts";

const sizes = (ends: readonly number[]) => ends.map((end, i) => end - (ends[i - 1] ?? 0));

test.each([0, 1, 2, 3, 31, 32, 33, 100, 1000, 6000, 12_345])(
  "the shards of %i items cover each once, ever smaller",
  (count) => {
    for (const bytes of [0, 1, 3136, 602_112, 2 ** 22]) {
      const ends = shardEnds(count, bytes);
      expect(ends.at(-1) ?? 0).toBe(count);
      const all = sizes(ends);
      expect(all.every((size, i) => size >= 1 && (i === 0 || size <= (all[i - 1] as number)))).toBe(true);
    }
  },
);

test("large rows make small shards, many rows no larger ones than 256, and few rows many shards", () => {
  expect(shardEnds(50_000, 602_112)[0]).toBe(1); // 224 x 224 x 3
  expect(shardEnds(1_000_000, 3136)[0]).toBe(256);
  expect(shardEnds(320, 3136)[0]).toBe(10);
  expect(shardEnds(320, 3136, 64)[0]).toBe(64);
});

test("the last two shards' worth of items is handed out in halves, quarters and eighths", () => {
  expect(sizes(shardEnds(160, 0, 32))).toEqual([32, 32, 32, 16, 16, 8, 8, 4, 4, 4, 4]);
});
