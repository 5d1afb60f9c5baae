/** Measured tables beside the paper's: how far apart, and whether what the paper claims of them holds. */
import { mean } from "../../numeric/statistics.ts";
import { TABLE_1_MODELS, TABLE_3_MODELS } from "./models.ts";
import { REFERENCE } from "./reference.ts";
import { isDistortion, type PaperTables, type TransferTable, tableCells } from "./tables.ts";

/** A claim on the order of the numbers, and whether the measured ones bear it out. */
export interface Claim {
  claim: string;
  holds: boolean;
  /** The numbers that decide. */
  because: string;
}

/** How far one table's numbers are from the paper's, over the cells that both have. */
export interface Difference {
  cells: number;
  /** Of rates: the mean and the largest absolute difference, as shares. */
  mean: number;
  largest: number;
  /** The cell of the largest. */
  at: string;
}

export interface PaperComparison {
  /** Of table 2 without its diagonal, which is 100 % by construction, and without noise. */
  transfer?: Difference;
  /** Errors of tables 1 and 3. */
  errors?: Difference;
  /** Distortions of tables 1 and 3 as shares of the paper's. */
  distortions?: Difference;
  claims: Claim[];
}

const PAPER = tableCells(REFERENCE);

/** The difference over some of the cells; undefined where there is none of them. */
export function difference(
  tables: PaperTables,
  counts: (id: string) => boolean,
  apart: (value: number, paper: number) => number = (value, paper) => Math.abs(value - paper),
): Difference | undefined {
  const found = [...tableCells(tables)].flatMap(([id, value]): [string, number][] => {
    const paper = PAPER.get(id);
    return paper !== undefined && counts(id) ? [[id, apart(value, paper)]] : [];
  });
  return overCells(found);
}

/** The mean and the largest of some cells' numbers; undefined where there are none. */
export function overCells(found: readonly (readonly [id: string, value: number])[]): Difference | undefined {
  const [first] = found;
  if (!first) return undefined;
  const [at, largest] = found.reduce((worst, cell) => (cell[1] > worst[1] ? cell : worst), first);
  return { cells: found.length, mean: mean(found.map(([, value]) => value)), largest, at };
}

/** Whether a cell `table/source/model` is a transfer from one model to another. */
export function isTransfer(id: string): boolean {
  const [source, fed] = id.split("/").slice(-2);
  return !isDistortion(id) && source !== fed && !source?.startsWith("noise-");
}

/** Compares what was measured with what the paper prints. */
export function compareWithPaper(tables: PaperTables): PaperComparison {
  const own = (id: string) => /^table[13]\//.test(id);
  const transfer = difference(tables, (id) => id.startsWith("table2/") && isTransfer(id));
  const errors = difference(tables, (id) => own(id) && !isDistortion(id));
  const distortions = difference(
    tables,
    (id) => own(id) && isDistortion(id),
    (value, paper) => Math.abs(value / paper - 1),
  );
  return {
    ...(transfer && { transfer }),
    ...(errors && { errors }),
    ...(distortions && { distortions }),
    claims: claims(tables),
  };
}

const percents = (rates: readonly number[]): string => rates.map((rate) => (100 * rate).toFixed(1)).join(", ");

/** The orders that the paper's numbers have, asked of the measured ones. */
export function claims(tables: PaperTables): Claim[] {
  return [
    ...distortionClaims(tables),
    ...(tables.table2 ? transferClaims(tables.table2) : []),
    ...(tables.table4 ? amplificationClaims(tables.table4.minimum, tables.table4.amplified) : []),
  ];
}

function distortionClaims({ table1 }: PaperTables): Claim[] {
  if (!table1) return [];
  const order = ["fc100-100-10", "fc10-1e-4", "ae400-10", "fc10-1e-2", "fc10-1"];
  const values = order.map((name) => table1.find(({ model }) => model === name)?.distortion ?? Number.NaN);
  return [
    {
      claim: "distortions in table 1: FC100-100-10 ≤ FC10(10⁻⁴) < AE400-10 < FC10(10⁻²) < FC10(1)",
      holds: values.every(
        (value, i) => i === 0 || (i === 1 ? value >= (values[0] as number) : value > (values[i - 1] as number)),
      ),
      because: values.map((value) => value.toFixed(4)).join(", "),
    },
  ];
}

