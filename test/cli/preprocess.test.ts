/** The flags of what is done to the data before a model: told in the record, in its command, and to the network. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadNetwork } from "../../src/node/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

test("attack and transfer run behind a range, and say so", async () => {
  const out = join(temporaryFolder(), "out");
  const search = ["--count", "3", "--truth", "model", "--quiet", "--overwrite", "--out", out];
  const { code } = await blindspot("attack", "--model", "fc10-1e-4", "--range", "-1,1", ...search);
  expect(code).toBe(0);
  const record = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  expect(record.model.preprocess).toEqual({ range: [-1, 1] });
  expect(record.command).toContain("--model fc10-1e-4 --range -1,1 --data mnist:test");
  const network = await loadNetwork("fc10-1e-4", { preprocess: { range: [-1, 1] } });
  expect(network.layers[0]?.config).toMatchObject({ scale: 2, offset: -1 });
  const flags = ["--from", "fc10-1e-4", "--to", "fc10-1e-2", "--scale", "0.5", "--mean", "0.1", ...search];
  expect((await blindspot("transfer", ...flags)).code).toBe(0);
  const transferred = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  expect(transferred.models.map(({ preprocess }: { preprocess: unknown }) => preprocess)).toEqual([
    { scale: 0.5, mean: 0.1 },
    { scale: 0.5, mean: 0.1 },
  ]);
});

test("refuses ranges of no two numbers, a range beside a mean, and numbers for channels that are not there", async () => {
  const said = async (...flags: string[]) => {
    const { code, err } = await blindspot("attack", ...flags);
    return `${code} ${err.trim()}`;
  };
  expect(await said("--range", "1")).toBe("2 blindspot: --range: expected two numbers, got 1");
  expect(await said("--range", "1,0")).toContain("range: expected two numbers, the lower one first, got 1,0");
  expect(await said("--range", "0,1", "--mean", "1")).toContain("mean: expected none beside a range, got 1");
  expect(await said("--std", "a")).toContain("--std: expected a number, got");
  expect(await said("--mean", "1,2")).toContain("preprocess mean: expected one number, or 784, one a channel, got 2");
});
