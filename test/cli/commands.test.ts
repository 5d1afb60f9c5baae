/** The commands from flags to folders, on a set of 4 x 4 images that a small network learns at once. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { encodePng } from "../../src/data/index.ts";
import { trainingArm } from "../../src/studies/training/arms.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot, bytesOf, writeSet } from "./blindspot.ts";

test("train makes a model folder, attack a report of it, both the same twice over", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "a set"));
  const model = join(folder, "model");
  const train = ["train", "--model", "fc8-3", "--data", data, "--decay", "1e-3", "--iterations", "40"];
  expect(await blindspot(...train, "--out", model)).toMatchObject({ code: 0 });
  expect(await blindspot(...train, "--out", join(folder, "again"))).toMatchObject({ code: 0 });
  expect(bytesOf(join(folder, "again"))).toEqual(bytesOf(model));
  expect(readdirSync(folder).sort()).toEqual(["a set", "again", "model"]); // neither checkpoint nor partial folder
  const note = JSON.parse(readFileSync(join(model, "training.json"), "utf8"));
  expect(note).toMatchObject({ generator: "blindspot", testError: 0, trainError: 0, seed: 0, bias: true });

  const attack = ["attack", "--model", model, "--data", `${data}:test`, "--count", "12", "--target", "all"];
  const report = await blindspot(...attack, "--out", join(folder, "report"), "--quiet");
  expect(report).toMatchObject({ code: 0, err: "" });
  expect(report.out).toContain("12 of 12");
  const file = ["--model", join(model, "model.json")];
  const json = await blindspot(...attack, ...file, "--out", join(folder, "second"), "--json");
  const [first, second] = [
    JSON.parse(readFileSync(join(folder, "report", "results.json"), "utf8")),
    JSON.parse(json.out),
  ];
  expect(second.digest).toBe(first.digest);
  expect([first.model.name, second.model.name]).toEqual(["model", "model"]);
  expect(first.command).toContain(` --data '${data}:test' `);
  expect(first.summary).toMatchObject({ count: 12, attacked: 12, misclassified: 0, found: 12 });
  expect(first.examples.every((e: { target: number; label: number }) => e.target !== e.label)).toBe(true);
  for (const name of ["index.html", "histogram.svg", "examples.png", "arrays/adversarial.npy"]) {
    expect(existsSync(join(folder, "report", name)), name).toBe(true);
  }
});

test("train --spectral makes another model than without it, and says so; 0 makes the same", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const noteOf = async (...flags: string[]) => {
    const out = join(folder, `out${flags.join("")}`);
    const train = ["train", "--model", "fc8-3", "--data", data, "--decay", "1e-3", "--iterations", "40", "--quiet"];
    expect(await blindspot(...train, ...flags, "--out", out)).toMatchObject({ code: 0, err: "" });
    return {
      ...JSON.parse(readFileSync(join(out, "training.json"), "utf8")),
      readme: readFileSync(join(out, "README.md"), "utf8"),
    };
  };
  const [none, zero, some] = [await noteOf(), await noteOf("--spectral", "0"), await noteOf("--spectral", "0.02")];
  expect([some.spectral, some.digest !== none.digest, some.objective > none.objective]).toEqual([0.02, true, true]);
  expect(some.command).toContain(" --decay 0.001 --spectral 0.02 --iterations 40 --seed 0");
  expect(some.readme).toContain("| spectral penalty | beta = 0.02: ");
  for (const { spectral, digest, objective, readme } of [none, zero]) {
    expect([spectral, digest, objective]).toEqual([undefined, none.digest, none.objective]);
    expect(readme).not.toContain("spectral penalty");
  }
  expect([none.command.includes("--spectral"), zero.command.includes("--spectral 0 ")]).toEqual([false, true]);
});

/** How many states of trainings are kept beside a folder. */
const states = (out: string) => (existsSync(`${out}.checkpoints`) ? readdirSync(`${out}.checkpoints`).length : 0);

