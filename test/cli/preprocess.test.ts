/** The flags of what is done to the data before a model: told in the record, in its command, and to the network. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadNetwork } from "../../src/node/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, writeSet } from "./blindspot.ts";

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

test("certify runs behind it, and says so", async () => {
  const out = join(temporaryFolder(), "out");
  const flags = [
    "--model",
    "fc10-1e-4",
    "--count",
    "1",
    "--norm",
    "linf",
    "--workers",
    "1",
    "--quiet",
    "--overwrite",
    "--out",
    out,
  ];
  const radii = async (...more: string[]): Promise<number[]> => {
    expect((await blindspot("certify", ...flags, ...more)).code).toBe(0);
    const record = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    const [scale] = more.includes("--scale") ? [2] : [];
    expect(record.model.preprocess).toEqual(scale === undefined ? undefined : { scale });
    expect(record.command.includes("--scale 2 --data")).toBe(scale !== undefined);
    return record.images.map(({ certified }: { certified: number }) => certified);
  };
  // A label is the largest of scores that twice the image makes, too, where there is no bias: half the change is enough.
  const [plain, doubled] = [await radii(), await radii("--scale", "2")];
  plain.forEach((radius, i) => {
    expect(radius).toBeGreaterThan(0);
    expect(Math.abs((doubled[i] as number) / radius - 1)).toBeLessThan(1e-3);
  });
});

test("train and paper take it: the trained network has it, the rival is behind it, and both say so", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const out = join(folder, "model");
  const asked = ["--model", "fc5-3", "--data", data, "--optimizer", "sgd", "--epochs", "30", "--quiet"];
  expect((await blindspot("train", ...asked, "--range", "-1,1", "--out", out)).code).toBe(0);
  const network = await loadNetwork(out);
  expect(network.layers[0]?.config).toMatchObject({ name: "preprocess", scale: 2, offset: -1 });
  expect(JSON.parse(readFileSync(join(out, "training.json"), "utf8")).command).toContain(
    `--model fc5-3 --range -1,1 --data ${data}`,
  );
  const plain = join(folder, "plain");
  expect((await blindspot("train", ...asked, "--out", plain)).code).toBe(0);
  const record = join(folder, "paper");
  const { code, err } = await blindspot(
    ...["paper", "--experiment", "training", "--data", data, "--arms", "decay", "--seeds", "1", "--epochs", "1"],
    ...["--rival", plain, "--scale", "3", "--count", "30", "--quiet", "--out", record],
  );
  expect(code, err).toBe(0);
  const { rival, command } = JSON.parse(readFileSync(join(record, "results.json"), "utf8"));
  expect(rival.preprocess).toEqual({ scale: 3 });
  expect(command).toContain("--scale 3");
  const refused = await blindspot("train", "--model", "ae400-10", "--data", data, "--range", "-1,1", "--out", "x");
  expect(refused.err).toContain("preprocess: expected none for ae400-10, got some");
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
