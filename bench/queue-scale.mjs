/**
 * The tables of docs/scale.md: a million rows over a queue, simulated, for rows that cost little and much, 1 to 1,000 threads, and
 * workers that die.
 *
 * Measured, by bench/queue.bench.mjs, other work being on the machine: what a shard and what a megabyte of results, with that of their
 * images, cost the server and the coordinator, and 0.45 ms a row. Assumed: rows of 20 ms and 2 s, how unequal rows are, how often workers
 * die and how long they take to come back, and the price of a core.
 *
 *     npm run build && node bench/queue-scale.mjs
 */
import { shardEnds } from "../dist/jobs/queue/shards.js";
import { generator, simulate } from "./queue-simulation.mjs";

const ROWS = 1_000_000;
/** Seconds of the server and of the coordinator for a shard, and for each megabyte of its results and of their images. */
const SERVER = { shard: 0.0006, megabyte: 0.01 };
const COORDINATOR = { shard: 0.0024, megabyte: 0.0393 };
const DOLLARS_AN_HOUR = 0.03; // of one core, assumed

const KINDS = [
  { name: "0.45 ms a row of 3 KB (fc100-100-10)", seconds: 0.00045, bytes: 3136 },
  { name: "20 ms a row of 3 KB (a small convolutional network)", seconds: 0.02, bytes: 3136 },
  { name: "2 s a row of 588 KB (224 x 224 x 3)", seconds: 2, bytes: 602_112 },
];

/** Seconds of each shard, assumed: a row takes from half the mean up, exponentially. */
function shardSeconds({ seconds, bytes }, size) {
  const random = generator(7);
  let first = 0;
  return shardEnds(ROWS, bytes, size).map((end) => {
    let sum = 0;
    for (; first < end; first++) sum += seconds * 0.5 * (1 - Math.log(random()));
    return sum;
  });
}

function costsOf({ bytes }, shards) {
  const megabytes = (ROWS * bytes) / shards / 1e6;
  return {
    server: SERVER.shard + SERVER.megabyte * megabytes,
    coordinator: COORDINATOR.shard + COORDINATOR.megabyte * megabytes,
  };
}

const time = (seconds) =>
  seconds < 600
    ? `${seconds.toFixed(0)} s`
    : seconds < 36_000
      ? `${(seconds / 60).toFixed(0)} min`
      : `${(seconds / 3600).toFixed(0)} h`;
const percent = (share) => `${(100 * share).toFixed(0)} %`;

for (const kind of KINDS) {
  const shards = shardSeconds(kind);
  const costs = costsOf(kind, shards.length);
  console.log(
    `\n${kind.name}: ${shards.length} shards, $ ${((kind.seconds * ROWS * DOLLARS_AN_HOUR) / 3600).toFixed(2)} of cores\n`,
  );
  console.log("| threads | time | efficiency | server busy | coordinator busy | with a death an hour each | deaths |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const workers of [1, 10, 100, 1000]) {
    const sound = simulate({ shards, workers, ...costs });
    const frail = simulate({ shards, workers, ...costs, failures: 1, lock: 30, restart: 10, seed: 3 });
    const cells = [
      workers,
      time(sound.seconds),
      percent(sound.efficiency),
      percent(sound.busy.server),
      percent(sound.busy.coordinator),
    ];
    console.log(`| ${[...cells, `${time(frail.seconds)}, ${percent(frail.efficiency)}`, frail.deaths].join(" | ")} |`);
  }
}

console.log("\nShards of another size, 20 ms a row, 1,000 threads\n");
console.log("| rows of a shard | shards | time | efficiency | server busy | coordinator busy |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const size of [16, 64, 256, 1024, 4096]) {
  const kind = KINDS[1];
  const shards = shardSeconds(kind, size);
  const run = simulate({ shards, workers: 1000, ...costsOf(kind, shards.length) });
  console.log(
    `| ${[size, shards.length, time(run.seconds), percent(run.efficiency), percent(run.busy.server), percent(run.busy.coordinator)].join(" | ")} |`,
  );
}
