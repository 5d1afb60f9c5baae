/**
 * Where the time of `blindspot paper --retrain` goes: for each of its nine models the processor time of one evaluation on all rows of its last
 * phase, by kernel, and of one step of L-BFGS with a full history; then the whole training, by the evaluations that the shipped model took.
 * Beside it what its multiplications and additions would take at the machine's measured peak, zeros skipped and everything else free.
 *
 *     npm run build && node bench/retrain.bench.mjs [--only fc100-100-10] [--rounds 5] [--out file.json]
 */
import { readFileSync } from "node:fs";
import { Autoencoder, softmaxRegression } from "../dist/model/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { Lbfgs } from "../dist/optimize/index.js";
import { PAPER_RECIPES } from "../dist/studies/paper/models.js";
import { autoencoderObjective, isAutoencoder, isQuocNet, trainingObjective } from "../dist/train/index.js";
import { header, processorTime, race, report } from "./harness.mjs";
import { PEAK_FLOPS, peak } from "./peak.mjs";

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const ROUNDS = Number(option("--rounds") ?? 5);
const PIXELS = 784;
/** Milliseconds for which an evaluation is repeated before it is timed: the compiler of JavaScript needs some rounds. */
const WARM = 3000;

/** The kernels that a network or an autoencoder calls, to be timed.   @param {any} model */
const kernelsOf = (model) => (model.plan ?? model).workspace.kernels;

/** What a kernel's time is counted as; the rest of the kernels is "other". */
const GROUPS = {
  gemm_sparse_f32_40: "first layer",
  pack_b_f32_40: "first layer",
  gemm_f32_4x8: "tiles",
  gemm_tn_f32_4x8: "tiles",
  pack_b_f32_8: "tiles",
  pack_bt_f32_8: "tiles",
  sigmoid_f32: "sigmoid",
  sigmoid_grad_f32: "sigmoid",
  add_f32_to_f64: "sums",
};
const COLUMNS = ["first layer", "tiles", "sigmoid", "sums", "other", "script"];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Milliseconds of one call of `evaluate` by group of kernels. Every call of a kernel is timed in each round; its median counts. */
function byKernel(kernels, evaluate) {
  const own = { ...kernels };
  let calls = [];
  for (const [name, kernel] of Object.entries(own)) {
    kernels[name] = (...given) => {
      const start = performance.now();
      const result = kernel(...given);
      calls.push({ name, ms: performance.now() - start });
      return result;
    };
  }
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    calls = [];
    const start = performance.now();
    evaluate();
    const total = performance.now() - start;
    rounds.push({ calls, script: total - calls.reduce((sum, { ms }) => sum + ms, 0) });
  }
  Object.assign(kernels, own);
  const found = Object.fromEntries(COLUMNS.map((column) => [column, 0]));
  for (const [i, { name }] of calls.entries()) {
    found[GROUPS[name] ?? "other"] += median(rounds.map((round) => round.calls[i].ms));
  }
  return { ...found, script: median(rounds.map(({ script }) => script)) };
}

/** Milliseconds of processor time of one call. */
function timed(call) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = processorTime();
    call();
    times.push(processorTime() - start);
  }
  return median(times);
}

/** Milliseconds of a step of L-BFGS with all its pairs, on a function of no cost. */
function lbfgsTime(n, memory) {
  const scale = Float64Array.from({ length: n }, (_, i) => 1 + (i % 97));
  const solver = new Lbfgs(new Float64Array(n).fill(1), { memory, factr: 0, pgtol: 0, maxIterations: 1e6 });
  const step = () => {
    const x = solver.ask();
    let f = 0;
    const gradient = x.map((value, i) => {
      f += (scale[i] * value * value) / 2;
      return scale[i] * value;
    });
    const start = processorTime();
    solver.tell(f, gradient);
    return processorTime() - start;
  };
  while (solver.iterations < memory + 2 && !solver.done) step();
  const times = [];
  for (let i = 0; i < 2 * ROUNDS && !solver.done; i++) times.push(step());
  return median(times);
}

const train = await loadMnist("train");
const nonzero = train.rows.reduce((sum, x) => sum + (x === 0 ? 0 : 1), 0) / train.count;
const spin = await peak();
const rate = PEAK_FLOPS / race({ spin }, { rounds: 9, clock: processorTime, slice: 100 }).spin.median / 1e9;

/** Operations of a row: the first layer by what is not zero, forward and to its weights; the others forward and to both. */
const rowOf = (units) => units.reduce((sum, n, i) => sum + (i === 0 ? 4 * nonzero * n : 6 * units[i - 1] * n), 0);

