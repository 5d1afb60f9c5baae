/** What is drawn of a study of pockets: probabilities along the way, and answers in planes. */
import type { Raster } from "../../data/raster.ts";
import type { PocketsRecord } from "../../studies/pockets/record.ts";
import type { Drawing } from "../kit/drawing.ts";
import { plainLines } from "../kit/lines.ts";

/** Colours of the answers of a plane: the true one is paper. The others take these in the order in which they cover it. */
const TRUTH = [244, 241, 235] as const;
const OTHERS = [
  [217, 130, 43],
  [59, 125, 216],
  [47, 158, 119],
  [163, 92, 196],
  [209, 73, 91],
  [58, 166, 185],
  [176, 138, 46],
  [111, 120, 214],
  [196, 106, 155],
] as const;
const REST = [138, 143, 152] as const;
const INK = [34, 22, 10] as const;
/** Pixels of a point of the plane. */
const ENLARGED = 3;

const TRUE_COLOUR = "#8a8f98";
const OWN_COLOUR = "#d9822b";
const OTHER_COLOUR = "#3b7dd8";

/** Mean probabilities along the way: of the true label, of the one found, of all others; faint, the true label's of each image. */
export function pathDrawing({ images, probabilities, settings }: PocketsRecord): Drawing {
  const { steps, reach } = settings.path;
  const points = steps + 1;
  const classes = probabilities.length / (images.length * points);
  const of = (image: number, label: number) =>
    Array.from({ length: points }, (_, k) => probabilities[(image * points + k) * classes + label] as number);
  const truths = images.map(({ label }, i) => of(i, label));
  const founds = images.map(({ answer }, i) => of(i, answer));
  const mean = (all: readonly number[][]) =>
    Array.from({ length: points }, (_, k) => all.reduce((sum, one) => sum + (one[k] as number), 0) / all.length);
  const [truth, found] = [mean(truths), mean(founds)];
  const others = truth.map((p, k) => Math.min(1, Math.max(0, 1 - p - (found[k] as number))));
  return plainLines(
    truth.map((_, k) => (reach * k) / steps),
    [
      ...truths.map((values) => ({ values })),
      { name: "true label", colour: TRUE_COLOUR, values: truth },
      { name: "label found", colour: OWN_COLOUR, values: found },
      { name: "all others", colour: OTHER_COLOUR, values: others },
    ],
    { x: "t of x + t (x′ − x)", y: "probability", mark: { at: 1, label: "x′" } },
  );
}

/** A label of a plane with its colour and the share of the plane that it covers. */
export interface PlaneLabel {
  label: number;
  colour: readonly number[];
  share: number;
}

/** The labels of a plane, the true one first, then those that cover most. */
export function planeLabels(answers: Int32Array, truth: number): PlaneLabel[] {
  const counts = new Map<number, number>();
  for (const label of answers) counts.set(label, (counts.get(label) ?? 0) + 1);
  const others = [...counts.keys()]
    .filter((label) => label !== truth)
    .sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number) || a - b);
  return [truth, ...others].map((label, i) => ({
    label,
    colour: i === 0 ? TRUTH : (OTHERS[i - 1] ?? REST),
    share: (counts.get(label) ?? 0) / answers.length,
  }));
}

/** The plane as a picture: x in the middle, x' to the right of it, both marked. */
export function planeRaster(
  answers: Int32Array,
  truth: number,
  { size, reach }: { size: number; reach: number },
): Raster {
  const colours = new Map(planeLabels(answers, truth).map(({ label, colour }) => [label, colour]));
  const width = size * ENLARGED;
  const data = new Uint8Array(3 * width * width);
  const put = (x: number, y: number, colour: readonly number[]) => {
    if (x < 0 || y < 0 || x >= width || y >= width) return;
    for (let k = 0; k < 3; k++) data[3 * (y * width + x) + k] = colour[k] as number;
  };
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / ENLARGED) * size + Math.floor(x / ENLARGED);
      put(x, y, colours.get(answers[at] as number) ?? REST);
    }
  }
  const middle = Math.floor(width / 2);
  const step = Math.round(((size - 1) / (2 * reach)) * ENLARGED);
  for (let d = -3; d <= 3; d++) {
    put(middle + d, middle, INK);
    put(middle, middle + d, INK);
    put(middle + step + d, middle + d, INK);
    put(middle + step + d, middle - d, INK);
  }
  return { width, height: width, channels: 3, data };
}
