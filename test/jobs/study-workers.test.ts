/** Each study has one record, digest and all, in process and on threads. */
import { beforeAll, expect, test } from "vitest";
import { type Dataset, slice } from "../../src/data/index.ts";
import {
  attackStudy,
  digestRecord,
  recordJson,
  stabilityStudy,
  transferStudy,
  unitsStudy,
  unitsSurvey,
} from "../../src/index.ts";
import type { Network } from "../../src/model/index.ts";
import { loadMnist, loadNetwork, openPool } from "../../src/node/index.ts";
import type { RecordHead, RecordSeal, StudyModel, StudyRun } from "../../src/studies/index.ts";

let models: StudyModel[];
let dataset: Dataset;
/** More than one chunk of images to rank. */
let many: Dataset;
beforeAll(async () => {
  const load = async (name: string) => ({ name, network: (await loadNetwork(name)) as Network });
  models = await Promise.all(["fc100-100-10", "fc10-1e-4"].map(load));
  dataset = slice(await loadMnist("test"), 5, 25);
  many = slice(await loadMnist("test"), 5, 5005);
});

type Study = (model: StudyModel, other: StudyModel, run: StudyRun) => Promise<RecordHead & RecordSeal>;

const data = () => ({ dataset, name: "mnist:test" });
const STUDIES: Readonly<Record<string, Study>> = {
  attack: (model, _, run) => attackStudy(model, data(), { target: "random", first: 5 }, run),
  transfer: (model, other, run) =>
    transferStudy({ from: [model], to: [other] }, data(), { first: 5, amplify: [0.1], noise: [0.3] }, run),
  units: (model, _, run) =>
    unitsStudy(model, { ...data(), dataset: many }, { first: 5, between: [[7, 1]], show: 2, iterations: 10 }, run),
  "units --survey": (model, _, run) =>
    unitsSurvey([model], { ...data(), dataset: many }, { first: 5, directions: 50 }, run),
  stability: (model, _, run) => stabilityStudy(model, data(), { first: 5 }, run),
};

for (const [name, study] of Object.entries(STUDIES)) {
  test(`${name} answers the same in process and on two threads`, async () => {
    const [model, other] = models as [StudyModel, StudyModel];
    const here = await study(model, other, {});
    const pool = await openPool({ workers: 2 });
    const there = await study(model, other, { executor: pool });
    await pool.close();
    expect(there).toEqual({ ...here, timing: there.timing });
    expect(await digestRecord(JSON.parse(recordJson(here)))).toBe(here.recordDigest);
    expect([here.generator, here.recordDigest]).toEqual(["blindspot", expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
}
