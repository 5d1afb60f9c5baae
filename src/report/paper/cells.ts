/** The tables of a run as rows of measured numbers beside the paper's: what the page and the terminal both show. */
import { type SeedInterval, wilsonInterval } from "../../analysis/index.ts";
import {
  type PaperRecord,
  REFERENCE,
  seedIntervals,
  type TransferResult,
  tableCells,
} from "../../studies/paper/index.ts";
import type { Comparison, ComparisonRow, Measured } from "../kit/comparison.ts";

/** A table with its heading. */
export interface PaperTable extends Comparison {
  /** 1 to 4; table 4 has two parts. */
  number: 1 | 2 | 3 | 4;
  heading: string;
  /** Part of table 4. */
  part?: "minimum" | "amplified";
}

type Counted = (id: string, value: number, hits: number, count: number) => Measured;
type Bare = (id: string, value: number) => Measured;

/** Puts the paper's number and those of other seeds beside a measured one. */
function measuring({ seeds }: PaperRecord): { rate: Counted; figure: Bare } {
  const paper = tableCells(REFERENCE);
  const spread: ReadonlyMap<string, SeedInterval> = seeds ? seedIntervals(seeds) : new Map();
  const figure: Bare = (id, value) => {
    const stated = paper.get(id);
    const others = spread.get(id);
    return { value, ...(stated !== undefined && { paper: stated }), ...(others && { seeds: others }) };
  };
  const rate: Counted = (id, value, hits, count) => ({ ...figure(id, value), interval: wilsonInterval(hits, count) });
  return { rate, figure };
}

const RATE = (name: string) => ({ name, kind: "rate" as const });
/** Of tens of thousands of images. */
const FINE = (name: string) => ({ ...RATE(name), decimals: 2 as const });
const DISTORTION = { name: "av. distortion", kind: "figure" as const };

/** Every table of the run, in the paper's order. */
export function paperTables(record: PaperRecord): PaperTable[] {
  const { rate, figure } = measuring(record);
  const { table1, table2, table3, table4 } = record.tables;
  const found: PaperTable[] = [];
  if (table1) {
    found.push({
      number: 1,
      heading: "Table 1: the models, and how near their blind spots are",
      corner: "model",
      columns: [FINE("training error"), FINE("test error"), DISTORTION],
      rows: table1.map((row) => ({
        name: row.title,
        cells: [
          rate(`table1/${row.model}/trainError`, row.trainError, row.trainWrong, row.trainCount),
          rate(`table1/${row.model}/testError`, row.testError, row.testWrong, row.testCount),
          figure(`table1/${row.model}/distortion`, row.distortion),
        ],
      })),
    });
  }
  if (table2) {
    found.push(transferTable(record, 2, "table2", "Table 2: examples of one model, fed to the others", table2));
  }
  if (table3) {
    found.push({
      number: 3,
      heading: "Table 3: models of the two halves of the training set",
      corner: "model",
      columns: [FINE("error on P1"), FINE("error on P2"), FINE("test error"), DISTORTION],
      rows: table3.map((row) => ({
        name: row.title,
        cells: [
          rate(`table3/${row.model}/p1Error`, row.p1Error, row.p1Wrong, row.p1Count),
          rate(`table3/${row.model}/p2Error`, row.p2Error, row.p2Wrong, row.p2Count),
          rate(`table3/${row.model}/testError`, row.testError, row.testWrong, row.testCount),
          figure(`table3/${row.model}/distortion`, row.distortion),
        ],
      })),
    });
  }
  if (table4) {
    for (const part of ["minimum", "amplified"] as const) {
      const heading =
        part === "minimum"
          ? "Table 4, upper half: examples of test images, fed to models of other halves"
          : "Table 4, lower half: the same, amplified to 0.1";
      found.push({ ...transferTable(record, 4, `table4/${part}`, heading, table4[part]), part });
    }
  }
  return found;
}

function transferTable(
  record: PaperRecord,
  number: 2 | 4,
  prefix: string,
  heading: string,
  { rows, images }: TransferResult,
): PaperTable {
  const { rate, figure } = measuring(record);
  const models = Object.keys(rows[0]?.errors ?? {});
  const names = new Map(rows.map(({ source, title }) => [source, title]));
  return {
    number,
    heading,
    corner: "made for \\ fed to",
    columns: [...models.map((model) => RATE(names.get(model) ?? model)), DISTORTION],
    rows: rows.map((row): ComparisonRow => {
      const own = models.indexOf(row.source);
      return {
        name: row.title,
        ...(own >= 0 && { own }),
        cells: [
          ...models.map((model) =>
            rate(`${prefix}/${row.source}/${model}`, row.errors[model] as number, row.wrong[model] as number, images),
          ),
          figure(`${prefix}/${row.source}/distortion`, row.distortion),
        ],
      };
    }),
  };
}
