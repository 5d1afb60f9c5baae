/** Whether two ways differ, from their difference in each of several pairs: by what turning signs at random would give. */
import { outOfRange, requireFinite, wrongType } from "../check.ts";
import { Random } from "./random.ts";
import { mean, sum } from "./statistics.ts";

export interface PairedTest {
  /** Pairs. */
  count: number;
  /** Mean difference. */
  mean: number;
  /** Standard deviation of the differences; 0 from one pair. */
  deviation: number;
  /** Effect size: the mean over the deviation; null where that is 0. */
  effect: number | null;
  /** Share of the assignments of signs whose sum is at least as far from 0, both ways: no less than 2 / 2^count. */
  p: number;
}

/** Pairs up to which all signs are tried; 2^20 sums take a fraction of a second. */
const EXACT = 20;
/** Assignments drawn beyond that. */
const DRAWN = 99_999;
/** Signs of a word. */
const BITS = 32;
const STREAM = 0x7061;
/** Of the largest sum: sums that should be equal differ by rounding. */
const TOLERANCE = 2 ** -40;

/**
 * The sign-flip test of paired differences, exact for up to 20 pairs [Fisher 1935]. It holds where the two ways, if they do not
 * differ, are as likely to differ one way as the other.
 */
export function pairedTest(differences: readonly number[], seed = 0): PairedTest {
  if (!Array.isArray(differences)) wrongType("differences", "an array of numbers", differences);
  if (differences.length === 0) outOfRange("differences", "at least one pair", "none");
  requireFinite("differences", differences);
  const count = differences.length;
  const middle = mean(differences);
  const squares = sum(differences.map((one) => (one - middle) * (one - middle)));
  const deviation = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
  const observed = Math.abs(sum(differences)) - TOLERANCE * sum(differences.map(Math.abs));
  return {
    count,
    mean: middle,
    deviation,
    effect: deviation === 0 ? null : middle / deviation,
    p: count <= EXACT ? exactly(differences, observed) : drawn(differences, observed, seed),
  };
}

/** In the order of Gray's code one sign turns from a sum to the next; the sum is made anew now and then, so that rounding does not add up. */
function exactly(differences: readonly number[], observed: number): number {
  const { length } = differences;
  const signs = new Float64Array(length).fill(1);
  let hits = 0;
  let total = 0;
  for (let code = 0; code < 1 << length; code++) {
    if (code > 0) {
      const turned = 31 - Math.clz32(code & -code);
      signs[turned] = -(signs[turned] as number);
      total += 2 * (signs[turned] as number) * (differences[turned] as number);
    }
    if (code % 1024 === 0) total = sum(differences.map((one, i) => one * (signs[i] as number)));
    if (Math.abs(total) >= observed) hits++;
  }
  return hits / (1 << length);
}

function drawn(differences: readonly number[], observed: number, seed: number): number {
  const random = new Random(seed, STREAM);
  const words = Math.ceil(differences.length / BITS);
  let hits = 1;
  for (let draw = 0; draw < DRAWN; draw++) {
    let [total, word] = [0, 0];
    for (let i = 0; i < differences.length; i++) {
      if (i % BITS === 0) word = random.integer(draw * words + i / BITS, 2 ** 32);
      total += (word >>> (i % BITS)) & 1 ? (differences[i] as number) : -(differences[i] as number);
    }
    if (Math.abs(total) >= observed) hits++;
  }
  return hits / (DRAWN + 1);
}