/** The runs of a recipe: objective, rows, evaluations, operations of a row, parameters and pairs of the history. */
async function runsOf(recipe) {
  const note = new URL(`../models/${recipe.name}/training.json`, import.meta.url);
  const { evaluations } = JSON.parse(readFileSync(note, "utf8"));
  const part = (rows) => ({ rows: train.rows.subarray(0, rows * PIXELS), labels: train.labels.subarray(0, rows) });
  if (!isAutoencoder(recipe)) {
    const network = await loadNetwork(recipe.name);
    const rows = recipe.half ? 30_000 : 60_000;
    const phases = [...(recipe.phases ?? []), { rows, evaluations }];
    const decay = recipe.decay;
    return phases.map(({ rows, iterations, evaluations = 1.05 * iterations }) => {
      const { rows: some, labels } = part(rows);
      const set = { rows: network.prepare(some), labels };
      const parameters = Float64Array.from(network.getParameters());
      return {
        ...{ rows, evaluations, operations: rowOf(recipe.units) },
        ...{ n: parameters.length, memory: recipe.memory ?? 20, kernels: kernelsOf(network) },
        evaluate: () => trainingObjective(network, set, decay, parameters),
      };
    });
  }
  if (isQuocNet(recipe)) throw new Error(`${recipe.name}: expected a recipe of the tables, got QuocNet's`);
  const { units, classes, classifier, decay, beta, target } = recipe;
  const autoencoder = new Autoencoder({ inputs: PIXELS, units, seed: 0 });
  const parameters = Float64Array.from(autoencoder.getParameters());
  const stages = recipe.stages.map(({ rows, iterations }) => {
    const set = autoencoder.prepare(part(rows).rows);
    return {
      ...{ rows, evaluations: 1.05 * iterations, n: parameters.length, memory: 10 },
      operations: 4 * nonzero * units + 6 * units * PIXELS,
      kernels: kernelsOf(autoencoder),
      evaluate: () => autoencoderObjective(autoencoder, set, { decay, beta, target }, parameters),
    };
  });
  const softmax = softmaxRegression(units, classes, { useBias: true });
  const weights = Float64Array.from(softmax.getParameters());
  const set = { rows: softmax.prepare(autoencoder.encode(train.rows)), labels: train.labels };
  return [
    ...stages,
    {
      ...{ rows: train.count, evaluations, n: weights.length, memory: classifier.memory ?? 20 },
      ...{ operations: 4 * units * classes, kernels: kernelsOf(softmax) },
      evaluate: () => trainingObjective(softmax, set, [classifier.decay], weights),
    },
  ];
}

const only = option("--only")?.split(",");
const lines = [
  header("where the time of training goes"),
  `peak ${rate.toFixed(1)} GFLOP/s, ${nonzero.toFixed(0)} of ${PIXELS} pixels not zero; ms an evaluation and by kernel, ms a step of L-BFGS`,
];
const cell = (value, width = 8) => (value >= 10 ? value.toFixed(0) : value.toFixed(1)).padStart(width);
lines.push(
  `${"model, rows".padEnd(24)}${["calls", "ms", ...COLUMNS, "L-BFGS"].map((c) => c.padStart(12)).join("")}${"s".padStart(9)}${"at peak".padStart(9)}`,
);
const results = [];
for (const recipe of PAPER_RECIPES.filter(({ name }) => !only || only.includes(name))) {
  for (const run of await runsOf(recipe)) {
    for (const start = performance.now(); performance.now() < start + WARM; ) run.evaluate();
    const ms = timed(run.evaluate);
    const groups = byKernel(run.kernels, run.evaluate);
    const step = lbfgsTime(run.n, run.memory);
    const seconds = (run.evaluations * (ms + step)) / 1000;
    const limit = (run.evaluations * run.rows * run.operations) / rate / 1e9;
    results.push({ name: recipe.name, rows: run.rows, evaluations: run.evaluations, ms, groups, step, seconds, limit });
    lines.push(
      `${`${recipe.name}, ${run.rows}`.padEnd(24)}${[
        run.evaluations,
        ms,
        ...COLUMNS.map((column) => groups[column]),
        step,
      ]
        .map((value) => cell(value, 12))
        .join("")}${cell(seconds, 9)}${cell(limit, 9)}`,
    );
    console.error(lines.at(-1));
  }
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
lines.push(`in all ${sum("seconds").toFixed(0)} s, at peak ${sum("limit").toFixed(0)} s`);
report(lines, { rate, nonzero, results });
