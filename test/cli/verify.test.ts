/** `blindspot verify`: reports of every study are had again, altered ones are found out, and each refusal says what is missing. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BITS } from "../../src/version.ts";
import { blindspot, writeSet } from "./blindspot.ts";
import { resultsOf } from "./built.ts";

let folder: string;
let set: string;
let model: string;

/** Makes a report with a command and gives its folder. */
async function report(name: string, ...args: string[]): Promise<string> {
  const out = join(folder, name);
  expect(await blindspot(...args, "--out", out, "--quiet")).toMatchObject({ code: 0 });
  return out;
}

/** A copy of a report whose results.json says something else. */
function altered(from: string, name: string, alter: (results: never) => unknown): string {
  const out = join(folder, name);
  cpSync(from, out, { recursive: true });
  const results = resultsOf(from);
  alter(results as never);
  writeFileSync(join(out, "results.json"), JSON.stringify(results));
  return out;
}

let attack: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "blindspot-verify-test-")));
  set = writeSet(join(folder, "set"));
  model = await report("model", "train", "--data", set, "--model", "fc8-3", "--iterations", "30");
  attack = await report("attack", "attack", "--model", model, "--data", `${set}:test`, "--count", "6");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("reports of attack, transfer, stability and units, and a trained model, are had again", async () => {
  const data = `${set}:test`;
  const made = [
    attack,
    await report(
      "transfer",
      "transfer",
      "--from",
      model,
      "--to",
      model,
      "--data",
      data,
      "--count",
      "5",
      "--noise",
      "0.1",
    ),
    await report("stability", "stability", "--model", model, "--data", data, "--count", "5"),
    await report("units", "units", "--model", model, "--data", data, "--top", "3", "--directions", "4"),
    model,
  ];
  for (const path of made) {
    const { code, out } = await blindspot("verify", path, "--quiet");
    expect([path, code]).toEqual([path, 0]);
    expect(out).toMatch(/: the same\n$/);
  }
  expect((await blindspot("verify", join(attack, "results.json"), "--quiet")).code).toBe(0);
}, 120_000);

test("a sample of images is had again, drawn by the seed that is given", async () => {
  const { code, out } = await blindspot("verify", attack, "--sample", "2", "--sample-seed", "9", "--quiet");
  const what = `2 of 6 images of ${join(attack, "results.json")}, drawn by seed 9: the same\n`;
  expect({ code, out }).toEqual({ code: 0, out: what });
}, 60_000);

test("a sample is had again of every study whose images do not depend on one another", async () => {
  const data = ["--data", `${set}:test`, "--count", "4"];
  const asked = {
    certify: ["--model", model, "--norm", "l2"],
    robust: ["--model", model, "--epsilon", "0.1", "--attacks", "fgsm"],
    stability: ["--model", model],
    transfer: ["--from", model, "--to", model, "--noise", "0.1", "--amplify", "0.2"],
    "bench-attacks": ["--model", model, "--attacks", "fgsm", "--norms", "linf", "--propagations", "20"],
  };
  for (const [study, flags] of Object.entries(asked)) {
    const path = await report(`sampled ${study}`, study, ...flags, ...data);
    const { code, out, err } = await blindspot("verify", path, "--sample", "1", "--quiet");
    expect([study, code, err]).toEqual([study, 0, ""]);
    expect(out).toMatch(/^1 of 4 images of .*, drawn by seed 0.*: the same\n$/);
  }
}, 120_000);

