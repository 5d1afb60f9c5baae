/**
 * What every kernel is called with for its golden digests. The arguments follow from the names of its parameters: a new kernel needs
 * a line here only where it brings a new name.
 */
import { failed } from "../check.ts";

/** A parameter as it stands in the source of the kernel: `i32`, `f32`, `f64`, or a pointer to what lies there. */
export interface KernelParameter {
  name: string;
  type: string;
}

/** Bytes of the region behind each pointer, more than any kernel here reaches. */
const REGION = 32768;
const REGIONS = 15;
/** Of the memory that a kernel is given. */
export const PAGES = (REGION * (REGIONS + 1)) / 65536;

/** Sizes and scalars by the name of the parameter; kernels of vectors padded to 8 take 24, the others meet a tail. */
const SIZES: Readonly<Record<string, number>> = {
  m: 13,
  outer: 4,
  inner: 3,
  fill: 0.7,
  rank: 3,
  k: 21,
  rows: 5,
  lda: 64,
  ldb: 64,
  ldc: 64,
  ldx: 64,
  ldy: 64,
  pairs: 3,
  capacity: 4,
  slots: 4,
  newest: 1,
  head: 2,
  used: 3,
  count: 20,
  images: 2,
  h: 9,
  w: 10,
  c: 3,
  ph: 12,
  pw: 13,
  oh: 7,
  ow: 8,
  // No window of a pool lies in the padding alone: kh > top, kw > left.
  kh: 2,
  kw: 3,
  sh: 1,
  sw: 1,
  dh: 1,
  dw: 2,
  top: 1,
  left: 2,
  taps: 6,
  first: 3,
  ld: 9,
  radius: 2,
  size: 3,
  volumes: 2,
  d: 3,
  od: 2,
  kd: 2,
  sd: 1,
  front: 1,
  width: 5,
  segments: 4,
  threshold: 2 ** 30,
  key0: 0x9e3779b9,
  key1: 7,
  row: 11,
  draw: 2,
  stream: 3,
  tiles: 8,
  descends: 1,
};
/** Scalars by the name of the parameter, or of kernel and parameter where another kernel has a size of that name. */
const SCALARS: Readonly<Record<string, number>> = {
  "relu_top_f32.top": 0.7,
  // They know three and five taps.
  "winograd_f32_4x8.kh": 5,
  "winograd_input_grad_f32_4x8.kh": 3,
  "winograd_filter_f32_8.kh": 3,
  "winograd_filter_bt_f32_8.kh": 5,
  floor: 2 ** -40,
  gamma: 0.3,
  theta: 1.25,
  sign: -1,
  "function_f32.c": 0.7,
  "function_grad_f32.c": 0.7,
};
/** The numbers of the functions that share a kernel, each with what it needs: a whole exponent; inputs above zero. */
const FUNCTIONS: Given[] = Array.from({ length: 16 }, (_, f) => {
  if (f === 13) return { f, a: 3 };
  return [1, 2, 3, 14].includes(f) ? { f, x: positive, at: positive } : { f };
});

/** Functions of two numbers, and the slopes to the first and to the second. */
const JOINS: Given[] = Array.from({ length: 8 }, (_, f) => (f === 7 ? { f, a: positive } : { f }));
const JOIN_SLOPES: Given[] = [...JOINS, ...JOINS.map((given) => ({ ...given, f: (given.f as number) + 8 }))];
/** Reductions; the logarithm of exponentials needs its terms side by side. */
const REDUCTIONS: Given[] = Array.from({ length: 9 }, (_, f) => ({ f, inner: f === 8 ? 1 : 3 }));
const BY_NUMBER: Readonly<Record<string, readonly Given[]>> = {
  reduce_f32: REDUCTIONS,
  reduce_grad_f32: REDUCTIONS,
  function_f32: FUNCTIONS,
  function_grad_f32: FUNCTIONS,
  join_f32: JOINS,
  join_grad_f32: JOIN_SLOPES,
};

/** Arguments of one run that differ from what a name says: numbers, and contents of a pointer. */
type Given = Readonly<Record<string, number | Contents>>;
type Contents = (buffer: ArrayBuffer, at: number) => void;

