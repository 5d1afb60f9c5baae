/** Each study has one record, digest and all, in process and over a queue; a training that is handed back goes on from its state. */
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Dataset, slice } from "../../../src/data/index.ts";
import {
  attackStudy,
  auditStudy,
  benchAttacksStudy,
  certifyStudy,
  paperStudy,
  pocketsStudy,
  robustStudy,
  stabilityStudy,
  trainingStudy,
  trainStudy,
  transferStudy,
  unitsStudy,
  unitsSurvey,
} from "../../../src/index.ts";
import { PREFIX } from "../../../src/jobs/queue/names.ts";
import { loadData, loadMnist, loadNetwork, loadShipped, openPool, type Pool } from "../../../src/node/index.ts";
import type { RecordHead, RecordSeal, StudyModel, StudyRun } from "../../../src/studies/index.ts";
import { RECIPES, recipeOf } from "../../../src/train/index.ts";
import { writeSet } from "../../cli/blindspot.ts";
import { until } from "../../cli/built.ts";
import { NO_REDIS, sharedRedis, withRedis } from "../../support/redis.ts";
import { type ServedWorker, serve } from "../../support/serve.ts";
import { temporaryFolder } from "../../temporary.ts";

let model: StudyModel;
let other: StudyModel;
let train: Dataset;
let mnist: Dataset;
beforeAll(async () => {
  const load = async (name: string) => ({ name, network: await loadNetwork(name) });
  [model, other] = await Promise.all([load("fc100-100-10"), load("fc10-1e-4")]);
  [train, mnist] = await Promise.all([loadMnist("train"), loadMnist("test")]);
});

const data = (count: number) => ({ dataset: slice(mnist, 5, 5 + count), name: "mnist:test" });
type Study = (run: StudyRun) => Promise<RecordHead & RecordSeal>;
const STUDIES: Readonly<Record<string, Study>> = {
  attack: (run) => attackStudy(model, data(12), { first: 5, norm: "linf", directions: 20 }, run),
  "attack on every label": (run) => attackStudy(other, data(3), { first: 5, target: "all" }, run),
  audit: (run) => auditStudy(model, data(4), { first: 5, norms: ["l2", "linf"], draws: 3 }, run),
  pockets: (run) => pocketsStudy(model, data(3), { first: 5, directions: 10, samples: 10, to: [other] }, run),
  "bench-attacks": (run) =>
    benchAttacksStudy(
      [other],
      data(6),
      { first: 5, attacks: ["minimal", "pgd", "ddn"], norms: ["l2"], budgets: [20] },
      run,
    ),
  "units --survey": (run) => unitsSurvey([model], data(300), { first: 5, directions: 20 }, run),
  transfer: (run) => transferStudy({ from: [model], to: [other] }, data(12), { first: 5, noise: [0.3] }, run),
  units: (run) => unitsStudy(model, data(4500), { first: 5, between: [[7, 1]], show: 2, iterations: 10 }, run),
  stability: (run) => stabilityStudy(model, data(12), { first: 5 }, run),
  certify: (run) => certifyStudy(model, data(4), { first: 5, norm: "linf", epsilon: 0.01 }, run),
  robust: (run) =>
    robustStudy(other, data(6), { first: 5, norm: "linf", epsilon: 0.05, attacks: [{ attack: "minimal" }] }, run),
  paper: async (run) =>
    (await paperStudy(paperSplits(), { tables: [1], count: 8, loadModel: loadShipped }, run)).record,
  "paper over two training seeds": async (run) =>
    (await paperStudy(paperSplits(), { tables: [3], count: 8, iterations: 1, seeds: 2 }, run)).record,
  "trainings of two seeds": (run) =>
    trainingStudy(model, paperSplits(), { arms: ["decay"], seeds: 2, epochs: 1, count: 8 }, run),
};
const paperSplits = () => ({ name: "mnist", train: slice(train, 0, 200), test: slice(mnist, 0, 300) });

describe(withRedis("over a queue, with one worker for all of them,"), { skip: NO_REDIS !== undefined }, () => {
  const server = sharedRedis({ keeps: true });
  let worker: ServedWorker;
  let pool: Pool;
  beforeAll(async () => {
    let end = async (): Promise<void> => {};
    worker = await serve(server().url, {}, (ending) => {
      end = ending;
    });
    pool = await openPool({ queue: { url: server().url } });
    return async () => {
      await pool.close();
      await end();
    };
  });
  for (const [name, study] of Object.entries(STUDIES)) {
    test(`${name} answers as it does in process, to the digest`, async () => {
      const before = worker.meter.shards;
      const there = await study({ executor: pool });
      const here = await study({});
      expect({ ...there, timing: null }).toEqual({ ...here, timing: null });
      expect(there.recordDigest).toMatch(/^[0-9a-f]{64}$/);
      expect(worker.meter.shards).toBeGreaterThan(before);
    });
  }
});

describe(withRedis("over a queue"), { skip: NO_REDIS !== undefined }, () => {
  const server = sharedRedis();

  for (const [way, options] of Object.entries({
    "full batches": { iterations: 1500, spectral: 0.01, seed: 3 },
    minibatches: { strategy: "adversarial-layers", epochs: 800, batch: 10, seed: 3 },
  } as const)) {
    test(`a training by ${way} that a worker hands back goes on from its state with another, to the same weights`, async () => {
      const name = writeSet(join(temporaryFolder(), "set"));
      const splits = { name, train: await loadData(`${name}:train`), test: await loadData(`${name}:test`) };
      const { url, client } = server();
      const pool = await openPool({ queue: { url } });
      onTestFinished(() => pool.close());
      const recipe = recipeOf("fc60-60-3", RECIPES);
      const running = trainStudy(recipe, splits, options, { executor: pool });
      const first = await serve(url, { graceSeconds: 0, saveSeconds: 0 });
      let states: string[] = [];
      const looking = setInterval(async () => {
        states = await client.keys(`${PREFIX}:state:*`);
      }, 5);
      await until(() => states.length > 0);
      clearInterval(looking);
      await first.stop();
      expect(first.events).toContainEqual(expect.objectContaining({ event: "shard handed back", why: "stopped" }));
      const second = await serve(url);
      const { network, note } = await running;
      const alone = await trainStudy(recipe, splits, options);
      expect(network.getParameters()).toEqual(alone.network.getParameters());
      expect(note).toEqual(alone.note);
      expect(second.events).toContainEqual(expect.objectContaining({ event: "shard begun", try: 1, resumed: true }));
      expect(await client.keys(`${PREFIX}:state:*`)).toEqual([]);
    });
  }
});