describe("an altered report is found out", () => {
  type Results = { examples: { distortion: number }[]; options: { seed: number }; digest: string; command: string };
  const cases: Record<string, [(results: Results) => unknown, RegExp]> = {
    "in a digit": [
      (results) => {
        (results.examples[2] as { distortion: number }).distortion *= 1 + 2 ** -50;
      },
      /^verify: recordDigest: .*\nverify: examples\[2\]\.distortion: stated .* \(by /,
    ],
    "in an option": [
      (results) => {
        results.options.seed = 7;
      },
      /verify: options\.seed: stated 7, found 0 \(by -7\)/,
    ],
    "in its digest": [
      (results) => {
        results.digest = results.digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
      },
      /verify: digest of the arrays: stated /,
    ],
  };
  for (const [where, [alter, message]] of Object.entries(cases)) {
    test(where, async () => {
      const { code, err } = await blindspot("verify", altered(attack, where, alter), "--quiet");
      expect(err).toMatch(message);
      expect(code).toBe(3);
    }, 60_000);
  }

  test("in an array", async () => {
    const out = altered(attack, "array", () => undefined);
    const file = join(out, "arrays", "adversarial.npy");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(file, bytes);
    const { code, err } = await blindspot("verify", out, "--quiet", "--json");
    expect(err).toMatch(/^verify: digest of the arrays: stated /);
    expect(code).toBe(3);
  }, 60_000);

  test("in one image that is in the sample", async () => {
    const out = altered(attack, "sampled", (results: Results) => {
      for (const example of results.examples) example.distortion += 1;
    });
    const { code, err } = await blindspot("verify", out, "--sample", "1", "--quiet");
    expect(err).toMatch(/verify: image \d\.examples\.distortion: stated .* \(by -1\)/);
    expect(code).toBe(3);
  }, 60_000);
});

test("refusals name what was looked for", async () => {
  const said = async (...args: string[]) => {
    const { code, err } = await blindspot("verify", ...args, "--quiet");
    return `${code} ${err}`;
  };
  const digest = "0".repeat(64);
  const foreign = altered(attack, "foreign", (results: { model: { digest: string } }) => {
    results.model.digest = digest;
  });
  expect(await said(foreign)).toContain(`a model with the digest ${digest}; name its folder by --model, got `);
  const lost = altered(attack, "lost", (results: { command: string }) => {
    results.command = results.command.replace(model, join(folder, "gone"));
  });
  expect(await said(lost)).toMatch(
    /^1 .*expected a model with the digest [0-9a-f]{64}; name its folder by --model, got none at /,
  );
  expect(await said(lost, "--model", model)).toMatch(/^3 .*recordDigest/s);
  const broken = join(folder, "broken");
  cpSync(model, broken, { recursive: true });
  writeFileSync(join(broken, "model.json"), "{");
  expect(await said(lost, "--model", broken), "why a model that is there is none").toMatch(
    /got none at .*gone: .*; none at .*broken: .*model\.json: expected /,
  );
  const elsewhere = altered(attack, "elsewhere", (results: { data: { digest: string } }) => {
    results.data.digest = digest;
  });
  expect(await said(elsewhere)).toContain(`data with the digest ${digest}; name them by --data, got `);
  const earlier = altered(attack, "earlier", (results: { bits: number }) => {
    results.bits = BITS - 1;
  });
  expect(await said(earlier)).toContain(`got generation ${BITS - 1}, which is not comparable`);
  const later = altered(attack, "later", (results: { version: string }) => {
    results.version = "99.0.0";
  });
  expect(await said(later)).toContain("or earlier, got 99.0.0");
  const command = altered(attack, "command", (results: { command: string }) => {
    results.command = "rm -rf x";
  });
  expect(await said(command)).toContain('command: expected npx blindspot and a command of it, got "rm -rf x"');
  expect(await said(join(folder, "nothing"))).toMatch(/^1 .*expected a folder with results.json or training.json/);
  expect(await said()).toMatch(/^2 .*expected a report, a model or --machine, got none/);
  expect(await said(attack, "--machine")).toMatch(/^2 .*expected --machine alone/);
  expect(await said(attack, "--full")).toMatch(/^2 .*--full: expected --machine beside it/);
  expect(await said(model, "--sample", "1")).toMatch(/^2 .*--sample: expected a report beside it, got a trained model/);
}, 60_000);

test("--machine compares the digests on record", async () => {
  const { code, out, err } = await blindspot("verify", "--machine", "--quiet");
  expect(err).toBe("");
  expect(out).toMatch(new RegExp(`^(\\d+) of \\1 digests are those on record, bits generation ${BITS}\n$`));
  expect(code).toBe(0);
}, 60_000);