/** The runs of a kernel: one, or one for each function that it knows, named by what sets it apart. */
export function runsOf(name: string): { title: string; given: Given }[] {
  const given = Object.hasOwn(BY_NUMBER, name) ? (BY_NUMBER[name] as readonly Given[]) : [{}];
  return given.map((one) => ({ title: "f" in one ? `${name} ${one.f}` : name, given: one }));
}

/** Sizes of whole tiles, by the name of the parameter. */
const WHOLE: Readonly<Record<string, number>> = { m: 16, n: 32, k: 32, rows: 8, c: 8 };

/** Sizes below a tile, by the name of the parameter; vectors that are padded to 8 have one tile. */
const SMALL: Readonly<Record<string, number>> = {
  ...{ m: 1, n: 3, k: 1, rows: 1, c: 1 },
  // Its entries are of 21 columns.
  "transpose_entries.n": 21,
};

/** Whether sizes straddle the tiles of a kernel, are whole tiles, or less than one. */
export type TileSizes = "straddling" | "whole" | "small";

/** Numbers that are no size: each is 0.7. */
const FRACTIONS = new Set(
  "a b e s t last limit share value alpha beta bias epsilon eps least lower upper length scale rate momentum nesterov decay rest1 rest2 unbias rateSlope rateSplit sigma correction largest".split(
    " ",
  ),
);
const PADDED_F32 = new Set(
  "norm2 step_residual place_residual half_space penalty_gradient free_set trial pair_of_points two_loop".split(" "),
);
const PADDED: Readonly<Record<TileSizes, number>> = { straddling: 24, whole: 32, small: 8 };
const isPadded = (kernel: string) => kernel.includes("f64") || PADDED_F32.has(kernel.replace(/_f32$/, ""));

/** Words that are ordinary numbers as floats and, two by two, as doubles of either sign between 1/2 and 2. */
function fill(words: Uint32Array, seed: number): void {
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const sign = state & 0x80000000;
    words[i] =
      i % 2 === 0 ? sign | 0x3d800000 | ((state >>> 8) & 0x01ffffff) : sign | 0x3fe00000 | ((state >>> 8) & 0x001fffff);
  }
}

/** Words that are, as floats, zeros of either sign, denormal, infinite and huge. */
const SPECIAL = [0, 0x80000000, 1, 0x807fffff, 0x7f800000, 0xff800000, 0x7f7fffff, 0xff7fffff];

/** Puts special words among the ordinary ones, every 7th: in f64 they make low words and high words of every kind. */
function sprinkle(words: Uint32Array): void {
  for (let i = 0; i < words.length; i += 7) words[i] = SPECIAL[(i / 7) % SPECIAL.length] as number;
}

/** Clears the signs of a region. */
function positive(buffer: ArrayBuffer, at: number): void {
  const words = new Uint32Array(buffer, at, REGION / 4);
  for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) & 0x7fffffff;
}

/** Starts of blocks, at most ldx - n; below zero is a block that is filled. */
function blocks(buffer: ArrayBuffer, at: number): void {
  new Int32Array(buffer, at, 16).set([3, -1, 0, 30, 7, 7, 32, -1, 1, 2, 3, 4, 5, 6, 8, 9]);
}

/** Two of 9 for each of 16 outputs at most. */
function neighbours(buffer: ArrayBuffer, at: number): void {
  new Int32Array(buffer, at, 32).set(Array.from({ length: 32 }, (_, i) => (5 * i) % 9));
}

