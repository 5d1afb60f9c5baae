/** The attack as a study, with every point that the search evaluates told as it goes. */
import { lengthIn, type NormName } from "../../../src/attacks/minimal/norm.ts";
import { attackStudy, inProcess, type Network, recordJson } from "../../../src/slim.ts";
import { dataOf, repeatOf, truthOf } from "./images.ts";
import { networkOf } from "./networks.ts";
import type { Calls, Evaluated } from "./protocol.ts";

type Attack = Calls["attack"];

/** Milliseconds between two messages, about one frame of a screen. */
const FRAME = 16;
/** Numbers of a message at most that are pixels: of large images only some points are sent. */
const MOST_PIXELS = 2 ** 18;

/** The points of one item that nobody was told of yet. */
interface Pending {
  points: Float32Array[];
}

/** Tells of evaluations, some at a time. */
class Teller {
  private readonly pending = new Map<number, Pending>();
  private last = performance.now();
  private readonly network: Network;
  private readonly ask: Attack["ask"];
  private readonly labels: ArrayLike<number>;
  private readonly tell: (told: Evaluated) => void;

  constructor(network: Network, ask: Attack["ask"], labels: ArrayLike<number>, tell: (told: Evaluated) => void) {
    this.network = network;
    this.ask = ask;
    this.labels = labels;
    this.tell = tell;
  }

  add(item: number, point: Float32Array): void {
    const known = this.pending.get(item);
    if (known) known.points.push(point);
    else this.pending.set(item, { points: [point] });
    if (performance.now() - this.last >= FRAME) this.flush();
  }

  flush(): void {
    for (const [item, { points }] of this.pending) this.tell(this.told(item, points));
    this.pending.clear();
    this.last = performance.now();
  }

  private told(item: number, points: readonly Float32Array[]): Evaluated {
    const { network, ask, labels } = this;
    const { inputSize, classes } = network;
    const all = joined(points, inputSize);
    const probabilities = network.probabilities(all);
    const searches = ask.method === "paper" && ask.target === undefined ? classes - 1 : 1;
    const image = Math.floor(item / searches);
    const row = ask.images.rows.subarray(image * inputSize, (image + 1) * inputSize);
    const norm: NormName = ask.method === "paper" ? "l2" : ask.method;
    const truth = labels[image] as number;
    const met = points.map((_, i) => {
      const answer = largest(probabilities.subarray(i * classes, (i + 1) * classes));
      return Number(ask.target === undefined ? answer !== truth : answer === ask.target);
    });
    const shown = shownOf(points.length, Math.max(1, Math.floor(MOST_PIXELS / inputSize)));
    return {
      item: image,
      points: joined(
        Array.from(shown, (i) => points[i] as Float32Array),
        inputSize,
      ),
      shown,
      probabilities,
      distances: Float64Array.from(points, (point) => lengthIn(norm, row, point)),
      met: Uint8Array.from(met),
    };
  }
}

/** At most so many of `count`, the last always among them. */
function shownOf(count: number, most: number): Uint32Array {
  const some = Math.min(count, most);
  return Uint32Array.from({ length: some }, (_, i) => count - 1 - Math.floor(((some - 1 - i) * count) / some));
}

function joined(points: readonly Float32Array[], size: number): Float32Array {
  const all = new Float32Array(points.length * size);
  points.forEach((point, i) => {
    all.set(point, i * size);
  });
  return all;
}

function largest(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}

export async function attack(
  ask: Attack["ask"],
  tell: (told: Evaluated) => void,
  signal: AbortSignal,
): Promise<Attack["answer"]> {
  const network = networkOf(ask.key);
  const { images, method, target, effort, seed, given } = ask;
  const data = dataOf(network, images);
  const teller = new Teller(network, ask, data.dataset.labels, tell);
  const record = await attackStudy(
    { network, name: ask.key, ...(given !== undefined && { given }) },
    data,
    {
      ...(method === "paper" ? { target: "all" } : { norm: method, target: "untargeted" }),
      ...(target !== undefined && { target: `${target}` }),
      ...{ effort, seed, first: images.first, truth: truthOf(images) },
    },
    { executor: inProcess({ onEvaluation: (item, point) => teller.add(item, point) }), signal },
  );
  teller.flush();
  const { examples, timing } = record;
  const found = joined(
    examples.map(({ adversarial }) => adversarial),
    network.inputSize,
  );
  return {
    examples,
    probabilities: network.probabilities(found),
    repeat: repeatOf(record, recordJson(record)),
    milliseconds: timing.milliseconds,
  };
}
