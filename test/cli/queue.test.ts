/** Commands over a queue: a real redis-server, workers that are processes of their own, and the files of one machine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { comparable, startWorker } from "../support/queue-processes.ts";
import { NO_REDIS, startRedis, withRedis } from "../support/redis.ts";
import { temporaryFolder } from "../temporary.ts";
import { start } from "./built.ts";

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
});
