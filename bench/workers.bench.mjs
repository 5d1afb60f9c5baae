/**
 * How the attack grows with the workers: images a second of fc100-100-10 in process and on two threads, whose results are
 * first compared bit by bit. The pools are warm: what threads take to start is told apart. So is the processor time of all
 * threads in multiples of that of one worker: what sharing costs, which a busy machine blurs less than the clock.
 *
 *     npm run build && node bench/workers.bench.mjs [workers]
 */
import { targetLabels } from "../dist/index.js";
import { attackOnWorkers, loadMnist, loadNetwork, openPool } from "../dist/node/index.js";
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

const one = await openPool({ workers: 1 });
const many = await openPool({ workers });
const expected = await timed(one);
const first = await timed(many);
for (const key of ["rows", "success", "distortion", "targets", "evaluations", "iterations", "penalty", "stop"]) {
  if (!expected.result[key].every((value, i) => Object.is(value, first.result[key][i]))) {
    throw new Error(`${key}: expected the bits of one worker, got others`);
  }
}

const rounds = [];
for (let i = 0; i < ROUNDS; i++)
  rounds.push([await timed(one), await timed(many)].map(({ result: _, ...times }) => times));
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
    `threads cold: ${(1000 * first.seconds).toFixed(0)} ms for what takes ${(1000 * together).toFixed(0)} warm`,
  ],
  { rounds },
);
