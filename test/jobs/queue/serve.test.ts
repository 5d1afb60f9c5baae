/** What a worker does with what it is sent: good jobs, bad ones, and stores that fail. The server is a real one. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import { describe, expect, onTestFinished, test } from "vitest";
import { lbfgsAttack } from "../../../src/attacks/index.ts";
import { serveMetrics } from "../../../src/jobs/queue/metrics.ts";
import { PREFIX, QUEUE, shardId } from "../../../src/jobs/queue/names.ts";
import type { Shard } from "../../../src/jobs/queue/schemas.ts";
import { encodeRecord, type Plain } from "../../../src/jobs/record.ts";
import { redisStore } from "../../../src/jobs/store/redis.ts";
import { putBlob } from "../../../src/jobs/store/store.ts";
import { fullyConnected, type Network } from "../../../src/model/index.ts";
import { attackOnWorkers, openPool, type PoolOptions, shareArray } from "../../../src/node/index.ts";
import { BITS, VERSION } from "../../../src/version.ts";
import { until } from "../../cli/built.ts";
import { rejectionOf } from "../../message-of.ts";
import { keepingServer } from "../../support/keeping-server.ts";
import { noise32 } from "../../support/noise.ts";
import { freePort, NO_REDIS, sharedRedis, withRedis } from "../../support/redis.ts";
import { serve } from "../../support/serve.ts";
import { temporaryFolder } from "../../temporary.ts";

const COUNT = 70;
const small = (): Network => fullyConnected([12, 9, 4], { seed: 5 });
const rows = shareArray(noise32(COUNT * 12, 6).map(Math.abs) as Float32Array);
const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 4);

/** A pool over a queue, which does not outlive the test. */
async function poolOver(queue: PoolOptions["queue"]) {
  const pool = await openPool({ queue: queue as NonNullable<PoolOptions["queue"]> });
  onTestFinished(() => pool.close());
  return pool;
}

/** Parameters whose products single precision does not hold: at a row of zeros the gradient is none. */
function overflowing(): Network {
  const network = fullyConnected([12, 9, 4], { seed: 5 });
  network.setParameters(network.getParameters().map((value) => value * 1e25));
  return network;
}

