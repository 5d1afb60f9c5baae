/** `blindspot certify`, from flags to a folder. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { dense, networkOf, part } from "../support/networks.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const jsonOf = (folder: string) => JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));

test("writes both ends for each image, the same on one worker and on two, and the command that makes them again", async () => {
  const folder = temporaryFolder();
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const args = ["certify", "--model", "fc100-100-10", "--norm", "l2", "--count", "9", "--quiet"];
  const first = await blindspot(...args, "--workers", "1", "--out", one);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(
    /In L2 no change shorter than 0\.\d+ alters an answer, on average; one of 0\.\d+ was found that does\./,
  );
  expect(await blindspot(...args, "--workers", "2", "--out", two)).toMatchObject({ code: 0 });
  const [a, b] = [jsonOf(one), jsonOf(two)];
  expect(a).toMatchObject({ generator: "blindspot", kind: "certify", norm: "l2", effort: "fast" });
  expect(a.command).toMatch(/^npx blindspot certify --model fc100-100-10 --data mnist:test --norm l2 /);
  expect({ ...b, timing: a.timing }).toEqual(a);
  expect(a.images).toHaveLength(9);
  for (const { verdict, certified, found } of a.images) {
    expect(verdict).toBe("proved");
    expect(certified).toBeGreaterThan(0.2);
    expect(certified).toBeLessThan(found);
  }
  expect(a.summary.both).toBe(9);
  expect(readdirSync(one).sort()).toEqual([".blindspot.json", "arrays", "brackets.svg", "index.html", "results.json"]);
  const page = readFileSync(join(one, "index.html"), "utf8");
  expect(page).toContain("Certified and found");
  expect(page).not.toContain("<script");
});

test("with --epsilon says which images are proved, and which a changed row falsifies", async () => {
  const out = join(temporaryFolder(), "out");
  const { code, out: printed } = await blindspot(
    "certify",
    "--count",
    "8",
    "--epsilon",
    "0.04",
    "--workers",
    "1",
    "--out",
    out,
    "--json",
  );
  expect(code).toBe(0);
  const { images, summary, epsilon } = JSON.parse(printed);
  expect(epsilon).toBe(0.04);
  for (const { verdict, certified } of images) expect(certified).toBe(verdict === "proved" ? 0.04 : 0);
  expect(summary.proved + summary.falsified + summary.undecided + summary.misread).toBe(8);
  expect(summary.proved).toBeGreaterThan(0);
});

test("names the layer that has no bounds, and leaves no folder; refuses other norms", async () => {
  const folder = temporaryFolder();
  const [model, out] = [join(folder, "model"), join(folder, "out")];
  const parts = [
    part("Reshape", { name: "rows", target_shape: [28, 28] }),
    part("Softmax", { name: "inner", axis: -1 }),
    part("Flatten", { name: "flat" }),
    dense("out", 784, 10, "linear"),
  ];
  await saveNetwork(networkOf([784], parts), model);
  expect((await loadNetwork(model)).classes).toBe(10);
  const { code, err } = await blindspot(
    "certify",
    "--model",
    model,
    "--count",
    "2",
    "--truth",
    "model",
    "--out",
    out,
    "--quiet",
  );
  expect(err).toBe("blindspot: inner (Softmax): expected an operation with bounds, got a softmax below the scores\n");
  expect(code).toBe(1);
  expect(existsSync(out)).toBe(false);
  expect((await blindspot("certify", "--norm", "l0", "--out", out)).code).toBe(2);
});

test("with --property decides a VNN-LIB property, gzipped or not, and writes the result in the words asked for", async () => {
  const folder = temporaryFolder();
  const network = networkOf([13], [dense("a", 13, 6, "relu"), dense("b", 6, 3, "linear")]);
  await saveNetwork(network, join(folder, "model"));
  const box = Array.from({ length: 13 }, (_, i) => `(assert (>= X_${i} -0.5))(assert (<= X_${i} 0.5))`).join("\n");
  writeFileSync(join(folder, "holds.vnnlib"), `${box}(assert (>= Y_0 100))`);
  writeFileSync(join(folder, "violated.vnnlib.gz"), gzipSync(`${box}(assert (or (>= Y_0 Y_1) (>= Y_1 Y_0)))`));
  const args = ["certify", "--model", join(folder, "model"), "--evaluations", "2000"];
  expect(await blindspot(...args, "--property", join(folder, "holds.vnnlib"))).toMatchObject({
    code: 0,
    out: "holds\n",
  });
  const result = join(folder, "result.txt");
  const asked = ["--property", join(folder, "violated.vnnlib.gz"), "--words", "unsat", "--result", result];
  const { code, out } = await blindspot(...args, ...asked);
  expect(code).toBe(0);
  expect(out).toMatch(/^sat\n\(\(X_0 \S+\)\n(.*\n)+\(Y_2 \S+\)\)\n$/);
  expect(readFileSync(result, "utf8")).toBe(out);
  const missing = await blindspot(...args, "--property", join(folder, "none.vnnlib"));
  expect(missing.code).toBe(1);
  expect(missing.err).toContain("expected a VNN-LIB property");
  const alone = await blindspot("certify", "--result", result);
  expect(alone).toMatchObject({ code: 2 });
  expect(alone.err).toContain("--result: expected with --property, got none");
  const unsearched = await blindspot("certify", "--seconds", "1");
  expect(unsearched).toMatchObject({ code: 2 });
  expect(unsearched.err).toContain("--seconds: expected --property or --effort exhaustive beside it, got none");
});
