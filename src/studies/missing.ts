/**
 * Images of which a study has no result: a worker that computes them fails, or is gone, as often as a shard is tried. Where images are
 * independent the study goes on without them. Its record is then one of the images that are there, and says which are missing.
 */
import type { AttackResult } from "../attacks/index.ts";
import type { Dataset } from "../data/dataset.ts";
import { MissingItemsError } from "./division.ts";
import type { Executor, Job, RunOptions } from "./executor.ts";
import type { TaskItem, TaskName } from "./tasks/index.ts";

/** What a record says of images that are not in it. */
export interface MissingImages {
  /** Their positions in the whole set, ascending. */
  images: number[];
  /** Why, each reason once. */
  reasons: string[];
}

/** The images of a study, of which some may turn out to be missing. */
export class ImagesPresent {
  private readonly count: number;
  private readonly missing = new Set<number>();
  private readonly reasons = new Set<string>();

  constructor(count: number) {
    this.count = count;
  }

  /**
   * Runs a job. What was given up is undefined in the results, and its images are missing from now on; `imagesOf` says which an
   * item is of, by default the one at its position. Rejects as the executor does, also where no image is left.
   */
  async run<Name extends TaskName>(
    executor: Executor,
    job: Job<Name>,
    options: RunOptions<Name>,
    imagesOf: (item: number) => readonly number[] = (item) => [item],
  ): Promise<(TaskItem<Name> | undefined)[]> {
    try {
      return await executor.run(job, options);
    } catch (error) {
      if (!(error instanceof MissingItemsError)) throw error;
      for (const item of error.missing) for (const image of imagesOf(item)) this.missing.add(image);
      if (this.missing.size >= this.count) throw error;
      for (const reason of error.reasons) this.reasons.add(reason);
      return error.results as (TaskItem<Name> | undefined)[];
    }
  }

  /** Whether all are there. */
  get isComplete(): boolean {
    return this.missing.size === 0;
  }

  has(image: number): boolean {
    return !this.missing.has(image);
  }

  /** Positions of those that are there, ascending. */
  get positions(): number[] {
    return Array.from({ length: this.count }, (_, i) => i).filter((i) => this.has(i));
  }

  /** Of values, one an image, those of the images that are there. */
  of<T>(values: Iterable<T>): T[] {
    return Array.from(values).filter((_, i) => this.has(i));
  }

  /** Of rows, f32[count, size], those that are there: the same array if all are. */
  rowsOf(rows: Float32Array): Float32Array {
    if (this.isComplete) return rows;
    const size = rows.length / this.count;
    const { positions } = this;
    const some = new Float32Array(positions.length * size);
    for (const [to, from] of positions.entries()) some.set(rows.subarray(from * size, (from + 1) * size), to * size);
    return some;
  }

  /** The images of a set that are there: the same set if all are. */
  datasetOf(dataset: Dataset): Dataset {
    if (this.isComplete) return dataset;
    const { positions } = this;
    const labels = dataset.labels.filter((_, i) => this.has(i));
    return { ...dataset, rows: this.rowsOf(dataset.rows), labels, count: positions.length };
  }

  /** Of a result, the rows of the images that are there: the same result if all are. */
  resultOf(result: AttackResult): AttackResult {
    if (this.isComplete) return result;
    return {
      rows: this.rowsOf(result.rows),
      success: Uint8Array.from(this.of(result.success)),
      distortion: Float64Array.from(this.of(result.distortion)),
      targets: Int32Array.from(this.of(result.targets)),
      evaluations: Uint32Array.from(this.of(result.evaluations)),
      iterations: Uint32Array.from(this.of(result.iterations)),
      penalty: Float64Array.from(this.of(result.penalty)),
      stop: this.of(result.stop),
    };
  }

  /** What the record says, `first` being the position of the first image in the whole set; nothing if all are there. */
  said(first: number): { missing?: MissingImages } {
    if (this.isComplete) return {};
    const images = [...this.missing].sort((a, b) => a - b).map((image) => first + image);
    return { missing: { images, reasons: [...this.reasons] } };
  }
}
