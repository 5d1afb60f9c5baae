/**
 * Runs over a queue while everything that takes part in them is killed at random moments: two workers, the coordinator, and the
 * server, whose append-only file is on. The server is also stopped and continued, as a network that parts and comes back, and so
 * is a worker, which then finds its shards with others. What must hold of each run: the files of one machine, and no shard begun
 * more than three times. A run that ends before everybody was killed is followed by another, from nothing.
 */
import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { Random } from "../../src/numeric/random.ts";
import { start } from "../cli/built.ts";
import { comparable, spawnWorker, type WorkerProcess } from "./queue-processes.ts";
import { startRedis } from "./redis.ts";

export interface KillsOptions {
  /** The command, without --queue and --out. */
  command: readonly string[];
  /** The folder of the same command on one machine. */
  reference: string;
  out: string;
  kills: number;
  /** How often the server, or a worker, is stopped and continued. */
  partitions: number;
  seed: number;
}

const LOCK_SECONDS = 1.5;
const NO_SERVER = /^blindspot: redis:\/\/127\.0\.0\.1:\d+\/0: expected a Redis server that answers, got /;

type Victim = "worker" | "coordinator" | "server" | "partition";

/** How often each was killed, in how many runs; and how often a shard was begun at most. */
export async function surviveKills({ command, reference, out, kills, partitions, seed }: KillsOptions) {
  const random = new Random(seed);
  let drawn = 0;
  const between = (low: number, high: number) => low + (high - low) * random.uniform(drawn++);
  const server = await startRedis();
  const all: WorkerProcess[] = [];
  const workers: WorkerProcess[] = [];
  /** Starts a worker, and again where it found no server. */
  const startWorker = (which: number) => {
    const worker = spawnWorker(server.url, "--lock", `${LOCK_SECONDS}`);
    all.push(worker);
    workers[which] = worker;
    worker.end.then(({ code }) => {
      if (code === 1 && !isOver) startWorker(which);
    });
  };
  let isOver = false;
  for (const which of [0, 1]) startWorker(which);
  const coordinate = () => {
    const run = { ...start([...command, "--queue", server.url, "--out", out, "--quiet"]), hasEnded: false };
    run.end.then(({ code, err }) => {
      // As a user would, who starts the same command again when there was no server.
      if (code === 1 && NO_SERVER.test(err)) coordinator = coordinate();
      else run.hasEnded = true;
    });
    return run;
  };
  let coordinator = coordinate();
  const survived = { worker: 0, coordinator: 0, server: 0, partition: 0, runs: 0, mostBegun: 0 };

  const begun = () =>
    all.flatMap((worker) => worker.events().filter(({ event }) => event === "shard begun")).map(({ shard }) => shard);
  let begunBefore = 0;
  let earlier = new Map<string | undefined, number>();
  const countBegun = () => {
    const counts = new Map<string | undefined, number>();
    for (const shard of begun()) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    for (const [shard, count] of counts) {
      survived.mostBegun = Math.max(survived.mostBegun, count - (earlier.get(shard) ?? 0));
    }
    earlier = counts;
  };
  /** Until a shard was begun since the last call, so that who is killed has something to lose. */
  async function underLoad(): Promise<void> {
    while (begun().length <= begunBefore && !coordinator.hasEnded) await sleep(20);
    begunBefore = begun().length;
  }
  async function requireRun(): Promise<void> {
    while (!coordinator.hasEnded) await sleep(20);
    expect(await coordinator.end).toMatchObject({ code: 0, err: "" });
    expect(comparable(out)).toEqual(comparable(reference));
    countBegun();
    survived.runs++;
  }

  const order: Victim[] = [
    ...Array.from(
      { length: kills },
      (_, i) => (["worker", "coordinator", "worker", "server"] as const)[i % 4] as Victim,
    ),
    ...new Array<Victim>(partitions).fill("partition"),
  ];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(between(0, at + 1));
    [order[at], order[other]] = [order[other] as Victim, order[at] as Victim];
  }
  for (const victim of order) {
    await underLoad();
    await sleep(between(0, 600));
    if (coordinator.hasEnded) {
      await requireRun();
      await server.client.flushall();
      rmSync(out, { recursive: true });
      coordinator = coordinate();
      await underLoad();
    }
    const which = Math.floor(between(0, 2));
    if (victim === "worker") {
      workers[which]?.child.kill("SIGKILL");
      await sleep(between(0, 500));
      startWorker(which);
    } else if (victim === "coordinator") {
      coordinator.child.kill("SIGKILL");
      await coordinator.end;
      await sleep(between(0, 500));
      if (!existsSync(out)) coordinator = coordinate(); // otherwise it had just ended
    } else if (victim === "server") {
      await server.kill();
      await sleep(between(0, 1000));
      await server.start();
    } else {
      const tell = (name: NodeJS.Signals) =>
        survived.partition % 2 === 0 ? server.signal(name) : workers[which]?.child.kill(name);
      tell("SIGSTOP");
      await sleep(between(0.5, 2) * 1000 * LOCK_SECONDS);
      tell("SIGCONT");
    }
    survived[victim]++;
  }
  await requireRun();
  isOver = true;
  return survived;
}
