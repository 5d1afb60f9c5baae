/**
 * The attack on all workers of an executor. Since no row depends on its batch, the result has the bits of `lbfgsAttack` in
 * one call, whatever the number of workers.
 */
import { type AttackResult, EFFORTS, type LbfgsAttackOptions } from "../../attacks/index.ts";
import { LBFGS_ATTACK_OPTIONS, requireAttack } from "../../attacks/lbfgs.ts";
import { emptyResult } from "../../attacks/result.ts";
import { outOfRange, requireOptions } from "../../check.ts";
import type { Network } from "../../model/index.ts";
import type { Executor, Job, RunOptions } from "../executor.ts";
import type { AttackedRow } from "../tasks/attack.ts";

/** The options of `attackOnWorkers`: those of `lbfgsAttack`, but for what has no meaning over several threads. */
export interface WorkersAttackOptions extends Omit<LbfgsAttackOptions, "batch" | "onImage" | "onEvaluation"> {
  /** Called for each row that was attacked now, soon after its search has ended; a promise is awaited, a failure ends the attack. */
  onImage?: (row: number, found: AttackedRow) => void | Promise<void>;
}

const { batch: _, onEvaluation: __, ...WORKERS_ATTACK_OPTIONS } = LBFGS_ATTACK_OPTIONS;

/**
 * `lbfgsAttack` on the workers of an executor. Progress counts the rows that are known, and the evaluations of this
 * call. Rejects as `lbfgsAttack` does, and for options that it does not have.
 */
export async function attackOnWorkers(
  executor: Executor,
  network: Network,
  options: WorkersAttackOptions,
): Promise<AttackResult> {
  requireOptions("attackOnWorkers", options, WORKERS_ATTACK_OPTIONS);
  return attackWith((job, during) => executor.run(job, during), network, options);
}

/** Runs the job of an attack. A row whose result is undefined stays as it is. */
type RunAttack = (job: Job<"attack">, during: RunOptions<"attack">) => Promise<readonly (AttackedRow | undefined)[]>;

/** The same with `run` in the place of an executor. */
export async function attackWith(
  run: RunAttack,
  network: Network,
  options: WorkersAttackOptions,
): Promise<AttackResult> {
  const { rows, labels, truth, signal, onProgress, onImage, ...settings } = options;
  requireAttack(network, { ...settings, rows, labels, ...(truth && { truth }), ...(signal && { signal }) });
  const count = labels.length;
  const input = {
    model: network,
    rows,
    labels: Int32Array.from(labels),
    ...(truth && { truth: Int32Array.from(truth) }),
    settings,
  };
  let evaluations = 0;
  let result: AttackResult | undefined;
  const found = await run(
    { task: "attack", input, items: count },
    {
      signal,
      onItem: (row, one) => {
        result ??= emptyResult(rows, labels); // while the workers go on
        return onImage?.(row, one);
      },
      onProgress: (done, more = 0) => {
        evaluations += more;
        onProgress?.(done, count, evaluations);
      },
    },
  );
  const whole = result ?? emptyResult(rows, labels);
  found.forEach((one, row) => {
    if (one) putRow(whole, network.inputSize, row, one);
  });
  return whole;
}

function putRow(result: AttackResult, inputSize: number, at: number, { row, ...found }: AttackedRow): void {
  if (row) {
    if (row.length !== inputSize) outOfRange(`row ${at}`, `${inputSize} values`, `${row.length}`);
    result.rows.set(row, at * inputSize);
  }
  result.stop[at] = found.stop;
  result.success[at] = Number(found.stop === "found");
  result.distortion[at] = found.distortion;
  result.evaluations[at] = found.evaluations;
  result.iterations[at] = found.iterations;
  result.penalty[at] = found.penalty;
}

/** Threads pay above this time of the whole attack on one: a thread takes a tenth of a second or two to start and warm up. */
const WORTHWHILE_MILLISECONDS = 1000;
/** Evaluations of a row without annealed starts, measured on a small network, and beside the steps of each annealed one. */
const PLAIN_EVALUATIONS = 32;
const REFINING_EVALUATIONS = 25;
/** The minimiser takes about as long as a small network does. */
const MINIMISER_SHARE = 2;
/** The shortest of so many counts: whatever else the machine does only adds. */
const MEASUREMENTS = 3;
/** Rows that fill a batch of the network. */
const FULL_BATCH = 16;

/**
 * How many workers an attack on so many rows (all by default) is worth, `most` at most: 1 where it is over before threads
 * have started. Judged by the time of one evaluation, here and now; no bit of the result depends on it.
 */
export function worthwhileWorkers(
  network: Network,
  options: Pick<LbfgsAttackOptions, "rows" | "effort"> & { images?: number },
  most: number,
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
    network.scoreGradient(some, ({ length }) => new Uint8Array(length));
    return ((performance.now() - start) / rowsAtOnce) * MINIMISER_SHARE * evaluations * images;
  };
  // The first row's time holds what only the first costs: it tells large models apart, a batch the small ones.
  if (total(1) > 20 * WORTHWHILE_MILLISECONDS) return workers;
  const batch = Math.min(FULL_BATCH, rows.length / inputSize);
  const least = Math.min(...Array.from({ length: MEASUREMENTS }, () => total(batch)));
  return least > WORTHWHILE_MILLISECONDS ? workers : 1;
}
