/** The record of the study "features": what the filters of a network trained without labels look like, and what its top features are worth. */
import type { NamedArrays } from "../../data/digest.ts";
import type { PermutationTest } from "../../numeric/permutation-test.ts";
import type { Rate } from "../../numeric/rate.ts";
import type { Identified, IdentifiedModel, RecordHead, RecordSeal, Timing } from "../record.ts";

/** The statistics of a filter's shape that are compared. */
export const SHAPE_MEASURES = ["orientation", "bandwidth", "spread"] as const;
/** One of them. */
export type ShapeMeasure = (typeof SHAPE_MEASURES)[number];

/** What a linear classifier is given: the pixels, the top features of the network before training, or those of the network. */
export const FEATURE_KINDS = ["pixels", "random", "learnt"] as const;
/** One of them. */
export type FeatureKind = (typeof FEATURE_KINDS)[number];

/** What a linear classifier on frozen features gets wrong. */
export interface FeatureErrors {
  /** What it was given. */
  kind: FeatureKind;
  /** Numbers a row. */
  size: number;
  /** lambda of (lambda / 2) |W|^2, the one of the grid with the fewest errors on the validation images. */
  decay: number;
  /** Wrong among the test images. */
  test: Rate;
}

/** A detector of one class against the rest, from each kind of features. */
export interface Detector {
  /** The class. */
  label: number;
  /** Share of the class among the test images: the error of answering "no" always. */
  base: number;
  /** One a kind of features. */
  errors: readonly FeatureErrors[];
}

/** The record of a study of features. */
export interface FeaturesRecord extends RecordHead<"features">, RecordSeal {
  /** The network. */
  model: IdentifiedModel;
  /** The images. */
  data: Identified;
  /** What it took. */
  timing: Timing;
  /** The layer whose filters are shown, its filters, their side in pixels, and how many positions have filters of their own. */
  filters: { layer: string; count: number; side: number; positions: number };
  /** Learnt filters against those before training, by each measure. */
  tests: Readonly<Record<ShapeMeasure, PermutationTest>>;
  /** A classifier of all classes on each kind of features. */
  classifiers: readonly FeatureErrors[];
  /** One class against the rest. */
  detectors: readonly Detector[];
  /** f32[filters, side, side]: learnt, and before training. */
  learnt: Float32Array;
  /** f32[filters, side, side]: the filters before training. */
  random: Float32Array;
  /** f64[filters, measures]: of the learnt filters. */
  learntShapes: Float64Array;
  /** f64[filters, measures]: of the filters before training. */
  randomShapes: Float64Array;
}

type Computed = Pick<FeaturesRecord, "filters" | "learnt" | "random" | "learntShapes" | "randomShapes">;

/** Everything that was computed, as arrays by name: what is stored as .npy, and what the digest of the run covers. */
export function featuresArrays(
  { filters, learnt, random, learntShapes, randomShapes }: Computed,
  answers: { classifiers: readonly FeatureErrors[]; detectors: readonly Detector[] },
): NamedArrays {
  const shape = [filters.count, filters.side, filters.side];
  const measures = [filters.count, SHAPE_MEASURES.length];
  return {
    learnt: { data: learnt, shape },
    random: { data: random, shape },
    learnt_shapes: { data: learntShapes, shape: measures },
    random_shapes: { data: randomShapes, shape: measures },
    classifier_hits: { data: Uint32Array.from(answers.classifiers, ({ test }) => test.hits) },
    detector_hits: {
      data: Uint32Array.from(answers.detectors.flatMap(({ errors }) => errors.map(({ test }) => test.hits))),
      shape: [answers.detectors.length, FEATURE_KINDS.length],
    },
  };
}