/** Reads a transfer table by names. */
function reader({ rows }: TransferTable): (source: string, fed: string) => number {
  return (source, fed) => rows.find((row) => row.source === source)?.errors[fed] ?? Number.NaN;
}

function transferClaims(table: TransferTable): Claim[] {
  const at = reader(table);
  const models = TABLE_1_MODELS;
  const rowsBut = (fed: string, source: string) => models.filter((name) => name !== fed && name !== source);
  const strongest = (source: string, fed: string) =>
    rowsBut(fed, source).every((other) => at(source, fed) > at(other, fed));
  const columns = models.filter((name) => name !== "fc10-1" && name !== "fc10-1e-4");
  const resistant = ["fc100-100-10", "fc200-200-10"].map((source) => ({
    source,
    others: models.filter((name) => name !== source && name !== "ae400-10").map((name) => at(source, name)),
  }));
  const above = ["fc10-1e-2", "fc10-1"].flatMap((source) =>
    models
      .filter((fed) => fed !== source)
      .map((fed) => ({ rate: at(source, fed), noise: Math.max(at("noise-0.1", fed), at("noise-0.3", fed)) })),
  );
  const nearest = above.reduce((least, pair) => (pair.rate - pair.noise < least.rate - least.noise ? pair : least));
  return [
    {
      claim:
        "table 2: examples made for FC10(1) fool each other model the most, but FC10(10⁻⁴), which FC10(10⁻²) fools more",
      holds: columns.every((fed) => strongest("fc10-1", fed)) && strongest("fc10-1e-2", "fc10-1e-4"),
      because: `${percents(columns.map((fed) => at("fc10-1", fed)))}; ${percents([at("fc10-1e-2", "fc10-1e-4")])}`,
    },
    {
      claim: "table 2: of all models AE400-10 is fooled least by the examples of the two sigmoid networks",
      holds: resistant.every(({ source, others }) => others.every((rate) => at(source, "ae400-10") < rate)),
      because: percents(resistant.map(({ source }) => at(source, "ae400-10"))),
    },
    {
      claim: "table 2: examples of FC10(10⁻²) and FC10(1) fool every model more than Gaussian noise of 0.1 or 0.3 does",
      holds: above.every(({ rate, noise }) => rate > noise),
      because: `the closest: ${percents([nearest.rate])} against ${percents([nearest.noise])}`,
    },
  ];
}

/** What "several times" and "near" are taken to mean. */
const SEVERAL = 2;
const NEAR = 0.015;

function amplificationClaims(minimum: TransferTable, amplified: TransferTable): Claim[] {
  const low = reader(minimum);
  const high = reader(amplified);
  const [p1, other, p2] = TABLE_3_MODELS;
  const same = [high(p1, other), high(other, p1)];
  const across = [high(p1, p2), high(other, p2), high(p2, p1), high(p2, other)];
  const grown = TABLE_3_MODELS.flatMap((source) =>
    TABLE_3_MODELS.filter((fed) => fed !== source).map((fed) => high(source, fed) / low(source, fed)),
  );
  const noise = TABLE_3_MODELS.map((fed) => high("noise-0.1", fed) - low("noise-0.06", fed));
  return [
    {
      claim: "table 4: amplified examples fool the model of the same half more than those of the other half",
      holds: Math.min(...same) > Math.max(...across),
      because: `${percents(same)} against ${percents(across)}`,
    },
    {
      claim: `table 4: amplification makes every transfer at least ${SEVERAL} times as frequent`,
      holds: grown.every((factor) => factor >= SEVERAL),
      because: `${grown.map((factor) => factor.toFixed(1)).join(", ")} times`,
    },
    {
      claim: `table 4: noise of 0.1 does within ${100 * NEAR} points what noise of 0.06 does`,
      holds: noise.every((points) => Math.abs(points) <= NEAR),
      because: `${percents(noise)} points`,
    },
  ];
}
