/**
 * Where changed rows may lie: a box, feature by feature; features that stay as they are; whole numbers; groups of features of which
 * one is 1 and the others are 0 (one-hot); and grids of equal levels, such as the 256 of an 8-bit pixel.
 */
import { describe, outOfRange, requireInteger, requireLength, wrongType } from "../check.ts";

/** Some features: their positions, or a mask with one entry a feature (a Uint8Array, or booleans). */
export type Features = readonly number[] | Int32Array | Uint32Array | Uint8Array | readonly boolean[];

/** The box that changes stay in, and what in it may change. */
export interface DomainOptions {
  /** The box, one number or one a feature; default 0 and 1. */
  lower?: number | ArrayLike<number>;
  /** The other end of the box, one number or one a feature; default 1. */
  upper?: number | ArrayLike<number>;
  /** Features that keep the row's value. */
  frozen?: Features;
  /** Features that are whole numbers, in the rows and in what is found. */
  integers?: Features;
  /**
   * Groups of features of which one is 1 and the others are 0, in the rows and in what is found. Their box is [0, 1]. A norm sees
   * their features like all others: another choice in a group is two changes of 1. Each list has positions of
   * features, of any length.
   */
  groups?: readonly (readonly number[] | Int32Array | Uint32Array)[];
  /** Results lie on so many equal levels from lower to upper. Whole numbers and groups have their own. */
  levels?: number;
}

export interface Domain {
  /** f64[size] */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** u8[size], 1 where a feature keeps its value. */
  readonly frozen: Uint8Array;
  /** u32[size], how many equal steps lead from lower to upper; 0 where a feature takes any value between. */
  readonly steps: Uint32Array;
  /** u8[size], 1 where the values are whole numbers, in the rows too. */
  readonly whole: Uint8Array;
  readonly groups: readonly (readonly number[])[];
  /** Whether any feature takes some values only. */
  readonly isDiscrete: boolean;
}

/** Checks the options before any work: throws for boxes that are empty, for groups that overlap, and for a frozen everything. */
export function requireDomain(size: number, options: DomainOptions): Domain {
  const lower = requireBound("lower", options.lower ?? 0, size);
  const upper = requireBound("upper", options.upper ?? 1, size);
  requireBox(options, lower, upper);
  const frozen = requireFeatures("frozen", options.frozen, size);
  const integers = requireFeatures("integers", options.integers, size);
  const { levels } = options;
  if (levels !== undefined) requireInteger("levels", levels, 2, 65536);
  const groups = requireGroups(options.groups, { lower, upper, integers, size });
  const steps = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    if (levels !== undefined) steps[i] = levels - 1;
    if (integers[i]) {
      lower[i] = Math.ceil(lower[i] as number);
      upper[i] = Math.floor(upper[i] as number);
      if ((lower[i] as number) > (upper[i] as number))
        outOfRange(`integers: feature ${i}`, "a whole number in its box", "none");
      steps[i] = (upper[i] as number) - (lower[i] as number);
    }
  }
  for (const i of groups.flat()) {
    integers[i] = 1;
    steps[i] = 1;
  }
  const canChange = frozen.some((one, i) => !one && (lower[i] as number) < (upper[i] as number));
  if (!canChange) outOfRange("frozen", "a feature that may change", `none of ${size}`);
  for (const [g, group] of groups.entries()) {
    const some = group.some((i) => frozen[i]);
    if (some && !group.every((i) => frozen[i]))
      outOfRange(`groups[${g}]`, "features that are all frozen, or none", "some");
  }
  return { lower, upper, frozen, steps, whole: integers, groups, isDiscrete: steps.some((count) => count > 0) };
}

/** Requires rows inside the box, whole numbers and one-hot groups where they are to be. Rows need not lie on a grid of levels. */
export function requireRowsInDomain(rows: Float32Array, { lower, upper, whole, groups }: Domain): void {
  const size = lower.length;
  for (let first = 0; first < rows.length; first += size) {
    for (let i = 0; i < size; i++) {
      const value = rows[first + i] as number;
      if (!(value >= (lower[i] as number) && value <= (upper[i] as number))) {
        outOfRange(`rows[${first + i}]`, `a number in [${lower[i]}, ${upper[i]}]`, value);
      }
    }
  }
  for (let i = whole.indexOf(1); i >= 0; i = whole.indexOf(1, i + 1)) {
    for (let at = i; at < rows.length; at += size) {
      if (!Number.isInteger(rows[at])) outOfRange(`rows[${at}]`, "a whole number", rows[at]);
    }
  }
  for (let row = 0; row < rows.length / size; row++) {
    for (const [g, group] of groups.entries()) {
      const ones = group.filter((i) => rows[row * size + i] === 1).length;
      const zeros = group.filter((i) => rows[row * size + i] === 0).length;
      if (ones !== 1 || zeros !== group.length - 1) {
        outOfRange(`row ${row} in groups[${g}]`, "one feature that is 1 and others that are 0", `${ones} and ${zeros}`);
      }
    }
  }
}

