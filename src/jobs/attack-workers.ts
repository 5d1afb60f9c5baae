/**
 * The attack on all cores: the images in shards, the shards on the workers of a pool, the answers put together. Since no
 * row depends on its batch, the result has the bits of `lbfgsAttack` in one call, whatever the number of workers.
 */
import { type AttackResult, EFFORTS, type LbfgsAttackOptions } from "../attacks/index.ts";
import { requireAttack } from "../attacks/lbfgs.ts";
import { emptyResult } from "../attacks/result.ts";
import { outOfRange, requireInteger } from "../check.ts";
import type { Network } from "../model/index.ts";
import type { AttackedImage, AttackInput, AttackMessage } from "../studies/tasks/attack.ts";
import { defaultWorkers, type Pool } from "./pool.ts";
import { type SharedModel, shareArray, shareModel } from "./share.ts";

export interface WorkersAttackOptions extends Omit<LbfgsAttackOptions, "batch" | "onImage"> {
  /** Images that an earlier run left, as `onImage` told them: they are not attacked again. */
  known?: Iterable<AttackedImage>;
  /** Called for each image soon after its search has ended; a promise is waited for, a failure ends the attack. */
  onImage?: (image: AttackedImage) => void | Promise<void>;
}

/** A shard is a share of what is left, so that the last ones are small and the workers end together. */
const SHARDS_AHEAD = 2;
/** The smallest shards: few enough to end together, enough to fill a batch where there are many images. */
const LEAST_SHARDS = 8;
const FULL_BATCH = 16;

/** Ends of consecutive shards of `count` images for so many workers. */
export function shardEnds(count: number, workers: number): number[] {
  if (workers === 1) return [count];
  const least = Math.min(FULL_BATCH, Math.ceil(count / (LEAST_SHARDS * workers)));
  const ends: number[] = [];
  for (let at = 0; at < count; ) {
    at = Math.min(count, at + Math.max(least, Math.ceil((count - at) / (SHARDS_AHEAD * workers))));
    ends.push(at);
  }
  return ends;
}

/** `lbfgsAttack` on the workers of a pool. Progress counts the images that are known, evaluations those of this call. */
export async function attackOnWorkers(
  pool: Pool,
  network: Network | SharedModel,
  options: WorkersAttackOptions,
): Promise<AttackResult> {
  const { rows, labels, truth, signal, onProgress, onImage, known = [], ...settings } = options;
  requireAttack(network, { ...settings, rows, labels, ...(truth && { truth }), ...(signal && { signal }) });
  const result = emptyResult(rows, labels);
  const count = labels.length;
  const seen = new Uint8Array(count);
  let done = 0;
  let evaluations = 0;
  const put = (image: AttackedImage) => {
    if (seen[requireInteger("image", image.image, 0, count - 1)]) return;
    seen[image.image] = 1;
    done++;
    putImage(result, network.inputSize, image);
  };
  for (const image of known) put(image);
  const left = Array.from(seen.keys()).filter((image) => !seen[image]);
  onProgress?.(done, count, evaluations);
  if (left.length === 0) return result;

  const shared: Omit<AttackInput, "images"> = {
    model: "digest" in network ? network : shareModel(network),
    rows: shareArray(rows),
    labels: shareArray(Int32Array.from(labels)),
    ...(truth && { truth: shareArray(Int32Array.from(truth)) }),
    settings,
  };
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  let first = 0;
  const shards = shardEnds(left.length, pool.workers).map((end) => {
    const images = Int32Array.from(left.slice(first, end));
    first = end;
    return images;
  });
  const onMessage = async (message: AttackMessage) => {
    evaluations += message.evaluations;
    for (const image of message.images) put(image);
    await Promise.all(message.images.map((image) => onImage?.(image)));
    onProgress?.(done, count, evaluations);
  };
  const attack = (images: Int32Array) => pool.run("attack", { ...shared, images }, { signal: stop, onMessage });
  // When one fails the others stop; the first failure is thrown below.
  await Promise.all(shards.map((images) => attack(images).catch((error) => failure.abort(error))));
  signal?.throwIfAborted();
  failure.signal.throwIfAborted();
  return result;
}

function putImage(result: AttackResult, inputSize: number, found: AttackedImage): void {
  const { image, row } = found;
  if (row) {
    if (row.length !== inputSize) outOfRange(`image ${image}`, `a row of ${inputSize} values`, `${row.length}`);
    result.rows.set(row, image * inputSize);
  }
  result.stop[image] = found.stop;
  result.success[image] = Number(found.stop === "found");
  result.distortion[image] = found.distortion;
  result.evaluations[image] = found.evaluations;
  result.iterations[image] = found.iterations;
  result.penalty[image] = found.penalty;
}

/** Threads pay above this time of the whole attack on one: a thread takes a tenth of a second or two to start and warm up. */
const WORTHWHILE_MILLISECONDS = 1000;
/** Evaluations of an image without annealed starts, measured on a small network, and beside the steps of each annealed one. */
const PLAIN_EVALUATIONS = 32;
const REFINING_EVALUATIONS = 25;
/** The minimiser takes about as long as a small network does. */
const MINIMISER_SHARE = 2;
/** The shortest of so many counts: whatever else the machine does only adds. */
const MEASUREMENTS = 3;

/**
 * How many workers an attack on so many images (all rows by default) is worth, `most` at most: 1 where it is over before
 * threads have started. Judged by the time of one evaluation, here and now; no bit of the result depends on it.
 */
export function worthwhileWorkers(
  network: Network,
  options: Pick<LbfgsAttackOptions, "rows" | "effort"> & { images?: number },
  most: number = defaultWorkers(),
): number {
  const { inputSize } = network;
  const { rows, effort = "fast", images = rows.length / inputSize } = options;
  const workers = Math.max(1, Math.min(most, images));
  if (workers === 1) return 1;
  const schedules = typeof effort === "string" ? (EFFORTS[effort] ?? []) : effort;
  const evaluations = schedules.reduce((sum, { steps }) => sum + steps + REFINING_EVALUATIONS, PLAIN_EVALUATIONS);
  const total = (rowsAtOnce: number) => {
    const some = rows.subarray(0, rowsAtOnce * inputSize);
    const start = performance.now();
    network.lossGradient(some, new Uint8Array(rowsAtOnce));
    return ((performance.now() - start) / rowsAtOnce) * MINIMISER_SHARE * evaluations * images;
  };
  // The first row's time holds what only the first costs: it tells large models apart, a batch the small ones.
  if (total(1) > 20 * WORTHWHILE_MILLISECONDS) return workers;
  const batch = Math.min(FULL_BATCH, rows.length / inputSize);
  const least = Math.min(...Array.from({ length: MEASUREMENTS }, () => total(batch)));
  return least > WORTHWHILE_MILLISECONDS ? workers : 1;
}
