/**
 * How similar the images of a ranking are, where the paper shows pictures: purity and entropy of their labels, and their
 * mean cosine in pixels and in the features of a layer.
 */
import { type Labels, outOfRange, requireLength } from "../../check.ts";
import { naturalLogarithm } from "../../numeric/logarithm.ts";
import type { Ranking } from "./top-rows.ts";

/** A number for each column of a ranking. */
export interface Coherence {
  /** f64[columns], the share of the most frequent label. */
  purity: Float64Array;
  /** f64[columns], the entropy of the labels, in bits. */
  entropy: Float64Array;
  /** f64[columns], the mean cosine of the pixels of two of the images, over all pairs. */
  pixels: Float64Array;
  /** f64[columns], the same for their features. */
  features: Float64Array;
}

/** What the images of a ranking are compared by. */
export interface CoherenceInput {
  /** A label for each row. */
  labels: Labels;
  /** f32[n, width] */
  pixels: Float32Array;
  /** f32[rows ranked, width], the features of the rows that `featureRows` lists, in its order. */
  features: Float32Array;
  /** The rows that the features are of, ascending. */
  featureRows: ArrayLike<number>;
  /** Rows in all. */
  count: number;
}

/** The rows that occur in any of the rankings, ascending, each once: those whose features are needed. */
export function rowsNamed(rankings: readonly Ranking[]): Uint32Array {
  const all = new Set<number>();
  for (const { rows } of rankings) for (const row of rows) all.add(row);
  return Uint32Array.from(all).sort();
}

/**
 * What the images that each column of a ranking has in common, by label, pixels and features; f64[columns] each.
 * Throws where labels are not one a row, or features of a ranked row are missing.
 */
export function coherence(ranking: Ranking, input: CoherenceInput): Coherence {
  const { labels, pixels, features, featureRows, count } = input;
  const { columns, top, rows } = ranking;
  requireLength("labels", labels, count, "labels, one a row");
  const place = new Map(Array.from(featureRows, (row, i) => [row, i]));
  const [wide, featureWidth] = [pixels.length / count, features.length / featureRows.length];
  const out = { purity: new Float64Array(columns), entropy: new Float64Array(columns) };
  const cosines = { pixels: new Float64Array(columns), features: new Float64Array(columns) };
  for (let c = 0; c < columns; c++) {
    const own = Array.from(rows.subarray(c * top, (c + 1) * top));
    const { purity, entropy } = labelCoherence(own.map((row) => labels[row] as number));
    out.purity[c] = purity;
    out.entropy[c] = entropy;
    cosines.pixels[c] = meanCosine(own.map((row) => pixels.subarray(row * wide, (row + 1) * wide)));
    cosines.features[c] = meanCosine(
      own.map((row) => {
        const at = place.get(row) ?? outOfRange("features", `those of row ${row}`, "none");
        return features.subarray(at * featureWidth, (at + 1) * featureWidth);
      }),
    );
  }
  return { ...out, ...cosines };
}

/** Share of the most frequent label, and -sum p log2 p, the labels ascending. */
export function labelCoherence(labels: readonly number[]): { purity: number; entropy: number } {
  const counts = new Map<number, number>();
  for (const label of [...labels].sort((a, b) => a - b)) counts.set(label, (counts.get(label) ?? 0) + 1);
  let most = 0;
  let entropy = 0;
  for (const count of counts.values()) {
    const p = count / labels.length;
    most = Math.max(most, p);
    if (p < 1) entropy -= (p * naturalLogarithm(p)) / Math.LN2;
  }
  return { purity: most, entropy };
}

/** The mean cosine of two vectors, over all pairs; a zero vector is at right angles to all. 1 for a single vector. */
function meanCosine(vectors: readonly Float32Array[]): number {
  const lengths = vectors.map((v) => Math.sqrt(dot(v, v)));
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < vectors.length; i++) {
    for (let j = 0; j < i; j++, pairs++) {
      const scale = (lengths[i] as number) * (lengths[j] as number);
      if (scale > 0) sum += dot(vectors[i] as Float32Array, vectors[j] as Float32Array) / scale;
    }
  }
  return pairs === 0 ? 1 : sum / pairs;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
