/** A study of pockets in a sentence, and in a few lines for a terminal. */
import { exponential } from "../../numeric/exponential.ts";
import type { Rate } from "../../numeric/rate.ts";
import { mean } from "../../numeric/statistics.ts";
import type { PocketBall, PocketElsewhere, PocketsRecord } from "../../studies/pockets/record.ts";
import { counted, duration, figure, percent, superscript, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";

/** A share that may be rare: two digits of its per cent however small it is. */
function rare(p: number): string {
  if (p === 0 || p >= 0.001) return percent(p);
  const [digits = "", exponent] = String(Number((100 * p).toPrecision(2))).split("e");
  return exponent === undefined ? `${digits} %` : `${digits}·10${superscript(exponent)} %`;
}

/** "129 of 10,000 (1.1 % to 1.5 %)", with the 95 % interval; of none its upper end. */
export function rareShare({ hits, count, low, high }: Rate): string {
  const interval =
    hits === 0 ? `at most ${rare(high)}` : hits === count ? `at least ${rare(low)}` : `${rare(low)} to ${rare(high)}`;
  return `${whole(hits)} of ${whole(count)} (${interval})`;
}

/** "twice" and the like. */
export function timesWords(factor: number): string {
  return factor === 1 ? "the distance found" : factor === 2 ? "twice that" : `${factor} times that`;
}

export function pocketsVerdict({ images, directions }: Pick<PocketsRecord, "images" | "directions">): string {
  const [first, ...others] = directions;
  const far = others.at(-1) ?? first;
  if (!first || !far) return "";
  const { factor, inBox } = first;
  const at = factor === 1 ? "of the same length" : `${factor} times as long`;
  const near = `Of ${whole(inBox.count)} random directions ${at}, ${inBox.hits === 0 ? "none" : whole(inBox.hits)} changed the answer to any of ${counted(images.length, "image")}`;
  if (far === first) return `${near}; the direction that was found changed each.`;
  return `${near}; of those ${far.factor} times as long, ${rare(far.inBox.rate)} did. The direction that was found changed each.`;
}

/** The largest share of directions that can reach a plane at the distance found, where they are `factor` times as long: a cap of the sphere, below e^(-n / (2 factor^2)) of it. */
export function planeShare(inputs: number, factor: number): number {
  const exponent = inputs / (2 * factor * factor);
  return factor <= 1 ? 0 : exponent > 600 ? 0 : exponential(-exponent);
}

function planeWords(inputs: number, factor: number): string {
  if (factor <= 1) return "none";
  const share = planeShare(inputs, factor);
  return share === 0 || share < 1e-12 ? "< 10⁻¹⁰ %" : `< ${rare(share)}`;
}

export function directionTable({ directions, images, model }: PocketsRecord): string[][] {
  const inputs = model.inputShape.reduce((a, b) => a * b, 1);
  return [
    ["length", "along the walls", "without walls", "images", "a plane would give"],
    ...directions.map(({ factor, inBox, beyond, images: some }) => [
      timesWords(factor),
      rareShare(inBox),
      rareShare(beyond),
      `${whole(some)} of ${whole(images.length)}`,
      planeWords(inputs, factor),
    ]),
  ];
}

const centreWords = (depth: number): string => (depth === 1 ? "x′" : `x + ${depth} (x′ − x)`);

export function ballTable(balls: readonly PocketBall[]): string[][] {
  return [
    ["centre", "radius, of the distance", "wrong, moved into [0, 1]", "wrong, as they are"],
    ...balls.map(({ depth, radius, inBox, beyond }) => [
      centreWords(depth),
      String(radius),
      percent(inBox.rate),
      percent(beyond.rate),
    ]),
  ];
}

/** The ball that other models are compared at: half the distance around each centre. */
const COMPARED = 0.5;

export function elsewhereTable({ elsewhere, settings, images, balls, model }: PocketsRecord): string[][] {
  const { depths, radii } = settings.ball;
  const radius = radii.includes(COMPARED) ? COMPARED : (radii[0] as number);
  const at = (all: readonly PocketBall[], depth: number) => {
    const ball = all.find((one) => one.depth === depth && one.radius === radius);
    return ball ? percent(ball.inBox.rate) : "–";
  };
  const line = (name: string, right: number, centres: readonly Rate[], all: readonly PocketBall[]) => [
    name,
    whole(right),
    ...depths.flatMap((depth, d) => [centres[d] ? percent((centres[d] as Rate).rate) : "–", at(all, depth)]),
  ];
  const own = { rate: 1 } as Rate;
  return [
    [
      "model",
      "right at x",
      ...depths.flatMap((depth) => [`wrong at ${centreWords(depth)}`, `in its ball of ${radius}`]),
    ],
    line(
      `${model.name} (itself)`,
      images.length,
      settings.ball.depths.map(() => own),
      balls,
    ),
    ...elsewhere.map(({ model: { name }, right, centres, balls }: PocketElsewhere) =>
      line(name, right, centres, balls),
    ),
  ];
}

/** How long the answer stays wrong behind the boundary. */
export function pathWords({ images, settings }: PocketsRecord): string {
  const { reach } = settings.path;
  const left = images.filter(({ leaves }) => leaves !== null).length;
  const stay = images.filter(({ enters, leaves }) => enters !== null && leaves === null).length;
  const others = left === 0 ? "" : `; of ${whole(left)} it is right again before`;
  return `beyond x′ the answer stays wrong up to ${reach} times the change for ${whole(stay)} of ${counted(images.length, "image")}${others}`;
}

/** Plain text, every line ended by a line feed. */
export function pocketsText(record: PocketsRecord): string {
  const { title, images, attacked, balls, elsewhere, timing, digest } = record;
  const distances = images.map(({ distance }) => distance);
  const lines: [string, string][] = [
    ["found", `${whole(images.length)} of ${whole(attacked)} attacked, at a mean L2 of ${figure(mean(distances))}`],
    ["the way", pathWords(record)],
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  const tables = [directionTable(record), ballTable(balls), ...(elsewhere.length > 0 ? [elsewhereTable(record)] : [])];
  return `${title}\n${pocketsVerdict(record)}\n\n${tables.map(aligned).join("\n")}\n${labelled(lines)}`;
}
