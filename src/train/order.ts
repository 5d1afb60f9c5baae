/** Orders drawn from a seed. */
import { Random } from "../numeric/random.ts";

/** The whole numbers below `count` in an order that (seed, stream, draw) fix [Fisher & Yates; Durstenfeld 1964]. */
export function permutation(count: number, seed: number, stream: number, draw: number): Uint32Array {
  return shuffled(
    Uint32Array.from({ length: count }, (_, i) => i),
    seed,
    stream,
    draw,
  );
}

/** The values in an order that (seed, stream, draw) fix; changes the array and returns it. */
export function shuffled(values: Uint32Array, seed: number, stream: number, draw: number): Uint32Array {
  const random = new Random(seed, stream);
  const first = draw * values.length;
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(first + i, i + 1);
    const value = values[i] as number;
    values[i] = values[j] as number;
    values[j] = value;
  }
  return values;
}
