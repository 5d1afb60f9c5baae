/** Thirty kills at random moments, and ten partitions, of runs over a queue. SEED sets another order. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { start } from "../cli/built.ts";
import { surviveKills } from "../support/kills.ts";
import { NO_REDIS, withRedis } from "../support/redis.ts";
import { temporaryFolder } from "../temporary.ts";

const COMMAND = ["attack", "--model", "fc100-100-10", "--count", "1500", "--target", "next", "--effort", "exhaustive"];

test.skipIf(NO_REDIS !== undefined)(
  withRedis("thirty kills and ten partitions change no byte, lose nothing, and begin nothing more than three times"),
  async () => {
    const folder = temporaryFolder();
    const [reference, out] = [join(folder, "reference"), join(folder, "out")];
    expect((await start([...COMMAND, "--out", reference, "--quiet"]).end).code).toBe(0);
    const seed = Number(process.env.SEED ?? 1);
    const command = [...COMMAND, "--shard", "16"];
    const survived = await surviveKills({ command, reference, out, kills: 30, partitions: 10, seed });
    console.log(`seed ${seed}: ${JSON.stringify(survived)}`);
    expect(survived).toMatchObject({ worker: 15, coordinator: 8, server: 7, partition: 10 });
    expect(survived.mostBegun).toBeLessThanOrEqual(3);
  },
);
