/** Some of the images of a record, drawn by a seed, and the runs that compute them again. */
import { outOfRange, requireInteger } from "../../check.ts";
import { Random } from "../../numeric/random.ts";
import { compareValues, type RecordDifference } from "./compare.ts";
import { type AskedRows, ROW_READERS, type RowQuestion, type Stored } from "./rows.ts";

export interface Sample {
  /** Positions of the images among those of the record, ascending. */
  positions: number[];
  /** Images of the record. */
  of: number;
  differences: RecordDifference[];
  /** What a sample does not reach, in words. */
  left?: string;
}

/**
 * Computes a sample of a record's images again and compares.
 *
 * @param again runs the study for consecutive images
 * @throws RangeError for a record of a study whose images depend on one another
 */
export async function verifySample(
  subject: string,
  stated: Stored,
  { sample, seed }: { sample: number; seed: number },
  again: (rows: AskedRows) => Promise<Stored>,
): Promise<Sample> {
  const { kind, options } = stated.record as {
    kind: string;
    options: { first?: number; count?: number; minima?: string };
  };
  requireInteger("sample", sample, 1);
  requireInteger("seed", seed, 0);
  const reader = Object.hasOwn(ROW_READERS, kind) ? ROW_READERS[kind] : undefined;
  const { first = 0, count } = options;
  if (!reader || count === undefined) {
    const kinds = Object.keys(ROW_READERS).join(", ");
    return outOfRange(`sample of ${subject}`, `a record with images, of ${kinds}`, kind);
  }
  if (reader.isInArrays && !stated.arrays) {
    outOfRange(`sample of ${subject}`, "the arrays of the record, in which its images stand", "none");
  }
  if ((options.minima ?? "none") !== "none") {
    outOfRange(`sample of ${subject}`, "a bench without a file of minima, which picks the images", "one with it");
  }
  const positions = drawn(count, sample, seed);
  const differences: RecordDifference[] = [];
  let isFirst = true;
  for (const question of reader.questions(stated)) {
    for (const { position, count: some } of runsFor(positions, question, count)) {
      const asked = { first: first + position, position, count: some };
      const found = await again({ ...asked, ...(question.bench && { bench: question.bench }) });
      // Without stated arrays there is nothing to compare those of the run with.
      const answer = { record: found.record, arrays: stated.arrays && found.arrays };
      if (isFirst) compareValues("", reader.common(stated), reader.common(answer), differences);
      isFirst = false;
      for (let at = position; at < position + some; at++) {
        const index = first + at;
        const place = [question.bench && `${question.bench.model} in ${question.bench.norm}`, `image ${index}`];
        const path = place.filter((part) => part !== undefined).join(", ");
        compareValues(path, question.said(stated, index), question.said(answer, index), differences);
      }
    }
  }
  return { positions, of: count, differences, ...(reader.left !== undefined && { left: reader.left }) };
}

/** Positions, each once, in ascending order, drawn by a seed. */
function drawn(count: number, asked: number, seed: number): number[] {
  const random = new Random(seed);
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: Math.min(asked, count) }, (_, draw) => {
    return left.splice(random.integer(draw, left.length), 1)[0] as number;
  }).sort((a, b) => a - b);
}

/** Ranges of consecutive images that hold the sample, each with what the study needs; ranges that meet are one. */
function runsFor(
  positions: readonly number[],
  { needs }: RowQuestion,
  count: number,
): { position: number; count: number }[] {
  const runs: { position: number; count: number }[] = [];
  for (const at of positions) {
    const last = runs.at(-1);
    let [from, to] = [at, at];
    for (const list of needs) {
      const near = nearest(list, at);
      if (near === undefined || near < 0 || near >= count) continue;
      from = Math.min(from, near);
      to = Math.max(to, near);
    }
    if (last && from <= last.position + last.count) {
      const end = Math.max(last.position + last.count, to + 1);
      last.position = Math.min(last.position, from);
      last.count = end - last.position;
    } else runs.push({ position: from, count: to + 1 - from });
  }
  return runs;
}

function nearest(list: readonly number[], at: number): number | undefined {
  return list.reduce<number | undefined>((best, one) => {
    return best === undefined || Math.abs(one - at) < Math.abs(best - at) ? one : best;
  }, undefined);
}
