/** Commands over a queue: a real redis-server, workers that are processes of their own, and the files of one machine. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { surviveKills } from "../support/kills.ts";
import { comparable, startWorker } from "../support/queue-processes.ts";
import { freePort, NO_REDIS, startRedis, withRedis } from "../support/redis.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";
import { MAIN, start } from "./built.ts";

const ATTACK = [
  "attack",
  "--model",
  "fc10-1e-4",
  "--data",
  "mnist:test",
  "--count",
  "120",
  "--target",
  "next",
  "--quiet",
];

describe(withRedis("over a queue"), { skip: NO_REDIS !== undefined }, () => {
  test("an attack has the files of one machine, and what is finished is never computed again", async () => {
    const { url } = await startRedis();
    const folder = temporaryFolder();
    const at = (name: string) => join(folder, name);
    const alone = await start([...ATTACK, "--workers", "1", "--out", at("alone")]).end;
    expect(alone).toMatchObject({ code: 0, err: "" });
    const worker = await startWorker(url);
    const sent = await start([...ATTACK, "--queue", url, "--out", at("sent")]).end;
    expect(sent).toMatchObject({ code: 0, err: "" });
    expect(comparable(at("sent"))).toEqual(comparable(at("alone")));
    expect(existsSync(`${at("sent")}.journal`)).toBe(false);
    const shards = worker.events().filter(({ event }) => event === "shard begun").length;
    expect(shards).toBeGreaterThan(10);

    worker.child.kill("SIGTERM");
    expect((await worker.end).code).toBe(0);
    const again = await start([...ATTACK, "--queue", url, "--out", at("again")]).end; // nobody is there to compute it
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(comparable(at("again"))).toEqual(comparable(at("alone")));
    expect(readFileSync(join(at("again"), "results.json"), "utf8")).not.toContain("redis");
  });

  test("kills and a partition change no byte, lose nothing, and begin nothing more than three times", async () => {
    const folder = temporaryFolder();
    const [reference, out] = [join(folder, "reference"), join(folder, "out")];
    const command = [
      "attack",
      "--model",
      "fc100-100-10",
      "--count",
      "200",
      "--target",
      "next",
      "--effort",
      "exhaustive",
    ];
    expect((await start([...command, "--out", reference, "--quiet"]).end).code).toBe(0);
    const shards = [...command, "--shard", "16"];
    const survived = await surviveKills({ command: shards, reference, out, kills: 4, partitions: 1, seed: 2 });
    expect(survived).toMatchObject({ worker: 2, coordinator: 1, server: 1, partition: 1 });
    expect(survived.mostBegun).toBeLessThanOrEqual(3);
  });

  test("a shard whose worker dies three times is given up and named; the same command tries it again", async () => {
    const { url } = await startRedis();
    const out = join(temporaryFolder(), "out");
    const command = [
      "attack",
      "--model",
      "fc100-100-10",
      "--count",
      "100",
      "--effort",
      "exhaustive",
      "--shard",
      "4096",
    ];
    const run = () => start([...command, "--queue", url, "--out", out, "--quiet"]);
    const coordinator = run();
    for (const attempt of [1, 2, 3]) {
      const worker = await startWorker(url, "--lock", "0.5");
      await worker.said("shard begun");
      expect(worker.events().find(({ event }) => event === "shard begun")?.try).toBe(attempt);
      worker.child.kill("SIGKILL");
      await worker.end;
    }
    await startWorker(url, "--lock", "0.5");
    const { code, err } = await coordinator.end;
    expect(code).toBe(1);
    expect(err).toMatch(
      /^blindspot: task minimal: expected a result of each of 100 items, got none of 0-99: shard [0-9a-f]{16} was given up: tried 3 times, and 3 times its worker was gone\n$/,
    );
    expect(await run().end).toMatchObject({ code: 0, err: "" });
  });

  test("a full disk ends a worker in one line, and the run goes on with another", async () => {
    const { url } = await startRedis();
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
    await startWorker(url, "--store", store);
    expect(await run.end).toMatchObject({ code: 0, err: "" });
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
        "rsa:2048",
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
    const stranger = await start([...ATTACK, "--queue", url, "--out", join(folder, "other")]).end;
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
