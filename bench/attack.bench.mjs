/**
 * The attack on 200 MNIST images, one thread: distortion, evaluations and time of each effort, and where the time goes. The README's
 * numbers are of the network in `../shared/data/fc100`, for which other attacks' results are at hand. A clone does not have it: there
 * the shipped fc100-100-10 is measured, and the report says so first.
 *
 *     npm run build && node bench/attack.bench.mjs [--out file.json]
 */
import { existsSync, readFileSync } from "node:fs";
import { lbfgsAttack, predictedClasses } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

/**
 * What is timed, with the goals for mean L2 and milliseconds an image where there are some.
 *
 * @typedef {Partial<import("../dist/index.js").LbfgsAttackOptions>} Options
 * @type {Record<string, { options: Options, rounds: number, goals: number[] }>}
 */
const RUNS = {
  fast: { options: { effort: "fast" }, rounds: 11, goals: [1.352, 0.7] },
  thorough: { options: { effort: "thorough" }, rounds: 5, goals: [1.346, 4] },
  exhaustive: { options: { effort: "exhaustive" }, rounds: 3, goals: [1.341, 10] },
  "fast, lbfgsb": { options: { effort: "fast", solver: "lbfgsb" }, rounds: 5, goals: [] },
};
const SIZE = 784;

const shared = new URL("../../shared/data/fc100/", import.meta.url);
const hasReference = existsSync(new URL("reference.json", shared));
const network = await loadNetwork(hasReference ? shared.pathname : "fc100-100-10");
const reference = hasReference ? JSON.parse(readFileSync(new URL("reference.json", shared), "utf8")) : undefined;

const test = await loadMnist("test");
const answers = predictedClasses(network.predict(test.rows), network.classes);
const index = reference?.index ?? [...test.labels.keys()].filter((i) => answers[i] === test.labels[i]).slice(0, 200);
const rows = new Float32Array(index.length * SIZE);
index.forEach((i, k) => {
  rows.set(test.rows.subarray(i * SIZE, (i + 1) * SIZE), k * SIZE);
});
const labels = index.map((i) => (test.labels[i] + 1) % 10);

const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Milliseconds an image that the target itself took, counted around its one hot function. */
function counted(target) {
  const watch = {
    inputSize: target.inputSize,
    classes: target.classes,
    spent: 0,
    predict: (rows) => target.predict(rows),
    lossGradient: (...args) => {
      const start = performance.now();
      const out = target.lossGradient(...args);
      watch.spent += performance.now() - start;
      return out;
    },
  };
  return watch;
}

const lines = [
  header("attack on 784-100-100-10, 200 images, one thread"),
  ...(hasReference
    ? ["model: ../shared/data/fc100, of the README"]
    : [
        "model: the shipped fc100-100-10, because ../shared/data/fc100 is not here (a clone does not have it):",
        "these are not the numbers of the README, and no other attack's results stand beside them",
      ]),
  "effort       success   mean L2   evaluations   ms an image   of it network   solver and bookkeeping",
];
const results = {};
for (const [name, { options, rounds, goals }] of Object.entries(RUNS)) {
  const times = [];
  const network_times = [];
  let found;
  for (let round = -1; round < rounds; round++) {
    const target = counted(network);
    const start = performance.now();
    found = await lbfgsAttack(target, { rows, labels, ...options });
    if (round < 0) continue; // the engine's compilers are still at work
    times.push((performance.now() - start) / index.length);
    network_times.push(target.spent / index.length);
  }
  const [l2Goal = Number.POSITIVE_INFINITY, timeGoal = Number.POSITIVE_INFINITY] = hasReference ? goals : [];
  const l2 = mean([...found.distortion]) * Math.sqrt(SIZE);
  const [time, inside] = [median(times), median(network_times)];
  results[name] = { l2, milliseconds: time, network: inside, evaluations: mean([...found.evaluations]) };
  lines.push(
    [
      name.padEnd(12),
      `${mean([...found.success]) * index.length} of ${index.length}`.padEnd(10),
      `${l2.toFixed(4)}${l2 > l2Goal ? "!" : " "}`.padEnd(10),
      mean([...found.evaluations])
        .toFixed(1)
        .padEnd(14),
      `${time.toFixed(3)}${time > timeGoal ? "!" : " "}`.padEnd(14),
      `${((100 * inside) / time).toFixed(0)} %`.padEnd(16),
      `${((100 * (time - inside)) / time).toFixed(0)} %`,
    ].join(" "),
  );
}
if (reference) {
  lines.push("", "other attacks on the same images (reference.json, one core of another machine):");
  for (const { what, l2_mean, seconds_per_image, forward_rows_per_image } of Object.values(reference.methods)) {
    lines.push(
      `  ${l2_mean.toFixed(4)}  ${(1000 * seconds_per_image).toFixed(1).padStart(6)} ms  ${forward_rows_per_image.toFixed(0).padStart(5)} evaluations  ${what}`,
    );
  }
}
report(lines, results);
