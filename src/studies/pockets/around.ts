/** Random directions around images that were changed, on the workers of an executor: a part of "pockets", and of "attack" where it is asked for. */
import { selectRows } from "../../analysis/index.ts";
import type { Pocket, PocketSettings } from "../../analysis/pockets/pocket.ts";
import type { AttackResult } from "../../attacks/index.ts";
import type { Dataset } from "../../data/index.ts";
import type { Network } from "../../model/index.ts";
import { rateOf } from "../../numeric/rate.ts";
import { sum } from "../../numeric/statistics.ts";
import { running, type StudyRun } from "../study.ts";
import type { FoundRows } from "../tasks/pocket.ts";
import type { PocketDirections } from "./record.ts";

/** The images that were changed with success; `index` has the position of each in the whole set. */
export function foundPoints(
  { rows, labels, count }: Dataset,
  { rows: changed, stop }: AttackResult,
  index: ArrayLike<number>,
): Omit<FoundRows, "model"> {
  const isFound = Array.from(stop, (why) => Number(why === "found"));
  const found = Array.from(isFound.keys()).filter((i) => isFound[i] === 1);
  const size = rows.length / count;
  return {
    rows: selectRows(rows, size, isFound),
    changed: selectRows(changed, size, isFound),
    truth: Int32Array.from(found, (i) => labels[i] as number),
    images: Int32Array.from(found, (i) => index[i] as number),
  };
}

/** The shares over all images, one a factor. */
export function directionRates(
  counted: readonly Pick<Pocket, "inBox" | "beyond">[],
  { directions, factors }: Pick<PocketSettings, "directions" | "factors">,
): PocketDirections[] {
  return factors.map((factor, f) => {
    const hits = (side: "inBox" | "beyond") => counted.map((one) => one[side][f] as number);
    const rate = (counts: number[]) => rateOf(sum(counts), directions * counted.length);
    const inBox = hits("inBox");
    return {
      factor,
      inBox: rate(inBox),
      beyond: rate(hits("beyond")),
      images: inBox.filter((count) => count > 0).length,
    };
  });
}

/** What so many random directions of the length that was found change; undefined where nothing was found. */
export async function directionsBeside(
  network: Network,
  points: Omit<FoundRows, "model">,
  { directions, seed }: { directions: number; seed: number },
  run: StudyRun,
): Promise<PocketDirections | undefined> {
  const { executor, signal, tell } = running(run);
  const items = points.truth.length;
  if (items === 0) return undefined;
  const settings = { directions, factors: [1], seed };
  const counted = await executor.run(
    { task: "around", input: { model: network, ...points, settings }, items },
    { signal, onProgress: (done) => tell({ label: "directions", done, total: items, unit: "images" }) },
  );
  return directionRates(counted, settings)[0];
}