function requireBound(name: string, bound: number | ArrayLike<number>, size: number): Float64Array {
  const each = typeof bound === "number" ? new Array<number>(size).fill(bound) : bound;
  if (typeof each !== "object" || each === null || typeof each.length !== "number") {
    wrongType(name, "a number, or one a feature", bound);
  }
  requireLength(name, each, size, "numbers, one a feature");
  for (let i = 0; i < size; i++) {
    const value = each[i] as number;
    if (!Number.isFinite(value) || Math.fround(value) !== value) {
      outOfRange(typeof bound === "number" ? name : `${name}[${i}]`, "a finite number that f32 holds exactly", value);
    }
    if (typeof bound === "number") break;
  }
  return Float64Array.from(each);
}

function requireBox({ lower, upper }: DomainOptions, low: Float64Array, high: Float64Array): void {
  const areNumbers = typeof (lower ?? 0) === "number" && typeof (upper ?? 1) === "number";
  const bad = low.findIndex((value, i) => !(areNumbers ? value < (high[i] as number) : value <= (high[i] as number)));
  if (bad < 0) return;
  if (areNumbers) outOfRange("box", "lower < upper", `[${low[bad]}, ${high[bad]}]`);
  outOfRange(`box of feature ${bad}`, "lower <= upper", `[${low[bad]}, ${high[bad]}]`);
}

/** A mask of some features. */
function requireFeatures(name: string, features: Features | undefined, size: number): Uint8Array {
  const mask = new Uint8Array(size);
  if (features === undefined) return mask;
  if (!Array.isArray(features) && !ArrayBuffer.isView(features)) wrongType(name, "positions or a mask", features);
  const isMask = features instanceof Uint8Array || typeof features[0] === "boolean";
  if (isMask) {
    requireLength(name, features, size, "entries of a mask, one a feature");
    for (let i = 0; i < size; i++) {
      const one = features[i];
      if (typeof one !== "boolean" && one !== 0 && one !== 1) outOfRange(`${name}[${i}]`, "0 or 1", describe(one));
      mask[i] = Number(one);
    }
    return mask;
  }
  for (let k = 0; k < features.length; k++) {
    const feature = requireInteger(`${name}[${k}]`, features[k], 0, size - 1);
    // A mask of plain numbers would pass for positions 0 and 1.
    if (mask[feature] === 1)
      outOfRange(
        `${name}[${k}]`,
        "a position that is not there yet (a mask is a Uint8Array or booleans)",
        `${feature}`,
      );
    mask[feature] = 1;
  }
  return mask;
}

function requireGroups(
  groups: DomainOptions["groups"],
  { lower, upper, integers, size }: { lower: Float64Array; upper: Float64Array; integers: Uint8Array; size: number },
): number[][] {
  if (groups === undefined) return [];
  if (!Array.isArray(groups)) wrongType("groups", "lists of features", groups);
  const owner = new Map<number, number>();
  return groups.map((group, g) => {
    if (!Array.isArray(group) && !ArrayBuffer.isView(group)) wrongType(`groups[${g}]`, "a list of features", group);
    const features = Array.from(group as ArrayLike<number>);
    if (features.length < 2) outOfRange(`groups[${g}]`, "two features or more", `${features.length}`);
    for (const [k, i] of features.entries()) {
      requireInteger(`groups[${g}][${k}]`, i, 0, size - 1);
      const other = owner.get(i);
      if (other !== undefined)
        outOfRange(`groups[${g}]`, `features of no other group`, `${i}, which groups[${other}] has`);
      owner.set(i, g);
      if (integers[i]) outOfRange(`groups[${g}]`, "features that are not among the integers", `${i}`);
      if (lower[i] !== 0 || upper[i] !== 1)
        outOfRange(`box of feature ${i}`, "[0, 1], as of a group", `[${lower[i]}, ${upper[i]}]`);
    }
    return features;
  });
}
