/** `blindspot robust`: its record, page and text, what it refuses, and that a run that was killed goes on where it was. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { certify } from "../../src/certify/index.ts";
import { digestArrays } from "../../src/data/digest.ts";
import { readNpy } from "../../src/data/index.ts";
import { loadMnist, loadNetwork } from "../../src/node/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";
import { resultsOf, start, untilBytes } from "./built.ts";

const ENSEMBLE = "minimal,apgd-ce:40,square:200";

test("the record has the evidence of each image, page and text say the shares, and the command makes the record again", async () => {
  const run = async (...args: string[]) => {
    const out = join(temporaryFolder(), "robust");
    const { code, out: text, err } = await blindspot("robust", "--quiet", "--out", out, ...args);
    expect([code, err]).toEqual([0, ""]);
    return {
      out,
      text,
      record: JSON.parse(readFileSync(join(out, "results.json"), "utf8")),
      page: readFileSync(join(out, "index.html"), "utf8"),
    };
  };
  const asked = ["--count", "12", "--norm", "linf", "--epsilon", "0.05", "--attacks", ENSEMBLE];
  const { out, text, record, page } = await run(...asked, "--workers", "2");
  const { upper, lower, clean, undecided, images } = record;
  const of = (verdict: string) => images.filter((image: { verdict: string }) => image.verdict === verdict).length;
  expect([clean.hits, upper.hits, lower.hits, undecided.hits]).toEqual([
    12 - of("misread"),
    of("undecided") + of("proved"),
    of("proved"),
    of("undecided"),
  ]);
  for (const verdict of ["attacked", "undecided", "proved"]) expect(of(verdict), verdict).toBeGreaterThan(0);
  for (const said of [text, page]) {
    expect(said).toContain(`and ${upper.hits} of 12 (`);
    expect(said).toContain(`resist every attack within 0.05 in L-infinity; ${lower.hits} of them are proved to.`);
  }
  // Every image that counts as attacked is: as it is stored, within epsilon, and answered otherwise.
  const network = await loadNetwork("fc100-100-10");
  expect(record.digest).toBe(
    await digestArrays(
      Object.fromEntries(
        readdirSync(join(out, "arrays")).map((file) => {
          return [file.replace(/\.npy$/, ""), readNpy(file, readFileSync(join(out, "arrays", file)))];
        }),
      ),
    ),
  );
  const mnist = await loadMnist("test");
  const stored = readNpy("adversarial.npy", readFileSync(join(out, "arrays/adversarial.npy"))).data as Float32Array;
  const scores = network.scores(stored);
  for (const [i, { index, label, verdict, by, distance }] of images.entries()) {
    if (verdict !== "attacked") continue;
    const [row, image] = [stored.subarray(784 * i, 784 * (i + 1)), mnist.rows.subarray(784 * index, 784 * (index + 1))];
    const most = row.reduce((m, v, k) => Math.max(m, Math.abs(v - (image[k] as number))), 0);
    expect(most).toBe(distance);
    expect(most).toBeLessThanOrEqual(0.05);
    const own = [...scores.subarray(10 * i, 10 * (i + 1))];
    expect(own.indexOf(Math.max(...own))).not.toBe(label);
    expect(ENSEMBLE).toContain(by);
  }
  const again = await run(...record.command.split(" ").slice(3));
  expect(again.record).toEqual({ ...record, timing: again.record.timing });
});

test("what is proved is what certify proves; without certificates the record says why there is no lower end", async () => {
  const asked = ["robust", "--count", "12", "--epsilon", "0.05", "--attacks", "minimal", "--json", "--out"];
  const both = JSON.parse((await blindspot(...asked, join(temporaryFolder(), "both"))).out);
  const network = await loadNetwork("fc100-100-10");
  const { rows, labels } = await loadMnist("test");
  const { verdict } = await certify(network, {
    rows: rows.slice(0, 12 * 784),
    truth: labels.slice(0, 12),
    norm: "linf",
    epsilon: 0.05,
  });
  const proved = (all: readonly string[]) => all.flatMap((one, i) => (one === "proved" ? [i] : []));
  expect(proved(both.images.map((image: { verdict: string }) => image.verdict))).toEqual(proved(verdict));
  expect(proved(verdict)).not.toEqual([]);
  const alone = await blindspot(...asked, join(temporaryFolder(), "alone"), "--no-certify");
  const upper = JSON.parse(alone.out);
  expect(upper).toMatchObject({ unproved: "certificates were not asked for", lower: { hits: 0 }, upper: both.upper });
  expect(upper.command).toMatch(/ --no-certify$/);
  const sparse = [
    "robust",
    "--count",
    "2",
    "--norm",
    "l0",
    "--epsilon",
    "2",
    "--attacks",
    "minimal",
    "--json",
    "--out",
  ];
  const l0 = JSON.parse((await blindspot(...sparse, join(temporaryFolder(), "l0"))).out);
  expect(l0).toMatchObject({ unproved: "norm l0 has no certificates", lower: { hits: 0 } });
});

test("kill -9 on two threads, then in process: it goes on from its journal to the digest of a run that nothing stopped", async () => {
  const asked = ["robust", "--count", "32", "--epsilon", "0.05", "--attacks", "minimal,square:800"];
  const whole = join(temporaryFolder(), "whole");
  expect(await start([...asked, "--workers", "1", "--quiet", "--out", whole]).end).toMatchObject({ code: 0, err: "" });
  const out = join(temporaryFolder(), "robust");
  const { child, end } = start([...asked, "--workers", "2", "--out", out]);
  await untilBytes(`${out}.journal`, 12_000);
  child.kill("SIGKILL");
  await end;
  const again = await start([...asked, "--workers", "1", "--out", out]).end;
  expect(again.code).toBe(0);
  expect(again.err).toMatch(/robust: goes on from .*\.journal: \d+ images are known\n/);
  expect(resultsOf(out).digest).toBe(resultsOf(whole).digest);
});

describe("wrong usage is named", () => {
  for (const [args, code, message] of [
    [[], 2, /^blindspot: --epsilon: expected a number, got none\n$/],
    [
      ["--epsilon", "0.1", "--attacks", "minimal,pdg"],
      2,
      /^blindspot: --attacks: expected minimal, fgsm, .*, got "pdg"\n$/,
    ],
    [
      ["--epsilon", "0.1", "--attacks", "square:none"],
      2,
      /^blindspot: --attacks square: expected a whole number, got "none"\n$/,
    ],
    [
      ["--epsilon", "0.1", "--norm", "l1", "--attacks", "square"],
      1,
      /^blindspot: norm: expected linf or l2 for square, got "l1" \(attacks in it: .*pgd.*\)\n$/,
    ],
  ] as const) {
    test(args.join(" ") || "nothing", async () => {
      const out = join(temporaryFolder(), "robust");
      const ended = await blindspot("robust", "--count", "2", "--quiet", "--out", out, ...args);
      expect(ended.code).toBe(code);
      expect(ended.err).toMatch(message);
    });
  }
});
