/**
 * The surroundings of an image x and of the changed image x' that a search found: how many random directions change the answer, what
 * the model answers on the way through x' and in a plane through both, and how wide the region around x' is that is answered
 * wrongly [Szegedy et al. 2014, section 4: such images lie in "pockets" that sampling around x does not find].
 *
 * Points of the path and the plane are images: each of their values is moved into [0, 1]. Directions and balls are counted twice: among
 * images, and without the walls of the box.
 */
import { type Network, predictedClasses, rankingOf } from "../../model/index.ts";
import { direction, dot, length, pointOfBall, scaled, sourceOf } from "./directions.ts";
import { clipped, pointBeyond, pointInBox } from "./ray.ts";

/** What is asked of an image's surroundings. */
export interface PocketSettings {
  /** Random directions, and the lengths to follow each, as multiples of the distance that was found. */
  directions: number;
  factors: readonly number[];
  /** The path x + t (x' - x) in so many equal steps of t from 0 to `reach`. */
  path: { steps: number; reach: number };
  /** The plane by `size` x `size` points, up to `reach` distances from x; an odd size has x in its middle. */
  plane: { size: number; reach: number };
  ball: BallSettings;
  /** Of everything random; with the position of the image in its set. */
  seed: number;
}

export interface BallSettings {
  /** Points of each ball. */
  samples: number;
  /** Radii as multiples of the distance that was found. */
  radii: readonly number[];
  /** Centres x + depth (x' - x): 1 is the image that was found, which barely crosses the boundary. */
  depths: readonly number[];
}

/** An image and what was found near it. */
export interface FoundImage {
  /** f32[n] in [0, 1] each. */
  x: Float32Array;
  changed: Float32Array;
  /** The true label: any other answer is wrong. */
  truth: number;
  /** Position in the whole set. */
  image: number;
}

/** How many of the points of balls a model answers wrongly. */
export interface BallCounts {
  /** What the model answers at x, and at each centre, i32[depths]. */
  clean: number;
  centres: Int32Array;
  /** Points answered wrongly, u32[depths, radii] each: moved into [0, 1], and as they are. */
  ballInBox: Uint32Array;
  ballBeyond: Uint32Array;
}

export interface Pocket extends BallCounts {
  /** L2 of x' - x. */
  distance: number;
  /** Directions that change the answer at each multiple of the distance, u32[factors]: along the walls of [0, 1], and without walls. */
  inBox: Uint32Array;
  beyond: Uint32Array;
  /** What the model says along the path, f32[steps + 1, classes]. */
  probabilities: Float32Array;
  /** Answers in the plane, i32[size, size]: a row of constant share of the random direction, the largest first. */
  plane: Int32Array;
}

/** Rows asked about at once. */
const BATCH = 500;

/** Called between batches: to let others run, and to stop by an exception. */
export type Pause = () => Promise<void>;

/** Asks a model about rows that are made one by one, and hands each answer on. */
class Batch {
  private readonly model: Network;
  private readonly pause: Pause;
  private readonly rows: Float32Array;
  private readonly told: ((answer: number) => void)[] = [];

  constructor(model: Network, pause: Pause) {
    this.model = model;
    this.pause = pause;
    this.rows = new Float32Array(BATCH * model.inputSize);
  }

  /** The row to fill next; `tell` is called with its answer by `end` at the latest. */
  next(tell: (answer: number) => void): Float32Array {
    const { inputSize } = this.model;
    const at = this.told.push(tell) - 1;
    return this.rows.subarray(at * inputSize, (at + 1) * inputSize);
  }

  /** Answers what was filled, where that is a whole batch. */
  async turn(): Promise<void> {
    if (this.told.length === BATCH) await this.end();
  }

  async end(): Promise<void> {
    const { inputSize, classes } = this.model;
    if (this.told.length === 0) return;
    const found = predictedClasses(rankingOf(this.model, this.rows.subarray(0, this.told.length * inputSize)), classes);
    this.told.forEach((tell, i) => {
      tell(found[i] as number);
    });
    this.told.length = 0;
    await this.pause();
  }
}

/** Counts an answer at a position where it is not the truth. */
function counter(counts: Uint32Array, at: number, truth: number): (answer: number) => void {
  return (answer) => {
    if (answer !== truth) counts[at] = (counts[at] as number) + 1;
  };
}

/** The whole pocket of an image. */
export async function pocketOf(
  model: Network,
  found: FoundImage,
  settings: PocketSettings,
  pause: Pause = async () => {},
): Promise<Pocket> {
  const { x, changed } = found;
  const change = changeOf(x, changed);
  const distance = length(change);
  const batch = new Batch(model, pause);
  return {
    distance,
    ...(await directionsAround(model, found, settings, pause)),
    probabilities: pathThrough(model, x, change, settings.path),
    plane: await planeOf(batch, found, change, settings),
    ...(await ballsOf(model, found, { ...settings.ball, seed: settings.seed }, pause)),
  };
}

