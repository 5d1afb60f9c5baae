/**
 * How much of a number is the chance of training: every number of the tables for several training seeds, on the same images with the
 * same targets. The file that ships (models/seeds.json) is made by `blindspot paper --seeds 3`.
 */
import * as v from "valibot";
import { type SeedInterval, seedInterval } from "../../analysis/index.ts";
import { requireSchema } from "../../schema.ts";
import { type Difference, isTransfer, overCells } from "./compare.ts";
import { type PaperOptions, requirePaperOptions } from "./options.ts";
import { REFERENCE } from "./reference.ts";
import { type PaperTables, tableCells } from "./tables.ts";

/** The same tables from models of several training seeds. */
export interface SeedStudy {
  /** The command that makes it. */
  command: string;
  /** Of all runs, but for the training seed. */
  options: Omit<PaperOptions, "trainSeed">;
  /** Digest of the tables of each seed. */
  digests: readonly string[];
  /** By the id of a number: its value for each training seed 0, 1, ... */
  cells: Readonly<Record<string, readonly number[]>>;
}

const Schema = v.object({
  command: v.string(),
  options: v.looseObject({}),
  digests: v.pipe(v.array(v.string()), v.minLength(1)),
  cells: v.record(v.string(), v.array(v.pipe(v.number(), v.finite()))),
});

/** The study that a JSON file holds. */
export function requireSeedStudy(subject: string, json: unknown): SeedStudy {
  const { options, ...rest } = requireSchema(subject, Schema, json);
  const { trainSeed: _, ...own } = requirePaperOptions(options);
  return { ...rest, options: own };
}

/** Whether a study is of these options: its numbers may then stand beside theirs. The tables may be fewer. */
export function isStudyOf({ options }: SeedStudy, run: PaperOptions): boolean {
  return Object.entries(options).every(
    ([name, value]) => name === "tables" || run[name as keyof PaperOptions] === value,
  );
}

/** The numbers of several runs side by side; all have the same cells. */
export function seedStudy(
  command: string,
  { trainSeed: _, ...options }: PaperOptions,
  runs: readonly { digest: string; tables: PaperTables }[],
): SeedStudy {
  const all = runs.map(({ tables }) => tableCells(tables));
  const ids = [...(all[0] ?? new Map<string, number>()).keys()];
  return {
    command,
    options,
    digests: runs.map(({ digest }) => digest),
    cells: Object.fromEntries(ids.map((id) => [id, all.map((cells) => cells.get(id) as number)])),
  };
}

/** The interval over seeds of each number. */
export function seedIntervals({ cells }: SeedStudy): Map<string, SeedInterval> {
  return new Map(Object.entries(cells).map(([id, values]) => [id, seedInterval([...values])]));
}

/** Where a number of the paper's lies among those of several seeds. */
export interface SeedVerdict {
  id: string;
  paper: number;
  /** Between the smallest and the largest. */
  inside: boolean;
  min: number;
  max: number;
}

/** Each number of the paper that the study has too. The paper rounds to a digit of its own: half of it counts as inside. */
export function seedVerdicts(study: SeedStudy): SeedVerdict[] {
  const paper = tableCells(REFERENCE);
  return [...seedIntervals(study)].flatMap(([id, { min, max }]): SeedVerdict[] => {
    const stated = paper.get(id);
    if (stated === undefined) return [];
    return [{ id, paper: stated, min, max, inside: stated >= min - ROUNDING && stated <= max + ROUNDING }];
  });
}

/** By how much training moves table 2 between models: the smallest and the largest of the seeds apart, as shares. */
export function seedSpread(study: SeedStudy): Difference | undefined {
  const cells = [...seedIntervals(study)].filter(([id]) => id.startsWith("table2/") && isTransfer(id));
  return overCells(cells.map(([id, { min, max }]) => [id, max - min]));
}

/** How far table 2 between models is from the paper's with each seed, the mean over its cells, as shares; none where the study has none of it. */
export function seedDifferences({ digests, cells }: SeedStudy): number[] {
  const paper = tableCells(REFERENCE);
  return digests.flatMap((_, seed) => {
    const found = Object.entries(cells).flatMap(([id, values]): [string, number][] => {
      const stated = id.startsWith("table2/") && isTransfer(id) ? paper.get(id) : undefined;
      return stated === undefined ? [] : [[id, Math.abs((values[seed] as number) - stated)]];
    });
    const apart = overCells(found);
    return apart ? [apart.mean] : [];
  });
}

/** Half of the last digit that the paper prints: a tenth of a per cent of a rate, a thousandth of a distortion. */
const ROUNDING = 0.0005;
