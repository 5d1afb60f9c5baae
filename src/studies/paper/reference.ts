/** The numbers that the paper prints: Szegedy et al., "Intriguing properties of neural networks", ICLR 2014, tables 1 to 4. */
import { TABLE_1_MODELS, TABLE_3_MODELS } from "./models.ts";
import type { PaperTables, TransferTableRow } from "./tables.ts";

/** One row of a transfer table: per cents in the order of the models, then the distortion. */
function row(models: readonly string[], source: string, percents: readonly number[], distortion: number) {
  const errors = Object.fromEntries(models.map((model, i) => [model, (percents[i] as number) / 100]));
  return { source, distortion, errors } satisfies TransferTableRow;
}

const table2 = (source: string, percents: readonly number[], distortion: number) =>
  row(TABLE_1_MODELS, source, percents, distortion);
const table4 = (source: string, percents: readonly number[], distortion: number) =>
  row(TABLE_3_MODELS, source, percents, distortion);

export const REFERENCE: Required<PaperTables> = {
  table1: [
    { model: "fc10-1e-4", trainError: 0.067, testError: 0.074, distortion: 0.062 },
    { model: "fc10-1e-2", trainError: 0.1, testError: 0.094, distortion: 0.1 },
    { model: "fc10-1", trainError: 0.212, testError: 0.2, distortion: 0.14 },
    { model: "fc100-100-10", trainError: 0, testError: 0.0164, distortion: 0.058 },
    { model: "fc200-200-10", trainError: 0, testError: 0.0154, distortion: 0.065 },
    { model: "ae400-10", trainError: 0.0057, testError: 0.019, distortion: 0.086 },
  ],
  table2: {
    rows: [
      table2("fc10-1e-4", [100, 11.7, 22.7, 2, 3.9, 2.7], 0.062),
      table2("fc10-1e-2", [87.1, 100, 35.2, 35.9, 27.3, 9.8], 0.1),
      table2("fc10-1", [71.9, 76.2, 100, 48.1, 47, 34.4], 0.14),
      table2("fc100-100-10", [28.9, 13.7, 21.1, 100, 6.6, 2], 0.058),
      table2("fc200-200-10", [38.2, 14, 23.8, 20.3, 100, 2.7], 0.065),
      table2("ae400-10", [23.4, 16, 24.8, 9.4, 6.6, 100], 0.086),
      table2("noise-0.1", [5, 10.1, 18.3, 0, 0, 0.8], 0.1),
      table2("noise-0.3", [15.6, 11.3, 22.7, 5, 4.3, 3.1], 0.3),
    ],
  },
  table3: [
    { model: "fc100-100-10-p1", p1Error: 0, p2Error: 0.024, testError: 0.02, distortion: 0.062 },
    { model: "fc123-456-10-p1", p1Error: 0, p2Error: 0.025, testError: 0.021, distortion: 0.059 },
    { model: "fc100-100-10-p2", p1Error: 0.023, p2Error: 0, testError: 0.021, distortion: 0.058 },
  ],
  table4: {
    minimum: {
      rows: [
        table4("fc100-100-10-p1", [100, 26.2, 5.9], 0.062),
        table4("fc123-456-10-p1", [6.25, 100, 5.1], 0.059),
        table4("fc100-100-10-p2", [8.2, 8.2, 100], 0.058),
        table4("noise-0.06", [2.2, 2.6, 2.4], 0.06),
      ],
    },
    amplified: {
      rows: [
        table4("fc100-100-10-p1", [100, 98, 43], 0.1),
        table4("fc123-456-10-p1", [96, 100, 22], 0.1),
        table4("fc100-100-10-p2", [27, 50, 100], 0.1),
        table4("noise-0.1", [2.6, 2.8, 2.7], 0.1),
      ],
    },
  },
};
