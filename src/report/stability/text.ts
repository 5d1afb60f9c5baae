/** A stability analysis in a few lines, for a terminal, and in one sentence, for a page. */
import type { LayerBound } from "../../analysis/index.ts";
import { mean } from "../../numeric/statistics.ts";
import { bothEnds } from "../../studies/certify/record.ts";
import type { StabilityImage, StabilityLayer, StabilityRecord } from "../../studies/stability/record.ts";
import { bothEndsWords, bracketed } from "../certify/text.ts";
import { counted, duration, figure, superscript, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";

/** A bound: four digits, the product of many layers as a power of ten. */
export function boundText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "∞";
  if (value >= 1e6) {
    const [digits, exponent] = value.toExponential(2).split("e+");
    return `${digits}·10${superscript(exponent as string)}`;
  }
  return value >= 1000 ? whole(value) : String(Number(value.toPrecision(4)));
}

/** Layers that do something to a change: not those that merely move numbers. */
export function shownLayers(layers: readonly StabilityLayer[]): StabilityLayer[] {
  return layers.filter(({ method }) => !["moves numbers", "the identity", "left out"].includes(method));
}

/** Layers with a bound that is not computed but derived: theirs says nothing of the computation. */
const NO_GAP: readonly string[] = ["LocalResponseNormalization", "LayerNormalization"];

/** The largest relative gap between the two bounds of a layer, of the paper's constant where the layer is a convolution. */
export function widestGap(layers: readonly LayerBound[]): number {
  return layers.reduce((most, { bound, lower, plane, className }) => {
    if (NO_GAP.includes(className) || lower === 0) return most;
    return Math.max(most, plane ? plane.upper / plane.lower - 1 : bound / lower - 1);
  }, 0);
}

/** Both ends of the same question, the answer that was pushed for: images with a radius by linear bounds. */
export function linearEnds(images: readonly StabilityImage[]): { certified: number; found: number }[] {
  return bracketed(images.map(({ linear = 0, l2 }) => ({ certified: linear, found: l2 })));
}

/** Means over the images. */
export function meanOf(images: readonly StabilityImage[], pick: (image: StabilityImage) => number): number {
  return mean(images.map(pick));
}

export function stabilityVerdict({
  bound,
  layers,
  images,
}: Pick<StabilityRecord, "bound" | "layers" | "images">): string {
  const most = layers.at(-1)?.seen?.wholeMost;
  const allowed = `No change of an image moves the logits more than ${boundText(bound)} times as far`;
  if (most === undefined || images.length === 0) return `${allowed}.`;
  return `${allowed}; adversarial ones move them up to ${figure(most)} times.`;
}

/** The table of the paper, as rows of text with its heads. */
export function stabilityTable(report: StabilityRecord): string[][] {
  const hasPaper = report.layers.some(({ paper }) => paper !== undefined);
  const hasSeen = report.images.length > 0;
  const hasPlane = report.layers.some(({ plane }) => plane !== undefined);
  const head = ["layer", "size", "stride", "at least", ...(hasPlane ? ["plane, at least"] : []), "bound", "product"];
  const rows = shownLayers(report.layers).map((layer) => [
    layer.layer,
    layer.size || layer.className,
    layer.stride || "–",
    boundText(layer.lower),
    ...(hasPlane ? [layer.plane ? boundText(layer.plane.lower) : "–"] : []),
    boundText(layer.bound),
    boundText(layer.running),
    ...(hasPaper ? [layer.paper === undefined ? "–" : String(layer.paper)] : []),
    ...(hasSeen ? [seenText(layer.seen?.mean), seenText(layer.seen?.most), seenText(layer.seen?.wholeMost)] : []),
  ]);
  return [
    [...head, ...(hasPaper ? ["paper"] : []), ...(hasSeen ? ["seen, mean", "seen, most", "from input"] : [])],
    ...rows,
  ];
}

function seenText(value: number | undefined): string {
  return value === undefined ? "–" : figure(value);
}

/** Plain text, every line ended by a line feed. */
export function stabilityText(report: StabilityRecord): string {
  const { title, images, attacked, layers, timing, digest } = report;
  const lines: [label: string, text: string][] = [
    ["largest gap", `${(100 * widestGap(layers)).toFixed(3)} % between the two bounds of a layer`],
  ];
  if (images.length > 0) {
    const [found, certified] = [meanOf(images, ({ l2 }) => l2), meanOf(images, ({ certified: c }) => c)];
    lines.push([
      "certificate",
      `mean L2 ${figure(certified)} certified, ${figure(found)} found, in ${whole(images.length)} of ${counted(attacked, "image")} attacked`,
    ]);
    const ends = linearEnds(images);
    if (ends.length > 0) {
      const said = bothEndsWords("L2", bothEnds(ends));
      lines.push(["same label", `${said}: by linear bounds, of the answer that the attack pushed for`]);
    }
  }
  lines.push(["time", duration(timing.milliseconds)], ["digest", digest]);
  return `${title}\n${stabilityVerdict(report)}\n\n${aligned(stabilityTable(report))}\n${labelled(lines)}`;
}