describe(withRedis("a worker"), { skip: NO_REDIS !== undefined }, () => {
  const shared = sharedRedis();

  test("computes an attack to the bits of one call, in shards, with progress, and stores each array once", async () => {
    const { url, client } = shared();
    const worker = await serve(url);
    const pool = await poolOver({ url, shard: 8 });
    const progress: number[] = [];
    const found = await attackOnWorkers(pool, small(), { rows, labels, onProgress: (done) => progress.push(done) });
    expect(found).toEqual(await lbfgsAttack(small(), { rows, labels }));
    expect(found.stop).toContain("found");
    expect(progress.at(-1)).toBe(COUNT);
    expect(worker.meter).toMatchObject({ rows: COUNT, failed: 0 });
    const shards = worker.events.filter(({ event }) => event === "shard begun");
    expect(shards.length).toBe(worker.meter.shards);
    expect(shards.length).toBeGreaterThan(COUNT / 8);
    const blobs = await client.keys(`${PREFIX}:blob:*`);
    expect(blobs.length).toBe(shards.length + 4); // results; rows, labels, weights, their description
    for (const key of blobs) expect(await client.ttl(key)).toBeGreaterThan(6 * 24 * 3600);
  });

  test("computes what two ask for once", async () => {
    const { url } = shared();
    const [one, other] = [await poolOver({ url, shard: 8 }), await poolOver({ url, shard: 8 })];
    const both = [one, other].map((pool) => attackOnWorkers(pool, small(), { rows, labels }));
    const worker = await serve(url);
    const [first, second] = await Promise.all(both);
    expect(first).toEqual(second);
    expect(worker.meter.rows).toBe(COUNT);
  });

  test("gives a shard up after three tries, while the others are finished", async () => {
    const { url, client } = shared();
    const worker = await serve(url, { workers: 2 });
    const pool = await poolOver({ url, shard: 1 });
    const bright = Float32Array.from({ length: 12 * 12 }, (_, at) => (Math.floor(at / 12) === 5 ? 0 : 1));
    const known: number[] = [];
    const asked = attackOnWorkers(pool, overflowing(), {
      rows: bright,
      labels: new Int32Array(12).fill(1),
      onImage: (row) => void known.push(row),
    });
    expect(await rejectionOf(asked)).toMatch(
      /^task attack: expected a result of each of 12 items, got none of 5: shard [0-9a-f]{16} was given up: gradient of row /,
    );
    expect(known.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
    const failed = () => worker.events.filter(({ event }) => event === "shard failed");
    // The worker writes its lines, and the server forgets a job, in their own time.
    await expect.poll(() => failed().map((event) => event.try), { timeout: 20_000 }).toEqual([1, 2, 3]);
    expect(new Set(failed().map(({ shard }) => shard)).size).toBe(1);
    // It was named: the same command tries it anew.
    const left = () => client.exists(`${PREFIX}:${QUEUE}:${failed()[0]?.shard}`);
    await expect.poll(left, { timeout: 20_000 }).toBe(0);
  });

  test("refuses jobs that are not what they say, before anything is fetched, and goes on", async () => {
    const { url, port, client } = shared();
    const worker = await serve(url, { allow: ["https://allowed.example"] });
    const queue = new Queue(QUEUE, { connection: { port }, prefix: PREFIX });
    onTestFinished(() => queue.close());
    const store = redisStore(client, "redis", PREFIX);
    const put = (value: unknown) => putBlob(store, encodeRecord(value as Plain));
    const array = { dtype: "f32", length: 4, part: 0, pieces: ["a".repeat(64)] };
    const network = { digest: "c".repeat(64), modelTopology: {}, weightSpecs: [], weights: 0 };
    const weights = await putBlob(store, Uint8Array.of(1, 2, 3));
    const good: Shard = {
      ...{
        protocol: 1,
        version: VERSION,
        bits: BITS,
        task: "attack",
        job: "b".repeat(64),
        items: [1, 2],
        single: false,
      },
      ...{ input: { sha256: "a".repeat(64), bytes: 10 }, store: "queue" },
    };
    const inputs = {
      none: {},
      pieces: { input: null, arrays: [{ ...array, length: 2 ** 30 }], networks: [] },
      huge: {
        input: null,
        arrays: [{ ...array, dtype: "u8", length: 2 ** 32, pieces: new Array(2 ** 12).fill("a".repeat(64)) }],
        networks: [],
      },
      network: {
        input: null,
        arrays: [{ ...array, dtype: "u8", length: 3, pieces: [weights.sha256] }],
        networks: [network],
      },
    };
    const cases: [Partial<Record<keyof Shard | "extra", unknown>>, RegExp][] = [
      [{ protocol: 2 }, /protocol: expected 1, got 2/],
      [{ bits: BITS + 1 }, new RegExp(`: expected bits ${BITS} of version .*, got bits ${BITS + 1} of version `)],
      [
        { version: "9.9.9" },
        new RegExp(`: expected bits ${BITS} of version .*, got bits ${BITS} of version 9\\.9\\.9`),
      ],
      [{ task: "constructor" }, /task: expected answers, .*, got "constructor"/],
      [{ items: [] }, /items: expected /],
      [{ items: [1, 1] }, /items: expected each item once, got one twice/],
      [{ items: [-1] }, /items\.0: expected /],
      [{ items: Array.from({ length: 5000 }, (_, i) => i) }, /items: expected /],
      [{ items: [1, 2], single: true }, /items: expected one item, got 2/],
      [{ job: "../../etc/passwd" }, /job: expected /],
      [{ input: { sha256: "a".repeat(64), bytes: 2 ** 40 } }, /input\.bytes: expected /],
      [{ extra: 1 }, /extra/],
      [
        { store: "https://elsewhere.example/blobs" },
        /store of the job: expected one whose origin is on the allow list \(--allow\), got "https:\/\/elsewhere/,
      ],
      [{ store: "file:///etc" }, /store of the job: expected one whose origin is on the allow list/],
      [{ input: await put(inputs.none) }, /: expected /],
      [{ input: await put(inputs.pieces) }, /arrays\[0\]: expected 4096 pieces, got 1/],
      [{ input: await put(inputs.huge) }, /expected arrays of at most 1073741824 bytes \(--memory\), got 4294967296/],
      [{ input: await put(inputs.network) }, /network: expected c{64}, got [0-9a-f]{64}/],
    ];
    for (const [change, expected] of cases) {
      const data = { ...good, ...change };
      const id = shardId(String(data.job), data.items as number[]);
      const job = await queue.add("attack", data, { jobId: id, attempts: 3 });
      while (!(await job.isFailed())) await sleep(10);
      const reason = (await queue.getJob(id))?.failedReason ?? "";
      expect(JSON.parse(reason).message).toMatch(expected);
      await job.remove();
    }
    const renamed = await queue.add("attack", good, { jobId: "f".repeat(64) });
    while (!(await renamed.isFailed())) await sleep(10);
    expect((await queue.getJob("f".repeat(64)))?.failedReason).toContain("expected the id");
    expect(worker.events.filter(({ event }) => event === "shard begun")).toEqual(
      new Array(4).fill(expect.objectContaining({ try: 1 })), // those whose description had to be fetched
    );
    const pool = await poolOver({ url });
    const found = await attackOnWorkers(pool, small(), { rows, labels });
    expect(found).toEqual(await lbfgsAttack(small(), { rows, labels }));
  });

  test("serves metrics and its health, and says so when the server is silent", async () => {
    const server = shared();
    const worker = await serve(server.url);
    const port = await freePort();
    const listening = await serveMetrics(worker, { host: "127.0.0.1", port });
    onTestFinished(() => void listening.close());
    const pool = await poolOver({ url: server.url });
    await attackOnWorkers(pool, small(), { rows, labels });
    const read = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    const { status, text } = await read("/metrics");
    expect(status).toBe(200);
    const values = new Map(
      text
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .map((line): [string, number] => {
          expect(line).toMatch(/^blindspot_[a-z_]+(\{[a-z]+="[a-z]+"\})? \d+(\.\d+)?(e[+-]\d+)?$/);
          const [name = "", value] = line.split(" ");
          return [name, Number(value)];
        }),
    );
    expect(values.get("blindspot_rows_total")).toBe(COUNT);
    expect(values.get('blindspot_jobs{state="completed"}')).toBe(worker.meter.shards);
    expect(values.get('blindspot_jobs{state="waiting"}')).toBe(0);
    expect(values.get("blindspot_evaluations_total")).toBeGreaterThan(COUNT);
    expect(values.get("blindspot_rows_per_second")).toBeGreaterThan(0);
    for (const direction of ["stored", "fetched"]) {
      expect(values.get(`blindspot_store_bytes_total{direction="${direction}"}`)).toBeGreaterThan(1000);
    }
    for (const name of text.matchAll(/^blindspot_(\w+)/gm)) expect(text).toContain(`# TYPE blindspot_${name[1]} `);
    expect(await read("/healthz")).toEqual({ status: 200, text: "ok\n" });
    expect((await read("/other")).status).toBe(404);
    server.signal("SIGSTOP");
    expect((await read("/healthz")).status).toBe(503);
    expect((await read("/metrics")).text).not.toContain("blindspot_jobs");
    server.signal("SIGCONT");
    expect((await read("/healthz")).status).toBe(200);
  });

  test("ends by what its store does wrong, hands its shard back, and another worker finishes the run", async () => {
    const { url } = shared();
    const folder = join(temporaryFolder(), "store");
    mkdirSync(folder);
    const pool = await poolOver({ url, store: folder });
    const running = attackOnWorkers(pool, small(), { rows, labels });
    let blobs: string[] = [];
    while (blobs.length < 4) {
      blobs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /[0-9a-f]{64}$/.test(name));
      await sleep(10);
    }
    const other = join(temporaryFolder(), "other");
    for (const blob of blobs) {
      mkdirSync(join(other, blob.slice(0, 2)), { recursive: true });
      writeFileSync(join(other, blob), "nothing of the kind");
    }
    const liar = await serve(url, { store: other });
    await expect(liar.ended).rejects.toThrow(
      /^\S+: expected the \d+ bytes of [0-9a-f]{16}, got (19 bytes|more than \d+ bytes)$/,
    );
    await liar.stop();
    expect(liar.events).toContainEqual(expect.objectContaining({ event: "shard handed back" }));
    const without = await serve(url);
    await expect(without.ended).rejects.toThrow("--store: expected the folder of the jobs' data, got none");
    await without.stop();
    const good = await serve(url, { store: folder });
    expect(await running).toEqual(await lbfgsAttack(small(), { rows, labels }));
    expect(good.events.filter(({ event }) => event === "shard begun").every((event) => event.try === 1)).toBe(true);
  });

  test("fetches from a web server whose origin it was allowed, and from no other", async () => {
    const { url } = shared();
    const { port, asked, kept } = await keepingServer({ isOpen: true });
    const pool = await poolOver({ url, store: `http://127.0.0.1:${port}/blobs` });
    const refusing = await serve(url, { allow: ["http://127.0.0.1:1"] });
    expect(await rejectionOf(attackOnWorkers(pool, small(), { rows, labels }))).toBe(
      `store of the job: expected one whose origin is on the allow list (--allow), got "http://127.0.0.1:${port}/blobs"`,
    );
    expect(asked.filter((line) => line.startsWith("GET"))).toEqual([]);
    await refusing.stop();
    const worker = await serve(url, { allow: [`http://127.0.0.1:${port}`] });
    expect(await attackOnWorkers(pool, small(), { rows, labels })).toEqual(
      await lbfgsAttack(small(), { rows, labels }),
    );
    expect(kept.size).toBeGreaterThan(worker.meter.shards);
  });

  test("that stops hands back what it has not finished, and that is no try", async () => {
    const { url } = shared();
    const pool = await poolOver({ url, shard: COUNT });
    const running = attackOnWorkers(pool, small(), { rows, labels, effort: "exhaustive" });
    const first = await serve(url, { graceSeconds: 0 });
    await until(() => first.events.some(({ event }) => event === "shard begun"));
    await first.stop();
    const second = await serve(url);
    expect(await running).toEqual(await lbfgsAttack(small(), { rows, labels, effort: "exhaustive" }));
    const again = second.events.filter(({ event }) => event === "shard begun");
    expect(again.every((event) => event.try === 1)).toBe(true);
    const back = first.events.filter(({ event }) => event === "shard handed back").length;
    expect(back + first.meter.shards).toBeGreaterThan(0);
  });
});