test("train resumes from the state that Ctrl-C leaves, to the same bytes", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const way = ["--spectral", "0.01", "--iterations", "400", "--checkpoint", "0"];
  const train = ["train", "--model", "fc8-3", "--data", data, ...way, "--quiet", "--out"];
  expect(await blindspot(...train, join(folder, "whole"))).toMatchObject({ code: 0 });

  const out = join(folder, "stopped");
  const stopped = blindspot(...train, out);
  while (states(out) === 0) await new Promise((resolve) => setTimeout(resolve));
  process.emit("SIGINT");
  expect(await stopped).toMatchObject({ code: 130 });
  expect(existsSync(out)).toBe(false);
  expect(states(out)).toBe(1);
  expect(existsSync(`${out}.journal`)).toBe(true);

  for (const [flag, before, now] of [
    ["seed", "0", "1"],
    ["decay", "0,0", "0.5,0.5"],
    ["spectral", "0.01", "0"],
    ["spectral", "0.01", "0.02"],
    ["iterations", "400", "401"],
  ] as const) {
    const other = await blindspot(...train, out, `--${flag}`, now);
    expect(other).toMatchObject({ code: 1 });
    expect(other.err).toContain(`${flag}: expected ${before}, as the run that was stopped `);
    expect(other.err).toContain(`, got ${now}\n`);
  }

  expect(await blindspot(...train, out)).toMatchObject({ code: 0 });
  expect(readdirSync(folder).sort()).toEqual(["set", "stopped", "whole"]); // neither journal nor checkpoints
  expect(bytesOf(out)).toEqual(bytesOf(join(folder, "whole")));
});

test("train by minibatches makes the same folder twice over, with every strategy, and says how", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const train = ["train", "--model", "fc8-6-3", "--data", data, "--epochs", "8", "--batch", "10", "--quiet"];
  const digests = new Set<string>();
  const ways: [string, ...string[]][] = [
    ["plain", "--optimizer", "adam", "--rate", "0.02"],
    ["sgd", "--optimizer", "sgd", "--schedule", "linear"],
    ["dropout", "--strategy", "dropout", "--dropout", "0.1,0.2,0"],
    ["adversarial", "--strategy", "adversarial", "--radius", "0.4"],
    ["layers", "--strategy", "adversarial-layers", "--radius", "0.4,0.1,0.1", "--weight", "0.5"],
    ["pools", "--strategy", "adversarial-layers", "--attack", "lbfgs", "--pool", "20", "--replace", "0.5"],
    ["hard", "--strategy", "hard-negatives"],
    ["trades", "--strategy", "trades", "--radius", "0.05", "--steps", "3", "--beta", "2"],
    ["boxes", "--strategy", "certified", "--epsilon", "0.05", "--kappa", "0.25", "--warm-up", "1", "--ramp", "2"],
  ];
  for (const [name, ...flags] of ways) {
    const out = join(folder, name);
    expect(await blindspot(...train, ...flags, "--out", out), name).toMatchObject({ code: 0, err: "" });
    expect(await blindspot(...train, ...flags, "--out", `${out}-again`)).toMatchObject({ code: 0 });
    expect(bytesOf(`${out}-again`)).toEqual(bytesOf(out));
    const note = JSON.parse(readFileSync(join(out, "training.json"), "utf8"));
    expect(note).toMatchObject({ status: "finished", epochs: 8, batch: 10 });
    for (let i = 0; i < flags.length; i += 2) expect(note.command).toContain(` ${flags[i]} ${flags[i + 1]}`);
    digests.add(note.digest);
    const lines = readFileSync(join(out, "epochs.csv"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(9);
    expect(lines[0]).toMatch(/^epoch,rate,loss,error(,madeLoss,madeError)?,validationLoss,validationError$/);
    expect(readFileSync(join(out, "errors.svg"), "utf8")).toMatch(/^<svg/);
  }
  expect(digests.size).toBe(ways.length);
});

test("train by minibatches resumes from the state that Ctrl-C leaves, to the same bytes", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const way = ["--strategy", "adversarial-layers", "--pool", "30", "--epochs", "600", "--batch", "10"];
  const train = ["train", "--model", "fc8-3", "--data", data, ...way, "--quiet", "--out"];
  const out = join(folder, "stopped");
  let stops = 0;
  for (let running = true; running; ) {
    const command = blindspot(...train, out);
    while (process.listenerCount("SIGINT") === 0) await new Promise((resolve) => setTimeout(resolve));
    // Each of 600 epochs waits for two timers of its pools, a millisecond at least: it lasts longer than this.
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (stops < 2) process.emit("SIGINT");
    const { code } = await command;
    running = code === 130;
    if (running) {
      stops++;
      expect(existsSync(out)).toBe(false);
      expect(states(out)).toBe(1);
    } else expect(code).toBe(0);
  }
  expect(stops).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(["set", "stopped"]); // neither journal nor checkpoints
  expect(await blindspot(...train, join(folder, "whole"))).toMatchObject({ code: 0 });
  expect(bytesOf(out)).toEqual(bytesOf(join(folder, "whole")));
}, 60_000);

