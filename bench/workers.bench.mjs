/**
 * How the attack and training by full batches grow with the workers: images a second of fc100-100-10 in process and on two threads,
 * and iterations of its training, whose results are first compared bit by bit. The pools are warm: what threads take to start is told apart. So is the processor time of all
 * threads in multiples of that of one worker: what sharing costs, which a busy machine blurs less than the clock. Last, what it takes to hand the
 * results of the attack over: to pack them, post them and read them, four rows a message, beside the attack itself in process.
 *
 *     npm run build && node bench/workers.bench.mjs [workers]
 */
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { fullyConnected, inProcess, targetLabels } from "../dist/index.js";
import { moved } from "../dist/jobs/move.js";
import { attackOnWorkers, fitOnWorkers, loadMnist, loadNetwork, openPool, shareDataset } from "../dist/node/index.js";
import { header, processorTime, report } from "./harness.mjs";

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

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

const HANDED = 400;

/** Processor time of handing results over, as a share of that of the search, in process. */
async function handOver() {
  const executor = inProcess();
  const asked = { rows: rows.subarray(0, HANDED * network.inputSize), labels: labels.subarray(0, HANDED) };
  /** @type {unknown[]} */
  let items = [];
  /** @type {import("../dist/index.js").Executor} */
  const watched = {
    workers: 1,
    known: async () => 0,
    async run(job, options) {
      const found = await executor.run(job, options);
      items = found;
      return found;
    },
  };
  await attackOnWorkers(watched, network, asked);
  const start = processorTime();
  await attackOnWorkers(watched, network, asked);
  const search = processorTime() - start;
  const { port1, port2 } = new MessageChannel();
  const times = [];
  for (let round = 0; round < 9; round++) {
    const messages = structuredClone(items.map((value, item) => ({ kind: "item", item, value })));
    const begun = processorTime();
    for (let at = 0; at < HANDED; at += 4) {
      const transfers = [];
      port1.postMessage(moved(messages.slice(at, at + 4), transfers), transfers);
      receiveMessageOnPort(port2);
    }
    times.push(processorTime() - begun);
  }
  port1.close();
  return median(times) / search;
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
const handed = await handOver();

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
    `results handed over in ${(100 * handed).toFixed(1)} % of the time of the search`,
    `threads cold: ${(1000 * first.seconds).toFixed(0)} ms for what takes ${(1000 * together).toFixed(0)} warm`,
  ],
  { rounds, trainings },
);
