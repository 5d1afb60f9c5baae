/**
 * What the queue costs beside threads, and how it grows with the workers: an attack on fc100-100-10 by threads of this process and
 * by workers of a redis-server that this starts, whose results are first compared. Processor time is that of all processes: a busy
 * machine blurs it less than the clock. The simulation of docs/scale.md is given the time of each shard as the workers log it, and
 * its end is set beside the real one.
 *
 *     npm run build && node bench/queue.bench.mjs [images] [rounds] [workers]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { targetLabels } from "../dist/index.js";
import { shardEnds } from "../dist/jobs/queue/shards.js";
import { attackOnWorkers, loadMnist, loadNetwork, openPool, shareDataset } from "../dist/node/index.js";
import { header, processorTime, report } from "./harness.mjs";
import { simulate } from "./queue-simulation.mjs";

const COUNT = Number(process.argv[2] ?? 6000);
const ROUNDS = Number(process.argv[3] ?? 3);
/** Workers at most; with 0 only the cost beside threads is measured. */
const MOST = Number(process.argv[4] ?? 4);
const MAIN = fileURLToPath(new URL("../dist/bundle/main.js", import.meta.url));

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Milliseconds of processor time of another process, that of its threads that have not ended. */
function processorOf(pid) {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) => {
    try {
      return Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      return 0; // it has just ended
    }
  });
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const folder = mkdtempSync(join(tmpdir(), "blindspot-bench-"));
const port = await freePort();
const url = `redis://127.0.0.1:${port}/0`;
const server = spawn("redis-server", ["--port", `${port}`, "--dir", folder, "--save", "", "--appendonly", "yes"], {
  stdio: "ignore",
});
const client = new Redis(port, "127.0.0.1");
client.on("error", () => {}); // it listens in a moment
await client.ping();