test("train that diverges keeps the weights before the epoch, and says so", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const out = join(folder, "out");
  const flags = ["--optimizer", "sgd", "--rate", "1e38", "--decay", "10", "--epochs", "3", "--quiet"];
  const { code, err } = await blindspot("train", "--model", "fc8-3", "--data", data, ...flags, "--out", out);
  expect(code).toBe(0);
  expect(err).toBe("train: the loss stopped being finite in epoch 1; the weights are those before it\n");
  const note = JSON.parse(readFileSync(join(out, "training.json"), "utf8"));
  expect(note).toMatchObject({ status: "diverged", epochs: 0, loss: null });
});

test("train refuses flags that do not belong together, in a line", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const train = ["train", "--model", "fc8-3", "--data", data, "--out", join(folder, "out")];
  const cases: [string[], string][] = [
    [
      ["--epochs", "3", "--iterations", "5"],
      "--iterations: expected L-BFGS, which it belongs to, got minibatches; they have epochs",
    ],
    [
      ["--model", "nope"],
      "--model: expected fc10-1e-4, fc10-1e-2, fc10-1, fc100-100-10, fc200-200-10, ae400-10, fc100-100-10-p1, fc123-456-10-p1, " +
        'fc100-100-10-p2, fc100-100-10-adversarial, mnist-convnet, mnist-certified, quocnet-small, or sizes such as fc300-100-10, got "nope"',
    ],
    [["--spectral", "-1"], "--spectral: expected a finite number >= 0, got -1"],
    [["--spectral", "1,2"], '--spectral: expected a number, got "1,2"'],
    [["--spectral", "0.1", "--optimizer", "adam"], "--spectral: expected L-BFGS, which it belongs to, got minibatches"],
    [["--spectral", "0.1", "--epochs", "3"], "--spectral: expected L-BFGS, which it belongs to, got minibatches"],
    [
      ["--spectral", "0.1", "--model", "mnist-convnet"],
      "--spectral: expected L-BFGS, which it belongs to, got minibatches",
    ],
    [["--spectral", "0.1", "--model", "ae400-10"], "--spectral: expected none for ae400-10, got 0.1"],
    [["--epochs", "3", "--model", "ae400-10"], "--epochs: expected none for ae400-10, got 3"],
    [["--optimizer", "adam", "--model", "ae400-10"], "--optimizer: expected none for ae400-10, got adam"],
    [
      ["--workers", "2", "--optimizer", "adam"],
      "--workers: expected L-BFGS, whose gradients are divided, got minibatches",
    ],
    [["--workers", "2", "--model", "ae400-10"], "--workers: expected none for ae400-10, got 2"],
    [["--optimizer", "lbfgs", "--batch", "5"], "--batch: expected optimizer sgd or adam beside it, got lbfgs"],
    [
      ["--strategy", "plain", "--radius", "1"],
      "--radius: expected strategy adversarial, adversarial-layers or trades beside it, got plain",
    ],
    [["--strategy", "dropout"], "--dropout: expected 2 rates, one before each layer, got 3"],
    [["--strategy", "adversarial", "--radius", "1,2"], "--radius: expected 1 number, at the input, got 2"],
    [["--strategy", "adversarial-layers", "--radius", "1"], "--radius: expected 2 numbers, for input, fc1, got 1"],
    [
      ["--strategy", "bagging"],
      '--strategy: expected plain, dropout, adversarial, adversarial-layers, hard-negatives, trades, certified, got "bagging"',
    ],
    [["--strategy", "adversarial", "--pool", "61"], "pool: expected at most the 60 rows of the data, got 61"],
    [["--strategy", "adversarial", "--replace", "2"], "--replace: expected a number in [0, 1], got 2"],
    [
      ["--model", "mnist-convnet", "--strategy", "dropout"],
      "--strategy: expected a fully connected model for dropout, got mnist-convnet",
    ],
    [
      ["--model", "mnist-convnet", "--optimizer", "lbfgs"],
      "--iterations: expected a number for mnist-convnet, got none",
    ],
  ];
  for (const [flags, message] of cases) {
    const { code, err } = await blindspot(...train, ...flags);
    expect(err).toContain(message);
    expect(code).toBeGreaterThan(0);
  }
  expect(existsSync(join(folder, "out"))).toBe(false);
});

