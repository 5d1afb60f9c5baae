/**
 * How the attack and training by full batches grow with the workers: images a second of fc100-100-10 in process and on two threads,
 * and iterations of its training, whose results are first compared bit by bit. The pools are warm: what threads take to start is told apart. So is the processor time of all
 * threads in multiples of that of one worker: what sharing costs, which a busy machine blurs less than the clock.
 *
 *     npm run build && node bench/workers.bench.mjs [workers]
 */
import { fullyConnected, targetLabels } from "../dist/index.js";
import { attackOnWorkers, fitOnWorkers, loadMnist, loadNetwork, openPool, shareDataset } from "../dist/node/index.js";
import { header, processorTime, report } from "./harness.mjs";

const GOAL = 0.9; // of the number of workers: 1.8 for two
const ROUNDS = 3;
const COUNT = 6000;
const workers = Number(process.argv[2] ?? 2);

const network = await loadNetwork("fc100-100-10");
const test = await loadMnist("test");
const rows = test.rows.subarray(0, COUNT * network.inputSize);
const labels = targetLabels("next", test.labels.subarray(0, COUNT), { classes: network.classes });

async function timed(pool) {
  const [start, used] = [performance.now(), processorTime()];
  const result = await attackOnWorkers(pool, network, { rows, labels });
  return { seconds: (performance.now() - start) / 1000, processor: (processorTime() - used) / 1000, result };
}

const ITERATIONS = 6;
const train = shareDataset(await loadMnist("train"));

/** Iterations of training from the same start. */
async function trained(pool) {
  const fresh = fullyConnected([784, 100, 100, 10], { seed: 1 });
  const [start, used] = [performance.now(), processorTime()];
  await fitOnWorkers(pool, fresh, train, { iterations: ITERATIONS });
  const result = fresh.getParameters();
  return { seconds: (performance.now() - start) / 1000, processor: (processorTime() - used) / 1000, result };
}

const one = await openPool({ workers: 1 });
const many = await openPool({ workers });
const expected = await timed(one);
const first = await timed(many);
for (const key of ["rows", "success", "distortion", "targets", "evaluations", "iterations", "penalty", "stop"]) {
  if (!expected.result[key].every((value, i) => Object.is(value, first.result[key][i]))) {
    throw new Error(`${key}: expected the bits of one worker, got others`);
  }
}

const weights = (await trained(one)).result;
if (!(await trained(many)).result.every((value, i) => Object.is(value, weights[i]))) {
  throw new Error("weights: expected the bits of one worker, got others");
}

const rounds = [];
const trainings = [];
for (let i = 0; i < ROUNDS; i++)
  rounds.push([await timed(one), await timed(many)].map(({ result: _, ...times }) => times));
for (let i = 0; i < ROUNDS; i++)
  trainings.push([await trained(one), await trained(many)].map(({ result: _, ...times }) => times));
await one.close();
await many.close();

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [alone, together] = [0, 1].map((which) => median(rounds.map((round) => round[which].seconds)));
const ratio = median(rounds.map(([a, b]) => a.seconds / b.seconds));
const cost = median(rounds.map(([a, b]) => b.processor / a.processor));
report(
  [
    header(`attack on workers, ${COUNT} images`),
    `1 worker ${(COUNT / alone).toFixed(0)} images a second, ${workers} workers ${(COUNT / together).toFixed(0)}: ` +
      `${ratio.toFixed(2)} times${ratio < GOAL * workers ? "!" : ""} (goal ${(GOAL * workers).toFixed(1)})`,
    `processor time of ${workers} workers ${cost.toFixed(2)} times that of 1`,
    `training on 60,000 images: ${median(trainings.map(([a, b]) => a.seconds / b.seconds)).toFixed(2)} times as fast on ${workers} workers, ` +
      `${median(trainings.map(([a, b]) => b.processor / a.processor)).toFixed(2)} times the processor time`,
    `threads cold: ${(1000 * first.seconds).toFixed(0)} ms for what takes ${(1000 * together).toFixed(0)} warm`,
  ],
  { rounds, trainings },
);
