/**
 * Square: random search that changes a square of the picture at a time and keeps what lowers the loss, by scores alone. The squares
 * shrink on a schedule. Algorithms 1 to 4 of the paper, whose letters these are; the patches of L2 are in `square-l2.ts`.
 */
import type { RowSearch } from "../minimal/lockstep.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { BALL_VECTORS, ballOf } from "./ball.ts";
import { crossEntropy, margin } from "./losses.ts";
import { number, whole } from "./options.ts";
import { PICTURE_OPTIONS, type Picture, pictureOf } from "./picture.ts";
import type { AttackRow } from "./row.ts";
import { type Draws, patchL2, startL2 } from "./square-l2.ts";

/** A step may draw so many random numbers. */
const DRAWS = 64;

/** After these of 10,000 queries the share of the pixels that a square covers is halved. */
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

export const square = defineAttack({
  name: "square",
  title: "square attack",
  paper: "Andriushchenko, Croce, Flammarion & Hein, Square attack: a query-efficient black-box attack, ECCV 2020",
  norms: ["linf", "l2"],
  needs: "scores",
  finds: "within",
  questions: ["not", "label"],
  options: {
    steps: whole(5000, "queries, of which the first is the start"),
    p: number({ linf: 0.8, l2: 0.8 }, "share of the pixels that the first squares cover", { most: 1 }),
    ...PICTURE_OPTIONS,
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 2 + BALL_VECTORS,
  search: (row, options) => searchSquares(row, pictureOf(row.shape, options), options),
});

function* searchSquares(row: AttackRow, picture: Picture, { steps, p }: { steps: number; p: number }): RowSearch {
  const [x, tried, low, high] = row.vectors(2 + BALL_VECTORS) as [Vector, Vector, Vector, Vector];
  const ball = ballOf(row, [low, high]);
  const isL2 = row.norm === "l2";
  // The margin where any other label will do, the cross-entropy towards a label   [section 3 of the paper]
  const { value } = row.isTargeted ? crossEntropy(row) : margin(row);
  const random = row.random(0);
  let next = 0;
  const draws: Draws = {
    below: (bound) => random.integer(next++, bound),
    sign: () => (random.uniform(next++) < 0.5 ? -1 : 1),
  };
  if (isL2) startL2(row, picture, x, { epsilon: ball.radius, draws });
  else stripes(row, picture, x, draws);
  ball.project(x);
  let best = value(row.takeScores(yield row.askScores(x)).scores);
  for (let t = 1; t < steps; t++) {
    next = (t + 1) * DRAWS + picture.width * picture.channels;
    const share = shareAt(p, t, steps);
    tried.values.set(x.values);
    if (isL2) patchL2(row, picture, tried, { epsilon: ball.radius, share, draws });
    else patch(row, picture, tried, share, draws);
    ball.project(tried);
    const loss = value(row.takeScores(yield row.askScores(tried)).scores);
    if (loss > best) {
      best = loss;
      x.values.set(tried.values);
    }
  }
}

/** The share of the pixels at query t of so many. */
function shareAt(p: number, t: number, steps: number): number {
  const at = Math.floor((t / steps) * 10_000);
  let share = p;
  for (const after of HALVINGS) if (at > after) share /= 2;
  return share;
}

/** The start in L-infinity: vertical stripes of one pixel, up or down by epsilon in each channel. */
function stripes({ epsilon, image }: AttackRow, { height, width, channels }: Picture, x: Vector, draws: Draws): void {
  for (let column = 0; column < width * channels; column++) {
    const by = epsilon * draws.sign();
    for (let line = 0; line < height; line++) {
      const i = line * width * channels + column;
      x.values[i] = (image.values[i] as number) + by;
    }
  }
}

/** A step in L-infinity: a square moves by 2 epsilon up or down in each channel, cut by the ball   [algorithm 3]. */
function patch({ epsilon }: AttackRow, picture: Picture, x: Vector, share: number, draws: Draws): void {
  const { height, width, channels } = picture;
  const side = Math.min(Math.max(Math.round(Math.sqrt(share * height * width)), 1), height, width);
  const [top, left] = [draws.below(height - side + 1), draws.below(width - side + 1)];
  for (let c = 0; c < channels; c++) {
    const by = 2 * epsilon * draws.sign();
    for (let line = top; line < top + side; line++) {
      for (let column = left; column < left + side; column++) {
        const i = (line * width + column) * channels + c;
        x.values[i] = (x.values[i] as number) + by;
      }
    }
  }
}
