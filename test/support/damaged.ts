/** Damaged files, by seed: bytes changed, cut out, doubled, numbers made large, the end cut off. */
import { Random } from "../../src/numeric/random.ts";

/** One of `count` kinds or places, by the number of the draw. */
class Draws {
  private readonly random: Random;
  private at = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  below(count: number): number {
    return Math.floor(this.random.uniform(this.at++) * count);
  }
}

/** A copy of a file with one to eight faults. */
export function mutated(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
  const draws = new Draws(seed);
  let made = new Uint8Array(bytes);
  for (let faults = 1 + draws.below(8); faults > 0; faults--) {
    if (made.length === 0) return made;
    const at = draws.below(made.length);
    const length = 1 + draws.below(Math.min(64, made.length - at));
    switch (draws.below(6)) {
      case 0:
        made[at] = draws.below(256);
        break;
      case 1:
        made[at] = (made[at] as number) ^ (1 << draws.below(8));
        break;
      case 2:
        made = joined(made.subarray(0, at), made.subarray(at + length));
        break;
      case 3:
        made = joined(made.subarray(0, at + length), made.subarray(at));
        break;
      case 4:
        made.set([255, 255, 255, 255, 15].slice(0, made.length - at), at);
        break;
      default:
        if (draws.below(8) === 0) made = made.slice(0, at);
    }
  }
  return made;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(a.length + b.length);
  made.set(a);
  made.set(b, a.length);
  return made;
}