test("paper --experiment training makes what is missing, run by run, to the same digest as at once", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const rival = join(folder, "rival");
  expect(
    await blindspot("train", "--model", "fc8-3", "--data", data, "--iterations", "30", "--out", rival, "--quiet"),
  ).toMatchObject({ code: 0 });
  const flags = ["--data", data, "--rival", rival, "--epochs", "2", "--seeds", "2", "--count", "6", "--quiet"];
  const experiment = ["paper", "--experiment", "training", ...flags, "--overwrite", "--out"];
  const parts = join(folder, "parts");
  for (const runs of [0, 3, 20])
    expect(await blindspot(...experiment, parts, "--runs", `${runs}`)).toMatchObject({ code: 0, err: "" });
  const journal = readFileSync(`${parts}.journal`);
  // What a folder says of itself where runs are missing makes the same record.
  const some = ["paper", "--experiment", "training", ...flags, "--out"];
  const three = JSON.parse((await blindspot(...some, join(folder, "three"), "--runs", "3", "--json")).out);
  expect(three).toMatchObject({ wanted: 20, command: expect.stringMatching(/ --runs 3$/) });
  expect(three.runs).toHaveLength(3);
  expect(readFileSync(join(folder, "three", "index.html"), "utf8")).toContain(
    "3 of 20 runs have been made. Without --runs the command makes the others.",
  );
  const otherSize = await blindspot("paper", "--experiment", "training", "--data", data, "--out", join(folder, "size"));
  expect(otherSize.err).toContain("rival fc100-100-10: expected a network of 16 inputs, as the images have, got 784");
  expect(await blindspot(...experiment, parts)).toMatchObject({ code: 0, err: "" });
  expect(readFileSync(`${parts}.journal`)).toEqual(journal); // no run is made again
  const found = JSON.parse(readFileSync(join(parts, "results.json"), "utf8"));
  expect(found.runs).toHaveLength(20);
  expect(found.command).not.toContain("--runs");
  expect(found.results.map(({ arm }: { arm: string }) => arm)).toEqual([
    "decay",
    "dropout",
    "input",
    "hidden",
    "first",
    "second",
    "all",
    "control",
    "pools",
    "hard-negatives",
  ]);
  expect(found.results.every(({ testError }: { testError: { count: number } }) => testError.count === 2)).toBe(true);
  expect(found.findings).toHaveLength(11); // each pair that is compared; no goal, which is MNIST's
  const page = readFileSync(join(parts, "index.html"), "utf8");
  // What the paper has is MNIST's.
  expect(page).not.toContain("paper 1.");
  const whole = await blindspot(...experiment, join(folder, "whole"), "--json", "--workers", "1");
  expect(JSON.parse(whole.out).digest).toBe(found.digest);
  // A place where nothing can be kept is refused; all is made when the reason is gone.
  const stopped = join(folder, "stopped");
  writeFileSync(`${stopped}.checkpoints`, "");
  const failure = await blindspot(...experiment, stopped, "--workers", "2");
  expect(failure.code).toBe(1);
  expect(failure.err).toContain("stopped.checkpoints");
  expect(existsSync(stopped)).toBe(false);
  rmSync(`${stopped}.checkpoints`);
  const resumed = await blindspot(...experiment, stopped, "--json");
  expect(JSON.parse(resumed.out).digest).toBe(found.digest);
  const wrong = await blindspot(...experiment, parts, "--arms", "decay,none");
  expect(wrong.err).toContain(
    '--arms: expected some of decay, dropout, input, hidden, first, second, all, control, pools, hard-negatives, got "none"',
  );
}, 60_000);

