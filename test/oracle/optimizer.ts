/** SGD and Adam for one parameter in f64, and the mask of dropout from the generator of src/numeric/random.ts. */
import { philox } from "../../src/numeric/random.ts";

export interface Slot {
  w: number;
  /** Velocity, or the first moment. */
  m: number;
  /** The second moment. */
  v: number;
}

export function sgd(
  slot: Slot,
  gradient: number,
  rate: number,
  momentum: number,
  nesterov: boolean,
  decay: number,
): Slot {
  const d = gradient + decay * slot.w;
  const m = momentum * slot.m + d;
  return { w: slot.w - rate * (nesterov ? d + momentum * m : m), m, v: 0 };
}

/** Step t, from 1, as Kingma and Ba write it. */
export function adam(
  slot: Slot,
  gradient: number,
  t: number,
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  decay: number,
): Slot {
  const d = gradient + decay * slot.w;
  const m = beta1 * slot.m + (1 - beta1) * d;
  const v = beta2 * slot.v + (1 - beta2) * d * d;
  const mean = m / (1 - beta1 ** t);
  const spread = Math.sqrt(v / (1 - beta2 ** t));
  return { w: slot.w - (rate * mean) / (spread + epsilon), m, v };
}

/** Whether element e of a row is kept. */
export function keeps(
  e: number,
  row: number,
  draw: number,
  stream: number,
  key: readonly [number, number],
  threshold: number,
): boolean {
  const group = Math.floor(e / 32);
  const words = philox([4 * group + (e % 4), row, draw, stream], key);
  const word = words[Math.floor((e % 32) / 8)] as number;
  const bits = (word >>> (16 * (Math.floor(e / 4) % 2))) & 0xffff;
  return bits >= threshold;
}
