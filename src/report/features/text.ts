/** A study of features in a sentence, and in a few lines for a terminal. */
import { mean } from "../../numeric/statistics.ts";
import {
  FEATURE_KINDS,
  type FeatureErrors,
  type FeatureKind,
  type FeaturesRecord,
  SHAPE_MEASURES,
  type ShapeMeasure,
} from "../../studies/features/record.ts";
import { duration, figure, percent, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";
import { pText } from "../units/text.ts";

const KIND_WORDS: Readonly<Record<FeatureKind, string>> = {
  pixels: "pixels",
  random: "features before training",
  learnt: "learnt features",
};

const MEASURE_WORDS: Readonly<Record<ShapeMeasure, string>> = {
  orientation: "orientation (1: one direction)",
  bandwidth: "bandwidth (0: one frequency)",
  spread: "spread (1: all over the field)",
};

/** Mean test error of the detectors from one kind of features. */
function meanError({ detectors }: FeaturesRecord, kind: FeatureKind): number {
  return mean(detectors.map(({ errors }) => (errors.find((one) => one.kind === kind) as FeatureErrors).test.rate));
}

export function featuresVerdict(record: FeaturesRecord): string {
  const { means } = record.tests.orientation;
  const [learnt, random, pixels] = (["learnt", "random", "pixels"] as const).map((kind) =>
    percent(meanError(record, kind)),
  );
  return `Filters trained without labels have an orientation of ${figure(means[0])}, before training ${figure(means[1])}; detectors of one class are wrong on ${learnt} of the test images from the top features, ${random} from those before training, ${pixels} from pixels.`;
}

export function shapeTable({ tests }: FeaturesRecord): string[][] {
  return [
    ["of the filters", "learnt", "before training", "p"],
    ...SHAPE_MEASURES.map((measure) => {
      const { means, p } = tests[measure];
      return [MEASURE_WORDS[measure], figure(means[0]), figure(means[1]), pText(p)];
    }),
  ];
}

const rateWords = ({ test }: FeatureErrors): string =>
  `${percent(test.rate)} (${percent(test.low)} to ${percent(test.high)})`;

export function detectorTable({ detectors, classifiers }: FeaturesRecord): string[][] {
  return [
    ["test errors of", "always no", ...FEATURE_KINDS.map((kind) => KIND_WORDS[kind])],
    ...detectors.map(({ label, base, errors }) => [`a detector of ${label}`, percent(base), ...errors.map(rateWords)]),
    ["a classifier of all", "–", ...classifiers.map(rateWords)],
  ];
}

/** Plain text, every line ended by a line feed. */
export function featuresText(record: FeaturesRecord): string {
  const { title, filters, classifiers, timing, digest } = record;
  return `${title}\n${featuresVerdict(record)}\n\n${aligned(shapeTable(record))}\n${aligned(detectorTable(record))}\n${labelled(
    [
      [
        "filters",
        `${whole(filters.count)} of ${filters.side} x ${filters.side} pixels, at ${whole(filters.positions)} positions`,
      ],
      ["features", classifiers.map(({ kind, size }) => `${KIND_WORDS[kind]} ${whole(size)}`).join(", ")],
      ["time", duration(timing.milliseconds)],
      ["digest", digest],
    ],
  )}`;
}
