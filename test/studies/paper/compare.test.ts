/** The paper's numbers compared with themselves, and with tables in which one thing is wrong. */
import { describe, expect, test } from "vitest";
import {
  claims,
  compareWithPaper,
  difference,
  isDistortion,
  type PaperTables,
  REFERENCE,
  TABLE_1_MODELS,
  TABLE_3_MODELS,
  type TransferTable,
  tableCells,
} from "../../../src/studies/paper/index.ts";

/** The table with one rate changed. */
function with_(table: TransferTable, source: string, fed: string, rate: number): TransferTable {
  return {
    rows: table.rows.map((row) => (row.source === source ? { ...row, errors: { ...row.errors, [fed]: rate } } : row)),
  };
}

test("every number of the paper's four tables has an id of its own", () => {
  const cells = tableCells(REFERENCE);
  const transfers = TABLE_1_MODELS.length + 2;
  const halves = TABLE_3_MODELS.length + 1;
  expect(cells.size).toBe(6 * 3 + transfers * 7 + 3 * 4 + 2 * halves * 4);
  expect(cells.get("table1/fc200-200-10/testError")).toBe(0.0154);
  expect(cells.get("table2/fc10-1/ae400-10")).toBe(0.344);
  expect(cells.get("table3/fc100-100-10-p2/p1Error")).toBe(0.023);
  expect(cells.get("table4/amplified/fc123-456-10-p1/fc100-100-10-p2")).toBe(0.22);
  expect([...cells.keys()].filter(isDistortion)).toHaveLength(6 + transfers + 3 + 2 * halves);
  expect([...cells.values()].every((value) => value >= 0 && value <= 1)).toBe(true);
});

test("the paper is no distance from itself, and bears out its own claims", () => {
  const { transfer, errors, distortions, claims: found } = compareWithPaper(REFERENCE);
  expect(transfer).toMatchObject({ cells: 30, mean: 0, largest: 0 });
  expect(errors).toMatchObject({ cells: 6 * 2 + 3 * 3, mean: 0 });
  expect(distortions).toMatchObject({ cells: 9, mean: 0 });
  expect(found.filter(({ holds }) => !holds)).toEqual([]);
  expect(found).toHaveLength(7);
});

test("differences are those of the cells that both have: mean, largest and where", () => {
  const table2 = with_(with_(REFERENCE.table2, "fc10-1", "ae400-10", 0.444), "ae400-10", "fc10-1e-2", 0.11);
  const { transfer } = compareWithPaper({ table2 });
  expect(transfer?.mean).toBeCloseTo((0.1 + 0.05) / 30, 12);
  expect(transfer?.largest).toBeCloseTo(0.1, 12);
  expect(transfer?.at).toBe("table2/fc10-1/ae400-10");
  const table1 = REFERENCE.table1.map((row) => ({ ...row, distortion: 1.1 * row.distortion }));
  expect(compareWithPaper({ table1 }).distortions?.largest).toBeCloseTo(0.1, 12);
  expect(compareWithPaper({ table1 }).transfer).toBeUndefined();
  expect(difference({ table1 }, () => false)).toBeUndefined();
});

describe("a claim fails where its numbers are turned around", () => {
  const { table1, table2, table4 } = REFERENCE;
  const longer = (name: string, distortion: number) => ({
    table1: table1.map((row) => (row.model === name ? { ...row, distortion } : row)),
  });
  const [p1, , p2] = TABLE_3_MODELS;
  const minimum = (source: string, fed: string, rate: number) => ({
    ...table4,
    minimum: with_(table4.minimum, source, fed, rate),
  });
  const amplified = (source: string, fed: string, rate: number) => ({
    ...table4,
    amplified: with_(table4.amplified, source, fed, rate),
  });
  const most = "examples made for FC10(1) fool each other model the most";
  // Each part of a claim alone: a claim of two halves, or of several models, has a case for each.
  const cases: readonly [title: string, tables: PaperTables][] = [
    ["distortions in table 1", longer("fc100-100-10", 0.063)],
    ["distortions in table 1", longer("fc10-1e-4", 0.086)],
    ["distortions in table 1", longer("ae400-10", 0.1)],
    ["distortions in table 1", longer("fc10-1e-2", 0.14)],
    ...["fc10-1e-2", "fc100-100-10", "fc200-200-10", "ae400-10"].map((fed): [string, PaperTables] => [
      most,
      { table2: with_(table2, "fc10-1e-4", fed, 0.9) },
    ]),
    [most, { table2: with_(table2, "fc10-1e-2", "fc10-1e-4", 0.7) }],
    ["AE400-10 is fooled least", { table2: with_(table2, "fc100-100-10", "ae400-10", 0.066) }],
    ["AE400-10 is fooled least", { table2: with_(table2, "fc200-200-10", "ae400-10", 0.3) }],
    ["more than Gaussian noise", { table2: with_(table2, "noise-0.3", "fc100-100-10", 0.36) }],
    ["more than Gaussian noise", { table2: with_(table2, "noise-0.1", "ae400-10", 0.098) }],
    ["of the same half more", { table4: amplified(p2, p1, 0.99) }],
    ["of the same half more", { table4: amplified(p1, p2, 0.97) }],
    ["at least 2 times", { table4: minimum(p1, p2, 0.3) }],
    ["noise of 0.1 does", { table4: amplified("noise-0.1", p2, 0.2) }],
    ["noise of 0.1 does", { table4: minimum("noise-0.06", p1, 0.05) }],
  ];
  for (const [i, [title, tables]] of cases.entries()) {
    test(`${title} (${i + 1})`, () => {
      const failing = claims(tables).filter(({ holds }) => !holds);
      expect(failing.map(({ claim }) => claim)).toEqual([expect.stringContaining(title)]);
    });
  }
});
