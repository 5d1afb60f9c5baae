/** Commands over a queue: a real redis-server, workers that are processes of their own, and the files of one machine. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { fullyConnected } from "../../src/model/index.ts";
import { saveNetwork } from "../../src/node/index.ts";
import { surviveKills } from "../support/kills.ts";
import { comparable, spawnWorker, startWorker } from "../support/queue-processes.ts";
import { freePort, NO_REDIS, sharedRedis, startRedis, withRedis } from "../support/redis.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";
import { MAIN, resultsOf, start, until } from "./built.ts";

const ATTACK = [
  "attack",
  "--model",
  "fc10-1e-4",
  "--data",
  "mnist:test",
  "--count",
  "40",
  "--target",
  "next",
  "--quiet",
];

/** Rows of which each takes a while. */
const HARD = ["attack", "--model", "fc100-100-10", "--effort", "exhaustive"];

describe(withRedis("over a queue"), { skip: NO_REDIS !== undefined }, () => {
  const server = sharedRedis();

  test("an attack has the files of one machine, and what is finished is never computed again", async () => {
    const { url } = server();
    const folder = temporaryFolder();
    const at = (name: string) => join(folder, name);
    const alone = await blindspot(...ATTACK, "--workers", "1", "--out", at("alone"));
    expect(alone).toMatchObject({ code: 0, err: "" });
    const worker = await serve(url);
    const sent = await blindspot(...ATTACK, "--queue", url, "--out", at("sent"));
    expect(sent).toMatchObject({ code: 0, err: "" });
    expect(comparable(at("sent"))).toEqual(comparable(at("alone")));
    expect(existsSync(`${at("sent")}.journal`)).toBe(false);
    expect(worker.events.filter(({ event }) => event === "shard begun").length).toBeGreaterThan(10);

    await worker.stop();
    const again = await blindspot(...ATTACK, "--queue", url, "--out", at("again")); // nobody is there to compute it
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(comparable(at("again"))).toEqual(comparable(at("alone")));
    expect(readFileSync(join(at("again"), "results.json"), "utf8")).not.toContain("redis");
  });

  test("kills and a partition change no byte, lose nothing, and begin nothing more than three times", async () => {
    const folder = temporaryFolder();
    const [reference, out] = [join(folder, "reference"), join(folder, "out")];
    const command = [...HARD, "--count", "80", "--target", "next"];
    expect(await blindspot(...command, "--out", reference, "--quiet")).toMatchObject({ code: 0 });
    const shards = [...command, "--shard", "16"];
    const survived = await surviveKills({ command: shards, reference, out, kills: 4, partitions: 1, seed: 2 });
    expect(survived).toMatchObject({ worker: 2, coordinator: 1, server: 1, partition: 1 });
    expect(survived.mostBegun).toBeLessThanOrEqual(3);
  });

  test("a shard whose worker dies three times is given up and named; the same command tries it again", async () => {
    const { url } = server();
    const out = join(temporaryFolder(), "out");
    const run = () => blindspot(...HARD, "--count", "8", "--shard", "4096", "--queue", url, "--out", out, "--quiet");
    const coordinator = run();
    const workers = Array.from({ length: 4 }, () => spawnWorker(url, "--lock", "1"));
    const begun = () =>
      workers.flatMap((worker) => {
        const event = worker.events().find(({ event }) => event === "shard begun");
        return event === undefined ? [] : [{ worker, event }];
      });
    for (const attempt of [1, 2, 3]) {
      await until(() => begun().length === attempt); // whoever has it dies; another takes it over
      const { worker } = begun().find(({ event }) => event.try === attempt) as ReturnType<typeof begun>[number];
      worker.child.kill("SIGKILL");
      await worker.end;
    }
    const { code, err } = await coordinator;
    expect(code).toBe(1);
    expect(err).toMatch(
      /^blindspot: task minimal: expected a result of each of 8 items, got none of 0-7: shard [0-9a-f]{16} was given up: tried 3 times, and 3 times its worker was gone\n$/,
    );
    expect(await run()).toMatchObject({ code: 0, err: "" });
    for (const { child } of workers) child.kill("SIGKILL");
  });

  test("a report without the images that were given up says which they are, with an exit code of its own", async () => {
    const { url } = server();
    const folder = temporaryFolder();
    const at = (name: string) => join(folder, name);
    // Single precision does not hold the products of these weights: the image of zeros has no gradient.
    const network = fullyConnected([12, 9, 4], { seed: 5 });
    network.setParameters(network.getParameters().map((value) => value * 1e25));
    await saveNetwork(network, at("model"));
    const images = Buffer.alloc(16 + 12 * 12, 255);
    images.set([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 3, 0, 0, 0, 4]);
    images.fill(0, 16 + 5 * 12, 16 + 6 * 12);
    const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 12, ...Array.from({ length: 12 }, (_, i) => (i === 5 ? 3 : 2))]);
    for (const [name, content] of [
      ["t10k-images-idx3-ubyte", images],
      ["t10k-labels-idx1-ubyte", labels],
    ] as const)
      writeFileSync(at(name), content);
    const words = ["--model", at("model"), "--data", `idx:${folder}:test`, "--first", "2", "--count", "10"];
    const run = (...more: string[]) =>
      blindspot("attack", ...words, "--target", "1", "--shard", "1", "--queue", url, "--out", at("out"), ...more);
    const worker = await serve(url);
    const { code, out, err } = await run("--quiet");
    expect(err).toMatch(
      /^blindspot: attack: expected all images, got a report without image 5: shard [0-9a-f]{16} was given up: gradient of row .*; the same command with --overwrite tries them again\n$/,
    );
    expect(code).toBe(4);
    expect(out).toContain("index.html");
    const record = resultsOf(at("out")) as { missing: object; examples: { index: number }[] };
    expect(record.missing).toMatchObject({ images: [5], reasons: [expect.stringContaining("was given up: gradient")] });
    expect(record.examples.map(({ index }) => index)).toEqual([2, 3, 4, 6, 7, 8, 9, 10, 11]);
    expect(readFileSync(join(at("out"), "index.html"), "utf8")).toContain(
      "Incomplete: 1 image of those asked for is missing",
    );
    const rows = worker.meter.rows;
    expect(rows).toBe(9);
    expect((await run("--overwrite")).err).toContain("goes on from");
    expect(worker.meter.rows).toBe(rows); // only what is missing was tried again
    expect(await blindspot("verify", at("out"))).toMatchObject({
      code: 1,
      err: expect.stringContaining("expected a record of all images that were asked for"),
    });
  });

  test("a full disk ends a worker in one line, and the run goes on with another", async () => {
    const { url } = server();
    const folder = temporaryFolder();
    const store = join(folder, "store");
    const run = start([...ATTACK, "--queue", url, "--store", store, "--out", join(folder, "out"), "--quiet"]);
    // A file may have 512 bytes: the folder takes no result.
    const words = [process.execPath, MAIN, "worker", "--queue", url, "--workers", "1", "--store", store];
    const full = await start(words, "sh", ["-c", 'ulimit -f 1; exec "$@"', "sh"]).end;
    expect(full.code).toBe(1);
    const said = full.err.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
    expect(said).toEqual([
      expect.stringMatching(/^blindspot: \S+: expected a file that can be written, got .*\(EFBIG\)$/),
    ]);
    await serve(url, { store });
    expect(await run.end).toMatchObject({ code: 0, err: "" });
  });

  test("a worker that is told to stop says so in lines of JSON, and ends with code 0", async () => {
    const { url } = server();
    const worker = await startWorker(url);
    worker.child.kill("SIGTERM");
    expect((await worker.end).code).toBe(0);
    expect(worker.events().map(({ event }) => event)).toEqual(["worker started", "worker stops", "worker stopped"]);
  });

  describe("is refused in one line where", () => {
    const commands = { attack: [...ATTACK, "--out"], worker: ["worker", "--workers", "1"] };
    async function refusals(url: string): Promise<string[]> {
      const out = join(temporaryFolder(), "out");
      const ends = [
        await blindspot(...commands.attack, out, "--queue", url),
        await blindspot(...commands.worker, "--queue", url),
      ];
      expect(ends.map(({ code }) => code)).toEqual([1, 1]);
      return ends.map(({ err }) => err);
    }

    test("nobody listens", async () => {
      const port = await freePort();
      for (const err of await refusals(`redis://user:secret@127.0.0.1:${port}/3`)) {
        expect(err).toBe(
          `blindspot: redis://127.0.0.1:${port}/3: expected a Redis server that answers, got connect ECONNREFUSED 127.0.0.1:${port}\n`,
        );
      }
    });

    test("the server may evict", async () => {
      const { url } = await startRedis(["--maxmemory-policy", "allkeys-lru"]);
      for (const err of await refusals(url)) {
        expect(err).toBe(
          `blindspot: ${url}: expected maxmemory-policy noeviction, which loses no job when memory is full, got allkeys-lru\n`,
        );
      }
    });

    test("the password is wrong, which is not shown", async () => {
      const { port } = await startRedis(["--requirepass", "right"]);
      for (const err of await refusals(`redis://:wrong-secret@127.0.0.1:${port}/0`)) {
        expect(err).toMatch(
          /^blindspot: redis:\/\/127\.0\.0\.1:\d+\/0: expected a Redis server that answers, got WRONGPASS .*\n$/,
        );
        expect(err).not.toContain("secret");
      }
    });

    test("the memory of the server is full", async () => {
      const { url } = await startRedis(["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
      const { code, err } = await blindspot(
        ...ATTACK,
        "--count",
        "2000",
        "--out",
        join(temporaryFolder(), "out"),
        "--queue",
        url,
      );
      expect(code).toBe(1);
      expect(err).toMatch(/^blindspot: redis:\S+: expected room for \d+ bytes, got OOM command not allowed .*\n$/);
    });
  });

  test("the password comes from the environment, and the connection may be encrypted", async () => {
    const folder = temporaryFolder();
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        key,
        "-out",
        certificate,
      ],
      { stdio: "ignore" },
    );
    const port = await freePort();
    await startRedis([
      ...[
        "--requirepass",
        "hidden-word",
        "--tls-port",
        `${port}`,
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
      ],
      ...["--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"],
    ]);
    const url = `rediss://localhost:${port}/0`;
    const env = { BLINDSPOT_QUEUE_PASSWORD: "hidden-word", NODE_EXTRA_CA_CERTS: certificate };
    const withEnv = (args: readonly string[]) =>
      start(args, "env", [...Object.entries(env).map(([name, value]) => `${name}=${value}`), process.execPath, MAIN]);
    const worker = withEnv(["worker", "--workers", "1", "--queue", url]);
    const ended = await withEnv([...ATTACK, "--queue", url, "--out", join(folder, "out")]).end;
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(`${worker.text.err}${ended.out}`).not.toContain("hidden-word");
    const stranger = await blindspot(...ATTACK, "--queue", url, "--out", join(folder, "other"));
    expect(stranger.code).toBe(1);
    expect(stranger.err).toMatch(
      /^blindspot: rediss:\/\/localhost:\d+\/0: expected a Redis server that answers, got self-signed certificate\n$/,
    );
  });
});

test("flags of a queue that do not fit together are wrong usage", async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await blindspot(...args);
    expect(code).toBe(2);
    return err;
  };
  const out = join(temporaryFolder(), "out");
  expect(await refused(...ATTACK, "--out", out, "--store", "x")).toBe(
    "blindspot: --store: expected --queue beside it, got none\n",
  );
  expect(await refused(...ATTACK, "--out", out, "--queue", "redis://x", "--workers", "2")).toBe(
    "blindspot: --workers: expected none beside --queue, whose workers are processes of blindspot worker\n",
  );
  expect(await refused("worker")).toBe("blindspot: --queue: expected the address of a queue, got none\n");
  expect(await refused("worker", "--queue", "redis://x", "--metrics", "here")).toBe(
    'blindspot: --metrics: expected [host]:port, got "here"\n',
  );
});