/** A worker, with the seconds that each of its shards took: from the end of the one before, or its own beginning. */
async function startWorker(threads) {
  const child = spawn(process.execPath, [MAIN, "worker", "--queue", url, "--workers", `${threads}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  while (!text.includes("worker started")) await sleep(20);
  return {
    child,
    clear: () => {
      text = "";
    },
    shards: () => {
      const ends = [];
      let first;
      for (const line of text.split("\n").filter((one) => one.startsWith("{"))) {
        const { event, time, items } = JSON.parse(line);
        if (event === "shard begun") first ??= Date.parse(time);
        if (event === "shard done") ends.push({ time: Date.parse(time), items });
      }
      return ends.map(({ time, items }, i) => ({ time, items, seconds: (time - (ends[i - 1]?.time ?? first)) / 1000 }));
    },
  };
}

const network = await loadNetwork("fc100-100-10");
const { rows: all, labels: truth } = shareDataset(await loadMnist("test"));
const rows = all.subarray(0, COUNT * network.inputSize);
const labels = targetLabels("next", truth.subarray(0, COUNT), { classes: network.classes });

async function timed(pool, others, count = COUNT) {
  const some = { rows: rows.subarray(0, count * network.inputSize), labels: labels.subarray(0, count) };
  const used = () => processorTime() + others.reduce((sum, pid) => sum + processorOf(pid), 0);
  const [start, before] = [performance.now(), used()];
  const result = await attackOnWorkers(pool, network, some);
  return { seconds: (performance.now() - start) / 1000, processor: (used() - before) / 1000, result };
}

/**
 * The same over the queue, nothing of which is known there.
 *
 * @param {Awaited<ReturnType<typeof startWorker>>[]} workers
 * @param {{ count?: number, shard?: number }} [some]  how many images, in shards of how many
 */
async function overQueue(workers, { count = COUNT, shard } = {}) {
  await client.flushall();
  for (const worker of workers) worker.clear();
  const pool = await openPool({ queue: { url, ...(shard && { shard }) } });
  const [own, before] = [processorTime(), processorOf(server.pid)];
  const found = await timed(pool, [server.pid, ...workers.map(({ child }) => child.pid)], count);
  const [coordinator, redis] = [processorTime() - own, processorOf(server.pid) - before].map((used) => used / 1000);
  await pool.close();
  return { ...found, coordinator, redis, workers: found.processor - coordinator - redis };
}

function requireSame(expected, found) {
  for (const key of ["rows", "success", "distortion", "targets", "evaluations", "iterations", "penalty", "stop"]) {
    if (!expected[key].every((value, i) => Object.is(value, found[key][i])))
      throw new Error(`${key}: expected the bits of threads`);
  }
}

const threads = await openPool({ workers: 2 });
const both = await startWorker(2);
const expected = await timed(threads, []);
requireSame(expected.result, (await overQueue([both])).result);
const beside = [];
for (let i = 0; i < ROUNDS; i++)
  beside.push([await timed(threads, []), await overQueue([both])].map(({ result: _, ...times }) => times));
await threads.close();

/**
 * What a shard and what a megabyte of images and results cost the server and the coordinator, milliseconds: the same images in many shards and in
 * few, then more images in as many shards.
 */
const FEW = Math.min(600, COUNT / 4);
const apart = { shard: { redis: [], coordinator: [] }, megabyte: { redis: [], coordinator: [] } };
for (let i = 0; i < ROUNDS; i++) {
  const [small, large, more] = [
    await overQueue([both], { count: FEW, shard: 8 }),
    await overQueue([both], { count: FEW, shard: 64 }),
    await overQueue([both], { count: 4 * FEW, shard: 32 }),
  ];
  const [many, few] = [8, 64].map((shard) => shardEnds(FEW, 0, shard).length);
  const megabytes = (3 * FEW * 4 * network.inputSize) / 1e6;
  for (const part of ["redis", "coordinator"]) {
    apart.shard[part].push((1000 * (small[part] - large[part])) / (many - few));
    apart.megabyte[part].push((1000 * (more[part] - small[part])) / megabytes);
  }
}
both.child.kill("SIGTERM");
await new Promise((resolve) => both.child.once("exit", resolve));

const lines = [
  `${COUNT} images, two threads: ${median(beside.map(([a]) => a.seconds)).toFixed(2)} s, over the queue ${median(beside.map(([, b]) => b.seconds)).toFixed(2)} s; ` +
    `processor time ${median(beside.map(([a]) => a.processor)).toFixed(2)} and ${median(beside.map(([, b]) => b.processor)).toFixed(2)} s: ` +
    `${median(beside.map(([a, b]) => b.processor / a.processor)).toFixed(3)} times (goal 1.03)`,
  ...["workers", "coordinator", "redis"].map(
    (part) => `  of it ${part}: ${median(beside.map(([, b]) => b[part])).toFixed(2)} s`,
  ),
];
for (const [unit, { redis, coordinator }] of Object.entries(apart))
  lines.push(
    `a ${unit} takes the server ${median(redis).toFixed(2)} ms, the coordinator ${median(coordinator).toFixed(2)} ms`,
  );
const grown = {};
const workers = [];
for (const many of [1, 2, 4].filter((count) => count <= MOST)) {
  while (workers.length < many) workers.push(await startWorker(1));
  await overQueue(workers);
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    const serverBefore = processorOf(server.pid);
    const run = await overQueue(workers);
    const done = workers.flatMap((worker) => worker.shards()).sort((a, b) => a.time - b.time);
    const { length } = done;
    const shards = done.map(({ seconds }) => seconds);
    const settings = {
      server: (processorOf(server.pid) - serverBefore) / 1000 / length,
      coordinator: run.coordinator / length,
    };
    const simulated = simulate({ shards, workers: many, ...settings, start: 0 }).seconds;
    rounds.push({ seconds: run.seconds, processor: run.processor, simulated, ...settings, shards: length });
  }
  grown[many] = rounds;
  const of = (name) => median(rounds.map((round) => round[name]));
  lines.push(
    `${many} ${many === 1 ? "worker" : "workers"}: ${of("seconds").toFixed(2)} s, simulated ${of("simulated").toFixed(2)} s, ` +
      `processor time ${of("processor").toFixed(2)} s; a shard takes the server ${(1e3 * of("server")).toFixed(2)} ms, the coordinator ${(1e3 * of("coordinator")).toFixed(2)} ms`,
  );
}
const best = (many) => Math.min(...grown[many].map(({ seconds }) => seconds));
if (MOST >= 2)
  lines.push(`two workers: ${(best(1) / best(2)).toFixed(2)} times one, the best of ${ROUNDS} rounds each (goal 1.85)`);
report([header(`attack over a queue, ${COUNT} images`), ...lines], { beside, apart, grown });
for (const { child } of workers) child.kill("SIGTERM");
await Promise.all(workers.map(({ child }) => new Promise((resolve) => child.once("exit", resolve))));
client.disconnect();
server.kill();
rmSync(folder, { recursive: true, force: true });
