/** A bench of attacks as files by name: numbers for programs, arrays for notebooks, curves and a page for people. */
import { type BenchAttacksRecord, benchArrays } from "../../studies/bench-attacks/record.ts";
import { recordJson } from "../../studies/record.ts";
import { fileName } from "../../studies/transfer/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles, csv } from "../kit/files.ts";
import { benchAttacksPage, cellDrawings } from "./page.ts";

const COLUMNS = [
  ...[
    "model",
    "norm",
    "attack",
    "budget",
    "propagations",
    "rows",
    "found",
    "median",
    "epsilon",
    "robust",
    "optimality",
  ],
] as const;

/**
 * The files of a report by path: `results.json`, `index.html`, `runs.csv`, two curves for each model and norm, `arrays/*.npy`.
 * The same report, the same bytes.
 */
export async function benchAttacksFiles(record: BenchAttacksRecord): Promise<Map<string, Uint8Array | string>> {
  const { cells, checkpoints } = record;
  const lines = cells.flatMap(({ model, norm, rows, epsilon, runs }) =>
    runs.map(({ attack, budget, propagations, found, median, robust, optimality }) => ({
      ...{ model, norm, attack, budget, propagations, rows, found, median, epsilon },
      ...{ robust: robust.rate, optimality },
    })),
  );
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(record)],
    ["index.html", benchAttacksPage(record)],
    ["runs.csv", csv(COLUMNS, lines)],
  ]);
  for (const [c, cell] of cells.entries()) {
    const name = `${String(c + 1).padStart(2, "0")}-${fileName(cell.model)}-${cell.norm}`;
    const { distance, robust } = cellDrawings(cell, checkpoints);
    files.set(`${name}-distance.svg`, standaloneSvg(distance.wide));
    files.set(`${name}-robust.svg`, standaloneSvg(robust.wide));
  }
  for (const [path, content] of arrayFiles(benchArrays(record))) files.set(path, content);
  return files;
}
