/**
 * The attack on rows that come in blocks while it runs: a seat that falls free takes a row of the next block, so that the batch
 * stays full until the last rows. No row depends on the others, so the blocks change no bit.
 */
import type { Labels } from "../check.ts";
import type { Box } from "../optimize/bounds.ts";
import { Workspace } from "../wasm/index.ts";
import { Lockstep, padded } from "./lockstep.ts";
import { ImageSearch, type SearchOptions } from "./search.ts";
import { type AttackResult, type AttackTarget, answersOf } from "./target.ts";

export interface RowBlock {
  /** f32[n, inputSize], inside the box. */
  rows: Float32Array;
  /** The label each row is to be driven to. */
  labels: Labels;
  /** True labels: rows that the target gets wrong are not attacked. */
  truth: Labels | undefined;
  /** What is found, at first as `emptyResult` makes it. */
  result: AttackResult;
}

interface RowOf<Block> {
  block: Block;
  row: number;
}

interface BlocksOptions<Block> {
  lower: number;
  upper: number;
  search: SearchOptions;
  /** Rows searched at once at most. */
  seats: number;
  signal: AbortSignal | undefined;
  /** Called for every point that is evaluated in the search for a row, with a copy of it. */
  onEvaluation?: ((at: RowOf<Block>, point: Float32Array) => void) | undefined;
  /**
   * Called several times a second, and at the end, with the value-and-gradient calls so far and the rows that are done since:
   * their search has ended, or they need none. Their entries in the block's result are final.
   */
  onTurn: (ended: RowOf<Block>[], evaluations: number) => Promise<void>;
}

/** Attacks the rows of all blocks. A block is asked for when no row of those before it is left. */
export async function attackBlocks<Block extends RowBlock>(
  target: AttackTarget,
  blocks: Iterator<Block, void>,
  { lower, upper, search, seats, signal, onEvaluation, onTurn }: BlocksOptions<Block>,
): Promise<void> {
  const { inputSize } = target;
  const queue: RowOf<Block>[] = [];
  let ended: RowOf<Block>[] = [];

  /** Queues the rows of the next block that need a search; false where no block is left. */
  const takeBlock = async (): Promise<boolean> => {
    const { done, value: block } = blocks.next();
    if (done) return false;
    const searched = new Set(await triage(target, block));
    for (let row = 0; row < block.labels.length; row++) (searched.has(row) ? queue : ended).push({ block, row });
    return true;
  };
  /** What the target is asked anew: a copy, so that nothing it does with it reaches the result. */
  const asked = new Float32Array(inputSize);
  const problemOf = (problem: number) => queue[problem] as RowOf<Block>;

  await takeBlock();
  const workspace = new Workspace();
  const box = makeBox(workspace, inputSize, lower, upper);
  const lockstep = new Lockstep(workspace, target, seats);
  const searches = lockstep.seats.map((seat) => new ImageSearch(workspace, box, seat, search));
  await lockstep.run(
    {
      has: async (problem) => {
        while (problem >= queue.length) if (!(await takeBlock())) return false;
        return true;
      },
      label: (problem) => {
        const { block, row } = problemOf(problem);
        return block.labels[row] as number;
      },
      begin: (problem, seat) => {
        const { block, row } = problemOf(problem);
        const image = block.rows.subarray(row * inputSize, (row + 1) * inputSize);
        return (searches[seat.index] as ImageSearch).run(image);
      },
      evaluated:
        onEvaluation &&
        ((problem, seat) => onEvaluation(problemOf(problem), workspace.arena.f32(seat.row, inputSize).slice())),
      finish: async (problem, seat) => {
        const one = problemOf(problem);
        const { block, row } = one;
        const { result } = block;
        const found = searches[seat.index] as ImageSearch;
        result.evaluations[row] = found.evaluations;
        result.iterations[row] = found.iterations;
        result.penalty[row] = found.penalty;
        ended.push(one);
        if (found.squared === Number.POSITIVE_INFINITY) return;
        result.rows.set(workspace.arena.f32(found.answer, inputSize), row * inputSize);
        await verify(target, { result, images: block.rows, row, asked });
      },
    },
    {
      signal,
      onTurn: async (evaluations) => {
        const now = ended;
        ended = [];
        await onTurn(now, evaluations);
      },
    },
  );
}

/** Records the rows that need no search; returns the positions of the others. */
async function triage(target: AttackTarget, { result, truth }: RowBlock): Promise<number[]> {
  const answers = await answersOf(target, result.rows);
  const queue: number[] = [];
  for (let row = 0; row < result.targets.length; row++) {
    const answer = answers[row];
    if (truth && answer !== truth[row]) result.stop[row] = "misclassified";
    else if (answer === result.targets[row]) result.stop[row] = "already-target";
    else queue.push(row);
    if (result.stop[row] !== "not-found") result.distortion[row] = 0;
  }
  return queue;
}

function makeBox(workspace: Workspace, inputSize: number, lower: number, upper: number): Box {
  const { arena } = workspace;
  const n = padded(inputSize);
  const box = { n, lower: arena.allocateF32(n), upper: arena.allocateF32(n), width: upper - lower };
  arena.f32(box.lower, n).fill(0).fill(lower, 0, inputSize);
  arena.f32(box.upper, n).fill(0).fill(upper, 0, inputSize);
  return box;
}

/**
 * Records a success only if the target, asked again, answers the target label on the row. It is asked about this row
 * alone, as soon as the row's search has ended: what it is asked, and when, follows from the options and not from a clock.
 */
async function verify(
  target: AttackTarget,
  { result, images, row, asked }: { result: AttackResult; images: Float32Array; row: number; asked: Float32Array },
): Promise<void> {
  const { inputSize } = target;
  const rowOf = (all: Float32Array) => all.subarray(row * inputSize, (row + 1) * inputSize);
  const [image, changed] = [rowOf(images), rowOf(result.rows)];
  asked.set(changed);
  const [answer] = await answersOf(target, asked);
  if (answer !== result.targets[row]) {
    changed.set(image);
    return;
  }
  result.stop[row] = "found";
  result.success[row] = 1;
  let squared = 0;
  for (let k = 0; k < inputSize; k++) {
    const r = (changed[k] as number) - (image[k] as number);
    squared += r * r;
  }
  result.distortion[row] = Math.sqrt(squared / inputSize);
}