test("paper --experiment training-search tries every candidate on a validation split, and no test image", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const search = ["paper", "--experiment", "training-search", "--data", data, "--epochs", "1", "--arms", "decay,pools"];
  const out = join(folder, "search");
  const arms = ["decay", "pools"].map(trainingArm);
  const wanted = arms.reduce((sum, { candidates }) => sum + candidates.length, 0);
  const first = await blindspot(...search, "--runs", "3", "--quiet", "--out", out);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toContain(`3 of ${wanted} runs`);
  expect(JSON.parse(readFileSync(join(out, "results.json"), "utf8")).command).toMatch(/ --runs 3$/);
  // The test images are not even read.
  for (const file of ["images-idx3", "labels-idx1"]) rmSync(join(folder, "set", `t10k-${file}-ubyte`));
  const second = await blindspot(...search, "--overwrite", "--json", "--quiet", "--out", out);
  const found = JSON.parse(second.out);
  expect(found).toMatchObject({
    kind: "training-search",
    wanted,
    finished: wanted,
    data: { train: 50, validation: 10 },
  });
  for (const { name: arm, candidates } of arms) {
    const own = found.results.filter((result: { arm: string }) => result.arm === arm);
    expect(own).toHaveLength(candidates.length);
    const least = Math.min(...own.map(({ loss }: { loss: { mean: number } }) => loss.mean));
    expect(own.find(({ isBest }: { isBest: boolean }) => isBest).loss.mean).toBe(least);
    expect(own.filter(({ isUsed }: { isUsed: boolean }) => isUsed)).toHaveLength(1);
  }
  expect(readFileSync(join(out, "index.html"), "utf8")).toContain("validation images");
}, 60_000);

test("paper refuses the flags of another experiment, before anything is read", async () => {
  const out = join(temporaryFolder(), "out");
  for (const [flags, message] of [
    [
      ["--arms", "decay"],
      "--arms: expected --experiment training, training-search or preregistered beside it, got tables",
    ],
    [
      ["--experiment", "training", "--target", "next"],
      "--target: expected --experiment tables beside it, got training",
    ],
    [
      ["--experiment", "training-search", "--count", "5"],
      "--count: expected --experiment tables, training or sparsity-search beside it, got training-search",
    ],
    [
      ["--experiment", "training-search", "--arms", "control"],
      "--arms: expected some with settings to choose (decay, dropout, input, hidden, all, pools, hard-negatives), got control",
    ],
    [
      ["--experiment", "sparsity-search", "--settings", "3/3"],
      '--settings: expected decay/weight/target with the target in (0, 1), as 3e-3/3/0.1, got "3/3"',
    ],
    [["--seeds", "1"], "--seeds: expected a whole number in [2, 100], got 1"],
  ] as const) {
    const { code, err } = await blindspot("paper", ...flags, "--out", out);
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  }
});

test("attack takes PNG images, unlabelled or labelled, against the model's own answers, and names the classes", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const model = join(folder, "model");
  await blindspot("train", "--model", "fc8-3", "--data", data, "--iterations", "30", "--out", model, "--quiet");
  const images = join(folder, "images");
  mkdirSync(images);
  for (let label = 0; label < 3; label++) {
    const pixels = Uint8Array.from({ length: 16 }, (_, i) => (Math.floor(i / 4) === label ? 200 : 30));
    writeFileSync(join(images, `${label}.png`), encodePng({ width: 4, height: 4, channels: 1, data: pixels }));
  }
  writeFileSync(join(folder, "names.txt"), "ant\nbee\ncow\n");
  const attack = [
    "attack",
    "--model",
    model,
    "--data",
    `images:${images}`,
    "--target",
    "next",
    "--class-names",
    join(folder, "names.txt"),
  ];
  const json = async (...flags: string[]) => JSON.parse((await blindspot(...attack, ...flags, "--json")).out);

  const unlabelled = await json("--out", join(folder, "a"));
  expect(unlabelled.summary).toMatchObject({ count: 3, attacked: 3, found: 3 });
  expect(unlabelled.examples.map((e: { label: number }) => e.label)).toEqual([0, 1, 2]);
  expect(readFileSync(join(folder, "a", "index.html"), "utf8")).toContain("bee");

  writeFileSync(join(images, "labels.json"), JSON.stringify({ "0.png": 0, "1.png": 1, "2.png": 0 }));
  expect((await json("--out", join(folder, "b"))).summary).toMatchObject({ attacked: 2, misclassified: 1 });
  const own = await json("--truth", "model", "--out", join(folder, "c"));
  expect(own.summary).toMatchObject({ attacked: 3, misclassified: 0 });
  expect(own.digest).toBe(unlabelled.digest);
  // Without labels the record says whose answers were used.
  expect(unlabelled.options.truth).toBe("model");
  expect(unlabelled.command).toContain(" --truth model");

  writeFileSync(join(folder, "names.txt"), "ant\nbee\n");
  expect((await blindspot(...attack, "--out", join(folder, "d"))).err).toMatch(
    /names.txt: expected 3 lines, .*, got 2/,
  );
  writeFileSync(join(images, "labels.json"), JSON.stringify({ "0.png": 0 }));
  expect((await blindspot(...attack, "--out", join(folder, "d"))).err).toMatch(/expected a label for 1.png, got none/);
  writeFileSync(join(images, "3.png"), encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(4) }));
  rmSync(join(images, "labels.json"));
  expect((await blindspot(...attack, "--out", join(folder, "d"))).err).toMatch(
    /3.png: expected 4 x 4 x 1, .* got 2 x 2 x 1/,
  );
  expect((await blindspot("attack", "--data", "images:/nowhere", "--out", join(folder, "d"))).err).toMatch(
    /\/nowhere: expected a folder of PNG images/,
  );
});