/** What a pointer needs to point at: by its kernel and name, or by its name. */
const CONTENTS: Readonly<Record<string, Contents>> = {
  // Of a negative number the logarithm, and of a negative second moment the root, would be NaN.
  "log_f32.x": positive,
  "adam_f32.v": positive,
  "adam_f64.square": positive,
  "ascend_rectifier_f32.state": positive,
  "take_f32.index": blocks,
  "take_grad_f32.index": blocks,
  "interpolate_f32.index": neighbours,
  "interpolate_grad_f32.index": neighbours,
  // Rows of 3 x 7 and of 3 numbers.
  plan: (buffer, at) => new Int32Array(buffer, at, 9).set([0, 21, 3, 3, 7, 1, 7, 1, 0]),
  labels: (buffer, at) => new Int32Array(buffer, at, 8).set([0, 20, 3, 7, 11, 2, 19, 5]),
  index: (buffer, at) => new Int32Array(buffer, at, 32).set(Array.from({ length: 32 }, (_, i) => i)),
  // Two inputs of 13 for each of 32 outputs at most.
  "choose_grad_f32.index": (buffer, at) =>
    new Int32Array(buffer, at, 64).set(Array.from({ length: 64 }, (_, i) => (5 * i) % 13)),
  free: (buffer, at) =>
    new BigInt64Array(buffer, at, 24).set(Array.from({ length: 24 }, (_, i) => (i % 3 === 1 ? 0n : -1n))),
  previous: (buffer, at) =>
    new BigInt64Array(buffer, at, 24).set(Array.from({ length: 24 }, (_, i) => (i % 4 === 1 ? 0n : -1n))),
  // Rows of no, one, two and three non-zeros in 21 columns: 16 rows, of which some kernels read fewer.
  starts: (buffer, at) =>
    new Int32Array(buffer, at, 17).set([0, 2, 2, 3, 6, 8, 8, 9, 11, 14, 15, 17, 18, 20, 20, 20, 20]),
  entries: (buffer, at) => {
    const columns = new Int32Array(buffer, at, 40);
    [3, 9, 0, 1, 8, 20, 4, 5, 7, 2, 6, 0, 10, 20, 19, 3, 4, 11, 12, 13].forEach((c, i) => {
      columns[2 * i] = c;
    });
  },
  ids: (buffer, at) => new Int32Array(buffer, at, 32).set(Array.from({ length: 32 }, (_, i) => (i % 6) - 1)),
  rows: (buffer, at) => new Int32Array(buffer, at, 14).set([0, 1, 2, 4, 5, 6, 8, 1, 2, 3, 5, 6, 7, 8]),
  columns: (buffer, at) => new Int32Array(buffer, at, 16).set([0, 1, 2, 4, 5, 6, 8, 9, 1, 2, 3, 5, 6, 7, 9, 9]),
  window: (buffer, at) => new Float32Array(buffer, at, 3).set([0.25, 0.5, 0.25]),
  lower: (buffer, at) => new Float64Array(buffer, at, 24).fill(-0.75),
  upper: (buffer, at) => new Float64Array(buffer, at, 24).fill(0.75),
};

/** Bytes of memory that a kernel is given: a region for each pointer, and one beyond that it must leave alone. */
export function bytesOf(parameters: readonly KernelParameter[]): number {
  return REGION * (1 + parameters.filter(({ type }) => type.endsWith("Pointer")).length);
}

export interface KernelRun {
  /** Arguments that differ from what their names say. */
  given?: Given;
  /** Default "straddling". */
  sizes?: TileSizes;
  /** Whether some numbers are zeros of either sign, infinities, denormal or huge. */
  isSpecial?: boolean;
}

/** Fills a memory and gives the arguments of one run of a kernel. */
export function argumentsOf(
  buffer: ArrayBuffer,
  kernel: string,
  parameters: readonly KernelParameter[],
  { given = {}, sizes = "straddling", isSpecial = false }: KernelRun = {},
): number[] {
  const words = new Uint32Array(buffer, 0, bytesOf(parameters) / 4);
  fill(words, 1);
  if (isSpecial) sprinkle(words);
  let pointers = 0;
  const args = parameters.map(({ name, type }) => {
    const own = given[name];
    if (type.endsWith("Pointer")) {
      const at = pointers++ * REGION;
      const contents = typeof own === "function" ? own : (CONTENTS[`${kernel}.${name}`] ?? CONTENTS[name]);
      contents?.(buffer, at);
      return at;
    }
    if (typeof own === "number") return own;
    const table = { straddling: undefined, whole: WHOLE, small: SMALL }[sizes];
    const sized = table?.[`${kernel}.${name}`] ?? table?.[name];
    if (name === "n") return isPadded(kernel) ? PADDED[sizes] : (sized ?? 31);
    const value = SCALARS[`${kernel}.${name}`] ?? sized ?? SIZES[name] ?? SCALARS[name];
    // A size that is taken for a fraction becomes 0, and the kernel does nothing.
    return (
      value ?? (FRACTIONS.has(name) ? 0.7 : failed(`kernel ${kernel}`, "parameters whose values are known here", name))
    );
  });
  if (pointers > REGIONS) failed(`kernel ${kernel}`, `at most ${REGIONS} pointers`, `${pointers}`);
  return args;
}
