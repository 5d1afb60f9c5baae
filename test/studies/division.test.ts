/** How an executor divides a job. */
import { expect, test } from "vitest";
import { DividingExecutor, type KeptJob } from "../../src/studies/division.ts";

test.each([1, 2])("a job of which every item is known runs nothing, with %i workers", async (workers) => {
  const items = new Map([0, 1, 2].map((item) => [item, `kept ${item}`]));
  const kept: KeptJob = {
    items,
    stateOf: async () => undefined,
    keepItem: async () => {},
    keepState: async () => {},
  };
  let shares = 0;
  const crew = {
    workers,
    takesQueues: false,
    prepare: ({ input }: { input: unknown }) => input,
    runShare: async () => {
      shares++;
    },
  };
  const executor = new DividingExecutor(crew, { job: async () => kept });
  const job = { task: "answers", input: {} as never, items: 3 } as const;
  expect(await executor.run(job)).toEqual(["kept 0", "kept 1", "kept 2"]);
  expect(shares).toBe(0);
});
