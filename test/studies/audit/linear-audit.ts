/** A linear model of two classes on 4 x 4 images, of which every smallest change is known, and an audit of it. */
import type { Dataset } from "../../../src/data/index.ts";
import type { Network } from "../../../src/model/index.ts";
import { type AuditStudyOptions, auditStudy } from "../../../src/studies/index.ts";
import { dense, networkOf } from "../../support/networks.ts";
import { noise32 } from "../../support/noise.ts";

export const COUNT = 12;
const SIZE = 16;

/** Far from the sides of the box, so that no smallest change meets one. */
const rows = noise32(COUNT * SIZE, 5, 0.1).map((value) => 0.5 + value);
const slope = noise32(SIZE, 9, 1);

/** Scores w . x - b and its negative: the answer is 0 where w . x > b. */
export function linearNetwork(border: number): Network {
  const network = networkOf([SIZE], [dense("fc", SIZE, 2, "linear")]);
  network.setParameters(Float32Array.from([...Array.from(slope).flatMap((w) => [w, -w]), -border, border]));
  return network;
}

const product = (row: number) =>
  rows.subarray(row * SIZE, (row + 1) * SIZE).reduce((sum, value, i) => sum + value * (slope[i] as number), 0);
const products = Array.from({ length: COUNT }, (_, row) => product(row));
/** Between the images, so that both answers occur. */
export const BORDER = (() => {
  const sorted = products.toSorted((a, b) => a - b);
  return ((sorted[5] as number) + (sorted[6] as number)) / 2;
})();
export const network = linearNetwork(BORDER);

/** The last image has the wrong label. */
const labels = Uint8Array.from(products, (value, row) => Number(value > BORDER === (row === COUNT - 1)));
export const dataset: Dataset = { rows, labels, count: COUNT, shape: [4, 4, 1], classes: 2 };

const norms = {
  l2: Math.sqrt(slope.reduce((sum, w) => sum + w * w, 0)),
  linf: slope.reduce((sum, w) => sum + Math.abs(w), 0),
  l1: slope.reduce((most, w) => Math.max(most, Math.abs(w)), 0),
};

/** The length of the smallest change that alters the answer: the distance to the border in the dual norm. */
export function exactLength(norm: keyof typeof norms, row: number): number {
  return Math.abs((products[row] as number) - BORDER) / norms[norm];
}

/**
 * What rounding may move a border by: each score is a sum of 16 products and a bias in single precision, off by 17 roundings of the sum of
 * their sizes at most, and the two scores differ by twice the way.
 */
export function rounding(norm: keyof typeof norms): number {
  const sizes = slope.reduce((sum, w) => sum + 0.6 * Math.abs(w), 0) + Math.abs(BORDER);
  return (17 * 2 ** -24 * sizes) / norms[norm];
}

export function audit(options: AuditStudyOptions = {}, of: Network = network, name = "linear") {
  return auditStudy({ network: of, name }, { dataset, name: "twelve" }, options);
}
