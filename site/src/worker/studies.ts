/** The other studies that pages ask for: certificates, and units with directions. */
import { certifyStudy, type Executor, inProcess, recordJson, unitsStudy } from "../../../src/slim.ts";
import { dataOf, repeatOf, truthOf } from "./images.ts";
import { networkOf } from "./networks.ts";
import type { Calls } from "./protocol.ts";

type Progress = { done: number; total: number };

/** An executor that also tells of each certificate, soon after it is there. */
function tellingOf(total: number, tell: (told: Calls["certify"]["tell"]) => void): Executor {
  const executor = inProcess();
  let done = 0;
  return {
    workers: executor.workers,
    known: (job) => executor.known(job),
    run: (job, options = {}) =>
      executor.run(job, {
        ...options,
        onItem: (item, result) => {
          if (job.task === "certify")
            tell({ item, radius: (result as { radius: number }).radius, done: ++done, total });
          return options.onItem?.(item, result);
        },
      }),
  };
}

export async function certify(
  { key, given, images, norm, seed }: Calls["certify"]["ask"],
  tell: (told: Calls["certify"]["tell"]) => void,
  signal: AbortSignal,
): Promise<Calls["certify"]["answer"]> {
  const network = networkOf(key);
  const data = dataOf(network, images);
  const record = await certifyStudy(
    { network, name: key, ...(given !== undefined && { given }) },
    data,
    { norm, seed, first: images.first, truth: truthOf(images) },
    { signal, executor: tellingOf(data.dataset.count, tell) },
  );
  return { repeat: repeatOf(record, recordJson(record)) };
}

export async function units(
  { key, images, layer, directions, show, top, seed }: Calls["units"]["ask"],
  tell: (told: Progress) => void,
  signal: AbortSignal,
): Promise<Calls["units"]["answer"]> {
  const network = networkOf(key);
  const record = await unitsStudy(
    { network, name: key },
    dataOf(network, images),
    { layer, directions, show, top, seed, iterations: 100 },
    { signal, onProgress: ({ done, total }) => tell({ done, total }) },
  );
  const { lines, tests, silent, size } = record;
  return { lines, tests, silent, size, repeat: repeatOf(record, recordJson(record)) };
}