const REFUSALS: readonly [title: string, args: readonly string[], code: number, message: RegExp][] = [
  ["a model that is nowhere", ["--model", "nowhere"], 1, /model: expected .* got "nowhere"/],
  [
    "more images than there are",
    ["--count", "31"],
    1,
    /--first 0 --count 31: expected images within the 30 of .*, got up to 31/,
  ],
  ["a target beyond the classes", ["--target", "3"], 1, /--target: expected a whole number in \[0, 2\], got 3/],
  ["a target beyond 2^32", ["--target", "99999999999"], 1, /--target: expected .* got 99999999999/],
  [
    "a rule that does not exist",
    ["--target", "nearest"],
    2,
    /--target: expected next, random, runner-up, least-likely, all or a label/,
  ],
  ["an effort that does not exist", ["--effort", "endless"], 2, /fast, thorough, exhaustive/],
  ["a count that is no number", ["--count", "ten"], 2, /--count: expected a whole number/],
  ["an unknown flag", ["--colour"], 2, /unknown option '--colour'/],
];

test("attack refuses in one line, with exit code 1 or 2, and writes nothing", async () => {
  const folder = temporaryFolder();
  const data = writeSet(join(folder, "set"));
  const model = join(folder, "model");
  await blindspot("train", "--model", "fc4-3", "--data", data, "--iterations", "5", "--out", model, "--quiet");
  const out = join(folder, "out");
  for (const [title, args, code, message] of REFUSALS) {
    const usual = ["--model", model, "--data", `${data}:test`, "--count", "3", "--quiet", "--out", out];
    const result = await blindspot("attack", ...usual, ...args);
    expect(result.code, title).toBe(code);
    expect(result.err, title).toMatch(message);
    expect(result.err.trim().split("\n").length, title).toBeLessThanOrEqual(code === 1 ? 1 : 3);
    expect(readdirSync(folder).sort(), title).toEqual(["model", "set"]);
  }

  mkdirSync(out);
  writeFileSync(join(out, "mine.txt"), "keep");
  for (const flags of [[], ["--overwrite"]]) {
    const args = ["--model", model, "--data", `${data}:test`, "--count", "3", "--quiet", "--out", out, ...flags];
    expect(await blindspot("attack", ...args)).toMatchObject({ code: 1 });
    expect(readdirSync(out)).toEqual(["mine.txt"]);
  }
});

test("--help of the program and of each command names every flag with its default", async () => {
  expect((await blindspot("--help")).out).toMatch(/attack[\s\S]*train/);
  const attack = await blindspot("attack", "--help");
  expect(attack.code).toBe(0);
  for (const flag of [
    "--model",
    "--data",
    "--count",
    "--target",
    "--effort",
    "--seed",
    "--out",
    "--overwrite",
    "--json",
  ]) {
    expect(attack.out).toContain(flag);
  }
  expect((await blindspot("train", "--help")).out).toMatch(
    /--workers <number> +lbfgs: worker threads[\s\S]*checkpoint/,
  );
});