/** How many random directions change the answer, followed to multiples of the L2 distance that was found. */
export async function directionsAround(
  model: Network,
  { x, changed, truth, image }: FoundImage,
  { directions, factors, seed }: Pick<PocketSettings, "directions" | "factors" | "seed">,
  pause: Pause = async () => {},
): Promise<Pick<Pocket, "inBox" | "beyond">> {
  const distance = length(changeOf(x, changed));
  const [inBox, beyond] = [new Uint32Array(factors.length), new Uint32Array(factors.length)];
  const batch = new Batch(model, pause);
  const source = sourceOf(seed, image, "around");
  const v = new Float64Array(x.length);
  for (let k = 0; k < directions; k++) {
    direction(source, k, v);
    for (const [f, factor] of factors.entries()) {
      pointInBox(x, v, factor * distance, batch.next(counter(inBox, f, truth)));
      await batch.turn();
      pointBeyond(x, v, factor * distance, batch.next(counter(beyond, f, truth)));
      await batch.turn();
    }
  }
  await batch.end();
  return { inBox, beyond };
}

function changeOf(x: Float32Array, changed: Float32Array): Float64Array {
  return Float64Array.from(changed, (value, i) => value - (x[i] as number));
}

function pathThrough(
  model: Network,
  x: Float32Array,
  change: Float64Array,
  { steps, reach }: PocketSettings["path"],
): Float32Array {
  const rows = new Float32Array((steps + 1) * x.length);
  for (let k = 0; k <= steps; k++) {
    along(x, change, (reach * k) / steps, rows.subarray(k * x.length, (k + 1) * x.length));
  }
  return model.probabilities(rows);
}

/** clip(x + t change, 0, 1). */
function along(x: Float32Array, change: Float64Array, t: number, into: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) into[i] = clipped((x[i] as number) + t * (change[i] as number));
  return into;
}

/** The plane of the found direction, to the right, and of a random one at right angles to it, upwards. */
async function planeOf(
  batch: Batch,
  { x, image }: FoundImage,
  change: Float64Array,
  { plane: { size, reach }, seed }: PocketSettings,
): Promise<Int32Array> {
  const distance = length(change);
  const up = direction(sourceOf(seed, image, "plane"), 0, new Float64Array(x.length));
  const share = dot(up, change) / (distance * distance);
  for (let i = 0; i < up.length; i++) up[i] = (up[i] as number) - share * (change[i] as number);
  scaled(up, distance / length(up));
  const answers = new Int32Array(size * size);
  const place = (k: number) => (size === 1 ? 0 : reach * ((2 * k) / (size - 1) - 1));
  for (let at = 0; at < size * size; at++) {
    const [a, b] = [place(at % size), -place(Math.floor(at / size))];
    const row = batch.next((answer) => {
      answers[at] = answer;
    });
    for (let i = 0; i < x.length; i++) {
      row[i] = clipped((x[i] as number) + a * (change[i] as number) + b * (up[i] as number));
    }
    await batch.turn();
  }
  await batch.end();
  return answers;
}

/** How wide the pocket is to a model, which may be another than the one that it was found in. */
export async function ballsOf(
  model: Network,
  { x, changed, truth, image }: FoundImage,
  { samples, radii, depths, seed }: BallSettings & { seed: number },
  pause: Pause = async () => {},
): Promise<BallCounts> {
  const change = changeOf(x, changed);
  const distance = length(change);
  const balls = depths.length * radii.length;
  const counts = {
    clean: 0,
    centres: new Int32Array(depths.length),
    ballInBox: new Uint32Array(balls),
    ballBeyond: new Uint32Array(balls),
  };
  const batch = new Batch(model, pause);
  batch
    .next((answer) => {
      counts.clean = answer;
    })
    .set(x);
  const centres = depths.map((depth, d) => {
    const row = batch.next((answer) => {
      counts.centres[d] = answer;
    });
    // x' itself, to the bit: x + (x' - x) may round to another.
    if (depth === 1) row.set(changed);
    else along(x, change, depth, row);
    return row.slice();
  });
  await batch.end();
  const source = sourceOf(seed, image, "ball");
  const wide = new Float64Array(x.length + 2);
  const wall = new Float32Array(x.length);
  for (let k = 0; k < samples; k++) {
    const point = pointOfBall(source, k, wide);
    for (const [d, centre] of centres.entries()) {
      for (const [r, radius] of radii.entries()) {
        const at = d * radii.length + r;
        const beyond = pointBeyond(centre, point, radius * distance, batch.next(counter(counts.ballBeyond, at, truth)));
        // A row may be asked about, and written anew, by the next turn.
        wall.set(beyond);
        await batch.turn();
        const inBox = batch.next(counter(counts.ballInBox, at, truth));
        for (let i = 0; i < inBox.length; i++) inBox[i] = clipped(wall[i] as number);
        await batch.turn();
      }
    }
  }
  await batch.end();
  return counts;
}
