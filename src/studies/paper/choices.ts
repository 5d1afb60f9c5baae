/**
 * What the paper leaves open and how it is read here, table by table, in the words that stand beside the numbers. The figures are
 * those of a replication made before this library, with all readings.
 */
import type { PaperOptions, TableNumber } from "./options.ts";

/** A whole number with a comma between thousands. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

function target({ target: rule, seed }: PaperOptions): string {
  const rules: Readonly<Record<string, string>> = {
    random: `a random wrong label (seed ${seed})`,
    next: "the next label, (true + 1) mod 10",
    "runner-up": "the wrong label that the model finds likeliest",
    "least-likely": "the wrong label that the model finds least likely",
    all: "every wrong label, of which the nearest counts",
  };
  const chosen = typeof rule === "number" ? `${rule} for every image, none of which is a ${rule}` : rules[rule];
  return (
    `Target: ${chosen}; the paper does not say. Random labels and the next label fit its numbers; the nearest of all labels is at about ` +
    "half its distortions (--target)."
  );
}

function sample({ count, seed }: PaperOptions, split: string): string {
  return (
    `Images: ${grouped(count)} of the ${split} images, drawn at random without replacement (seed ${seed}); the paper's rates look like those ` +
    "of 256 images. All of them are driven to their targets, those that the model misreads too (--count, --seed)."
  );
}

function average({ distortion }: PaperOptions, table: 1 | 3): string {
  const better =
    table === 1 ? "the pooled one fits the paper's table 1 better" : "the mean fits the paper's table 3 better";
  return distortion === "pooled"
    ? `Average distortion: root mean square over all pixels of all images. The mean of the images' own is some 8 % smaller; ${better} (--distortion mean).`
    : `Average distortion: mean of the images' own. The root mean square over all pixels of all images is some 8 % larger; ${better} (--distortion pooled).`;
}

const TRAINING =
  "Training: mean cross-entropy plus (λ/2)|W|² for the weights of each layer, by full-batch L-BFGS; linear models without biases, from " +
  "zeros. With λ/k for a layer of k units the errors of the linear models do not come out.";

const AUTOENCODER =
  "AE400-10: 400 sigmoid units of a sparse autoencoder, trained without labels, most of the way on 12,000 training images and at last on all, then " +
  "frozen under a softmax; the paper does not state its sparsity.";

function noise({ noise: mode, seed }: PaperOptions): string {
  return mode === "plain"
    ? `Noise: not clipped to [0, 1] (seed ${seed}), since clipped noise of 0.3 gives the sigmoid networks some 30 % errors, where the paper has 5 % (--noise clipped); the clipped one stands beside it.`
    : `Noise: clipped to [0, 1] (seed ${seed}); the paper's cannot have been (--noise plain), which stands beside it.`;
}

function amplification({ amplification: mode }: PaperOptions): string {
  return mode === "common"
    ? "Amplification: x + f (x′ − x) with one f for all images, 0.1 divided by their pooled distortion, not clipped. As printed the result would have a " +
        "distortion of 0.0036; a factor for each image weakens those beyond 0.1, which then no longer fool their own model, where the paper has 100 % (--amplification per-image)."
    : "Amplification: each image to exactly 0.1, which weakens those whose smallest change is larger; the paper's 100 % on the diagonal needs one factor for all (--amplification common).";
}

const HALVES =
  "Halves: P1 is the first 30,000 training images, P2 the others; the paper does not say how it drew them. FC123-456-10, of which no λ is stated, has those of FC100-100-10.";

/** The choices behind a table, a sentence or two each. */
export function choices(table: TableNumber, options: PaperOptions): string[] {
  switch (table) {
    case 1:
      return [TRAINING, AUTOENCODER, sample(options, "training"), target(options), average(options, table)];
    case 2:
      return [sample(options, "training"), target(options), noise(options)];
    case 3:
      return [HALVES, sample(options, "test"), target(options), average(options, table)];
    case 4:
      return [sample(options, "test"), target(options), amplification(options), noise(options)];
  }
}
