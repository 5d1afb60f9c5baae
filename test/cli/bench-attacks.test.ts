/** `blindspot bench-attacks` from flags to a folder: on a shipped model, and beside proved minima where they are at hand. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedData } from "../support/shared-data.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const FLAGS = [
  "bench-attacks",
  "--count",
  "4",
  "--norms",
  "l2",
  "--propagations",
  "40",
  "--attacks",
  "minimal,ddn,pgd",
];

test("a shipped model: a page in a folder, the same digests with other workers", async () => {
  const folder = temporaryFolder();
  const first = await blindspot(...FLAGS, "--workers", "1", "--out", join(folder, "a"), "--quiet");
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/\nL2, 40 propagations:\n {2}attack +optimality +behind the first/);
  const json = JSON.parse(readFileSync(join(folder, "a", "results.json"), "utf8"));
  expect(json.command).toBe(
    "npx blindspot bench-attacks --model fc100-100-10 --data mnist:test --attacks minimal,ddn,pgd --norms l2 --propagations 40 --count 4 --seed 0",
  );
  const second = await blindspot(...FLAGS, "--workers", "2", "--out", join(folder, "b"), "--json");
  expect(JSON.parse(second.out)).toMatchObject({ digest: json.digest, recordDigest: json.recordDigest });
  for (const name of ["index.html", "runs.csv", "01-fc100-100-10-l2-robust.svg", "arrays/01-l2/best.npy"]) {
    expect(existsSync(join(folder, "a", name)), name).toBe(true);
  }
  expect(existsSync(join(folder, "a.journal"))).toBe(false);
});

const proofs = sharedData("wk17a", "exact-linf.json");
test.skipIf(!proofs.isThere)(`beside proved minima: no attack comes below them${proofs.note}`, async () => {
  const folder = temporaryFolder();
  const minima = join(proofs.folder, "exact-linf.json");
  const flags = ["--model", proofs.folder, "--minima", minima, "--norms", "linf", "--propagations", "40"];
  const run = await blindspot(
    "bench-attacks",
    ...flags,
    "--count",
    "5",
    "--attacks",
    "minimal,fmn",
    "--out",
    join(folder, "a"),
    "--json",
  );
  expect(run.code).toBe(0);
  const { cells, command } = JSON.parse(run.out);
  expect(command).toContain(`--count 5 --seed 0 --minima ${minima}`);
  expect(cells[0].runs.map(({ excess }: { excess: { count: number } }) => excess.count)).toEqual([5, 5]);
  // Files give minima to 1e-6.
  for (const { excess } of cells[0].runs) expect(excess.mean).toBeGreaterThan(-1e-6);
});

for (const [flags, message] of [
  [["--attacks", "minimal,dnd"], /--attacks: expected some of minimal, .*ddn.*, got "dnd"/],
  [["--attacks", "ddn,ddn"], /--attacks: expected each once, got ddn twice/],
  [["--norms", "l3"], /--norms: expected some of l2, linf, l1, l0, got "l3"/],
  [["--propagations", "1"], /--propagations: expected a finite number >= 2, got 1/],
  [["--model", ","], /--model: expected models separated by commas, got ","/],
  [["--minima", "no-such.json"], /no-such\.json/],
] as const) {
  test(`refuses ${flags.join(" ")}`, async () => {
    const { code, err } = await blindspot("bench-attacks", ...flags, "--out", join(temporaryFolder(), "a"));
    expect(code).toBeGreaterThan(0);
    expect(err).toMatch(message);
  });
}
