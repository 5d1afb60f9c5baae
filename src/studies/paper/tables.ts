/**
 * The shape of tables 1 to 4, the same for what is measured and for what the paper prints. Rates are shares of images in [0, 1],
 * distortions root mean square changes of a pixel in [0, 1]. Every number has an id, `table2/fc10-1/ae400-10`, by which
 * the paper's, those of other training seeds and the digest are put beside it.
 */

/** A model and what can be said of it without another. */
export interface Table1Row {
  model: string;
  trainError: number;
  testError: number;
  /** Average distortion of its adversarial examples. */
  distortion: number;
}

/** Images made for `source` (a model, or `noise-<std>`), fed to every model. */
export interface TransferTableRow {
  source: string;
  distortion: number;
  /** Error rate by the name of the model that is fed. */
  errors: Readonly<Record<string, number>>;
}

export interface TransferTable {
  rows: readonly TransferTableRow[];
}

export interface Table3Row {
  model: string;
  /** Error rates on the two halves of the training set. */
  p1Error: number;
  p2Error: number;
  testError: number;
  distortion: number;
}

/** At the minimum distortion, and amplified to 0.1. */
export interface Table4 {
  minimum: TransferTable;
  amplified: TransferTable;
}

/** The four tables; a run may be of some of them. */
export interface PaperTables {
  table1?: readonly Table1Row[];
  table2?: TransferTable;
  table3?: readonly Table3Row[];
  table4?: Table4;
}

function transferCells(table: string, { rows }: TransferTable): [string, number][] {
  return rows.flatMap(({ source, distortion, errors }) => [
    ...Object.entries(errors).map(([model, rate]): [string, number] => [`${table}/${source}/${model}`, rate]),
    [`${table}/${source}/distortion`, distortion] as [string, number],
  ]);
}

/** Every number of the tables by its id, in the order of the page. */
export function tableCells({ table1, table2, table3, table4 }: PaperTables): Map<string, number> {
  return new Map<string, number>([
    ...(table1 ?? []).flatMap(({ model, trainError, testError, distortion }): [string, number][] => [
      [`table1/${model}/trainError`, trainError],
      [`table1/${model}/testError`, testError],
      [`table1/${model}/distortion`, distortion],
    ]),
    ...(table2 ? transferCells("table2", table2) : []),
    ...(table3 ?? []).flatMap(({ model, p1Error, p2Error, testError, distortion }): [string, number][] => [
      [`table3/${model}/p1Error`, p1Error],
      [`table3/${model}/p2Error`, p2Error],
      [`table3/${model}/testError`, testError],
      [`table3/${model}/distortion`, distortion],
    ]),
    ...(table4 ? transferCells("table4/minimum", table4.minimum) : []),
    ...(table4 ? transferCells("table4/amplified", table4.amplified) : []),
  ]);
}

/** Whether a number is a distortion; all others are rates. */
export function isDistortion(id: string): boolean {
  return id.endsWith("/distortion");
}
