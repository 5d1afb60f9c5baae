import { describe, expect, test } from "vitest";
import "../../src/wasm/inline.ts";
import { lbfgsAttack } from "../../src/attacks/index.ts";
import { fullyConnected } from "../../src/model/index.ts";
import { DividingExecutor, type Workers } from "../../src/studies/division.ts";
import { runItems, thisThread } from "../../src/studies/in-process.ts";
import { attackOnWorkers } from "../../src/studies/on-workers/attack.ts";
import { blockEnds, itemQueue, takeItems } from "../../src/studies/queue.ts";
import { noise32 } from "../support/noise.ts";

describe("a queue", () => {
  for (const count of [1, 7, 8, 9, 100, 6000]) {
    for (const workers of [2, 3, 64]) {
      test(`of ${count} items for ${workers} workers gives each once, in order, ever fewer at a time`, () => {
        const items = Array.from({ length: count }, (_, i) => 3 * i + 1);
        const queue = itemQueue(items, workers);
        const blocks: number[][] = [];
        for (let block = takeItems(queue); block; block = takeItems(queue)) blocks.push(block);
        expect(blocks.flat()).toEqual(items);
        const sizes = blocks.map(({ length }) => length);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        expect([Math.max(...sizes) <= 64, sizes.at(-1)]).toEqual([true, 1]);
        expect(takeItems(queue)).toBeUndefined();
      });
    }
  }

  test("of no items has no block", () => {
    expect(blockEnds(0, 2)).toEqual([]);
    expect(takeItems(itemQueue([], 2))).toBeUndefined();
  });

  test("is taken to its end by a task that asks for more, and by one that is called again", async () => {
    const items = Array.from({ length: 40 }, (_, i) => i);
    const calls: number[][] = [];
    const options = { signal: new AbortController().signal, saveSeconds: 1 };
    await runItems(
      (_, some) => void calls.push([...some]),
      null,
      itemQueue(items, 2),
      () => {},
      options,
    );
    expect([calls.length > 1, calls.flat()]).toEqual([true, items]);
    calls.length = 0;
    await runItems(
      (_, some, { more }) => {
        calls.push([]);
        for (let now: readonly number[] | undefined = some; now; now = more()) calls[0]?.push(...now);
      },
      null,
      itemQueue(items, 2),
      () => {},
      options,
    );
    expect(calls).toEqual([items]);
  });

  test("is left when nobody wants the results any more", async () => {
    const controller = new AbortController();
    const queue = itemQueue([0, 1, 2, 3, 4, 5, 6, 7, 8], 2);
    const task = () => controller.abort(new Error("enough"));
    const options = { signal: controller.signal, saveSeconds: 1 };
    await expect(runItems(task, null, queue, () => {}, options)).rejects.toThrow("enough");
    expect(takeItems(queue)).toEqual([2]); // the first block was of two
  });
});

for (const takesQueues of [true, false]) {
  test(`two workers that take ${takesQueues ? "a queue" : "lists"} attack to the bits of one call`, async () => {
    const network = fullyConnected([12, 9, 4], { seed: 5 });
    const rows = noise32(50 * 12, 6).map(Math.abs) as Float32Array;
    const labels = Int32Array.from({ length: 50 }, (_, i) => i % 4);
    const kinds = new Set<string>();
    const here = thisThread(1);
    const crew: Workers = {
      ...here,
      workers: 2,
      takesQueues,
      runShare: (task, input, items, options) => {
        kinds.add(Array.isArray(items) ? "list" : "queue");
        return here.runShare(task, input, items, options);
      },
    };
    const found = await attackOnWorkers(new DividingExecutor(crew), network, { rows, labels });
    expect(kinds).toEqual(new Set([takesQueues ? "queue" : "list"]));
    expect(found).toEqual(await lbfgsAttack(network, { rows, labels }));
    expect(found.stop).toContain("found");
  });
}
