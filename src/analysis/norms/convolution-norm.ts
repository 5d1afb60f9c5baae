/**
 * The norm of a convolution by the Fourier transform of its kernel [Szegedy et al. 2014, equation 1, with exponent
 * u xi / N and a factor of 1 / stride; here in the polyphase form of taps.ts, which has the same singular values].
 *
 * At each frequency the layer is a matrix A(xi) = sum_u W_u e^(i u xi). Its norm over all frequencies is the layer's norm on a
 * plane without borders; over the frequencies of an m x m grid, that of the circular layer of m x m steps, exactly. The layer
 * with zeros around an image of any size, or without, is a part of the one on the plane: its norm is no larger.
 *
 * From the grid to all frequencies: for unit vectors a, b of A's supremum M, p(t) = Re(c a* A(2t) b) is a trigonometric polynomial of
 * degree K - 1 (K taps a side, the middle of them shifted to 0), bounded by M, which it reaches at some t0; near it
 * p(t) >= M cos((K - 1)(t - t0)) [M. Riesz 1914], and a frequency of the grid is within pi / (2 m). So
 * M <= (norm on the grid) / cos((K - 1) pi / (2 m)), and once more for the other side.
 *
 * A* A is sum_l e^(i l xi) R_l with lags R_l = sum_u W_u^T W_(u + l): these are made once, and a frequency costs little more than
 * its factorisation. One threshold s is raised whenever a frequency does not pass the certificate of symmetric.ts.
 */
import { outOfRange, requireOptions } from "../../check.ts";
import { SymmetricMatrix } from "../../matrix/symmetric.ts";
import { type RootsOfUnity, rootsOfUnity } from "../../numeric/roots-of-unity.ts";
import { type Bracket, down, exactly, gamma, larger, rootOf, up } from "../../numeric/rounding.ts";
import { Workspace } from "../../wasm/index.ts";
import { matrixNorm } from "./matrix-norm.ts";
import { type Kernel, type Pair, type Taps, tapsOf } from "./taps.ts";

/** What the grid may add to the bound along one side: 1 / cos is below 1 + this. */
const SLACK = 0.0038;
/** How far above the largest eigenvalue found the threshold is put. */
const LIFT = 2e-3;

/** Which convolution `convolutionNorm` bounds. */
export interface ConvolutionNormOptions {
  /**
   * Sides of the image of a circular layer, multiples of the strides: the norm of that layer instead of the one on the
   * plane.
   */
  circular?: Pair;
}

/**
 * Lower and upper bounds of the norm of a convolution on the plane, or of the circular one. Throws for options that
 * it does not have.
 */
export function convolutionNorm(kernel: Kernel, options: ConvolutionNormOptions = {}): Bracket {
  requireOptions("convolutionNorm", options, { circular: true });
  return normIn(new Workspace(), kernel, options);
}

function normIn(workspace: Workspace, kernel: Kernel, { circular }: ConvolutionNormOptions): Bracket {
  // A circular image is no union of independent ones: its dilated taps stay apart.
  const taps = tapsOf(circular ? spreadOut(kernel) : kernel);
  const grid = circular ? gridOf(kernel, circular) : ([gridFor(taps.size[0]), gridFor(taps.size[1])] as const);
  const lag = new Lags(workspace, taps);
  const found = lag.width === 1 ? scalarMaximum(lag, grid) : matrixMaximum(workspace, lag, grid);
  const onGrid = rootOf(found);
  if (circular) return onGrid;
  const slack = slackOf(taps.size[0], grid[0]) * slackOf(taps.size[1], grid[1]);
  return { lower: onGrid.lower, upper: up(onGrid.upper * slack) };
}

/** The largest norm of several kernels that each read channels of their own. */
export function groupedNorm(kernels: Iterable<Kernel>): Bracket {
  const workspace = new Workspace();
  let norm = exactly(0);
  for (const kernel of kernels) norm = larger(norm, normIn(workspace, kernel, {}));
  return norm;
}

/** The kernel with its dilation written out as zeros. */
function spreadOut(kernel: Kernel): Kernel {
  const { values, size, channels, filters, dilations } = kernel;
  const wide = size.map((extent, side) => (extent - 1) * (dilations[side] as number) + 1) as [number, number];
  const block = channels * filters;
  const out = new Float32Array(wide[0] * wide[1] * block);
  for (let p = 0; p < size[0]; p++) {
    for (let q = 0; q < size[1]; q++) {
      const from = (p * size[1] + q) * block;
      out.set(values.subarray(from, from + block), (p * dilations[0] * wide[1] + q * dilations[1]) * block);
    }
  }
  return { ...kernel, values: out, size: wide, dilations: [1, 1] };
}

function gridOf({ strides }: Kernel, circular: Pair): Pair {
  return circular.map((extent, side) => {
    const stride = strides[side] as number;
    if (!Number.isInteger(extent / stride) || extent < 1) {
      outOfRange("circular", `sides that are multiples of the stride ${stride}`, `${extent}`);
    }
    return extent / stride;
  }) as [number, number];
}

/** Frequencies a side at which the slack is small: 1 / cos(x) <= 1 + SLACK for x <= sqrt(2 SLACK (1 - SLACK)). */
function gridFor(taps: number): number {
  return taps === 1 ? 1 : Math.ceil(((taps - 1) * Math.PI) / (2 * Math.sqrt(2 * SLACK * (1 - SLACK))));
}

/** An upper bound of 1 / cos((taps - 1) pi / (2 m)): cos x >= 1 - x^2 / 2. */
function slackOf(taps: number, m: number): number {
  const x = ((taps - 1) * Math.PI) / (2 * m);
  return taps === 1 ? 1 : up(1 / down(1 - up(x * x) / 2));
}

/** The lags of half a plane: (0, 0), then those above zero in the order of rows, columns. The others are their transposes. */
class Lags {
  /** Rows of a lag: the shorter side of the taps. */
  readonly width: number;
  readonly taps: Taps;
  /** By row and column of the lag, f64[width, width]; columns below zero count from the end. */
  readonly matrices: ReadonlyMap<string, Float64Array>;
  /** How far the sum of all lags at any frequency may be from the true one, in the 2-norm. */
  readonly error: number;

  constructor(workspace: Workspace, taps: Taps) {
    const { inputs, outputs } = taps;
    this.taps = taps;
    this.width = Math.min(inputs, outputs);
    const depth = Math.max(inputs, outputs);
    this.error = errorOf(taps, depth);
    const top = workspace.arena.mark();
    try {
      this.matrices = lagsOf(workspace, taps, this.width, depth);
    } finally {
      workspace.arena.release(top);
    }
  }
}

function lagsOf(workspace: Workspace, taps: Taps, width: number, depth: number): Map<string, Float64Array> {
  const { inputs, outputs, matrices, size } = taps;
  const { arena, kernels } = workspace;
  const padded = 4 * Math.ceil(width / 4);
  const slab = arena.allocateF32(depth * padded);
  const packed = matrices.map((matrix) => {
    if (!matrix) return undefined;
    const at = arena.allocateF64(depth * padded);
    const to = arena.f32(slab, depth * padded).fill(0);
    for (let k = 0; k < depth; k++) {
      for (let i = 0; i < width; i++) {
        to[k * padded + i] = matrix[inputs < outputs ? i * outputs + k : k * outputs + i] as number;
      }
    }
    kernels.pack_f32_to_f64_4(depth, padded, slab, padded, at);
    return at;
  });
  const product = arena.allocateF64(padded * padded);
  const found = new Map<string, Float64Array>();
  for (const [row, column] of halfPlane(size)) {
    arena.f64(product, padded * padded).fill(0);
    for (let p = 0; p + row < size[0]; p++) {
      for (let q = Math.max(0, -column); q < Math.min(size[1], size[1] - column); q++) {
        const [a, b] = [packed[p * size[1] + q], packed[(p + row) * size[1] + q + column]];
        if (a !== undefined && b !== undefined) kernels.cross_f64_4x4(padded, depth, a, b, product);
      }
    }
    const from = arena.f64(product, padded * padded);
    const lag = new Float64Array(width * width);
    for (let i = 0; i < width; i++) lag.set(from.subarray(i * padded, i * padded + width), i * width);
    found.set(`${row},${column}`, lag);
  }
  return found;
}

/** Sums of depth x taps products in a lag and of all lags at a frequency, in terms bounded by (sum_u |W_u|_F)^2. */
function errorOf({ matrices }: Taps, depth: number): number {
  let total = 0;
  for (const matrix of matrices) {
    let squared = 0;
    for (const value of matrix ?? []) squared += value * value;
    total += up(Math.sqrt(squared * (1 + 2 * gamma(matrix?.length ?? 0))));
  }
  return 2 * gamma(depth * matrices.length + 4 * matrices.length + 32) * total * total;
}

function halfPlane([rows, columns]: Pair): Pair[] {
  const lags: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = row === 0 ? 0 : 1 - columns; column < columns; column++) lags.push([row, column]);
  }
  return lags;
}

/** A complex matrix, its parts apart. */
interface Complex {
  re: Float64Array;
  im: Float64Array;
}

/** to += e^(2 pi i t / m) z */
function addTurned(to: Complex, { cos, sin }: RootsOfUnity, t: number, re: Float64Array, im?: Float64Array): void {
  const m = cos.length;
  const at = ((t % m) + m) % m;
  const c = cos[at] as number;
  const s = sin[at] as number;
  const { re: toRe, im: toIm } = to;
  if (!im) {
    for (let i = 0; i < re.length; i++) {
      const x = re[i] as number;
      toRe[i] = (toRe[i] as number) + c * x;
      toIm[i] = (toIm[i] as number) + s * x;
    }
    return;
  }
  for (let i = 0; i < re.length; i++) {
    const x = re[i] as number;
    const y = im[i] as number;
    toRe[i] = (toRe[i] as number) + c * x - s * y;
    toIm[i] = (toIm[i] as number) + s * x + c * y;
  }
}

/**
 * Calls `use` at every frequency of the grid that is not the conjugate of another, with what the matrix there is the Hermitian
 * part of: G = X + X*.
 */
function eachFrequency({ width, taps, matrices }: Lags, [rows, columns]: Pair, use: (x: Complex) => void): void {
  const cells = width * width;
  const turns = [rootsOfUnity(rows), rootsOfUnity(columns)] as const;
  const zero = (): Complex => ({ re: new Float64Array(cells), im: new Float64Array(cells) });
  const clear = ({ re, im }: Complex): void => {
    re.fill(0);
    im.fill(0);
  };
  const x = zero();
  const byRow = Array.from({ length: taps.size[0] }, zero);
  for (let j = 0; j <= columns / 2; j++) {
    // The sums over the columns of the lags, of each row of them.
    byRow.forEach(clear);
    for (const [row, column] of halfPlane(taps.size)) {
      const lag = matrices.get(`${row},${column}`) as Float64Array;
      if (row > 0 || column > 0) addTurned(byRow[row] as Complex, turns[1], j * column, lag);
      else (byRow[0] as Complex).re.set(lag.map((value) => value / 2));
    }
    for (let i = 0; i < rows; i++) {
      clear(x);
      byRow.forEach(({ re, im }, row) => {
        addTurned(x, turns[0], i * row, re, im);
      });
      use(x);
    }
  }
}

/** The largest value of a 1 x 1 matrix over the grid. */
function scalarMaximum(lags: Lags, grid: Pair): Bracket {
  let largest = 0;
  eachFrequency(lags, grid, ({ re }) => {
    largest = Math.max(largest, 2 * (re[0] as number));
  });
  return { lower: Math.max(0, down(largest - lags.error)), upper: up(largest + lags.error) };
}

/** The largest eigenvalue over the grid, by the real matrix [Re -Im; Im Re] of each frequency, which has the same ones twice. */
function matrixMaximum(workspace: Workspace, lags: Lags, grid: Pair): Bracket {
  if (grid[0] * grid[1] === 1) return realMaximum(workspace, lags);
  const top = workspace.arena.mark();
  try {
    return hermitianMaximum(workspace, lags, grid);
  } finally {
    workspace.arena.release(top);
  }
}

function hermitianMaximum(workspace: Workspace, lags: Lags, grid: Pair): Bracket {
  const { width, error } = lags;
  const matrix = new SymmetricMatrix(workspace, 2 * width);
  const { padded } = matrix;
  let lower = 0;
  let threshold = 0;
  eachFrequency(lags, grid, ({ re, im }) => {
    const values = matrix.values();
    for (let i = 0; i < width; i++) {
      const top = i * padded;
      const bottom = (width + i) * padded;
      for (let j = 0; j < width; j++) {
        const real = (re[i * width + j] as number) + (re[j * width + i] as number);
        const imaginary = (im[i * width + j] as number) - (im[j * width + i] as number);
        values[top + j] = real;
        values[bottom + width + j] = real;
        values[bottom + j] = imaginary;
        values[top + width + j] = -imaginary;
      }
    }
    if (threshold > 0 && matrix.isBelow(threshold)) return;
    // A fresh look only where the threshold does not hold: the lower bound rises with it.
    const found = matrix.ritzValue().lower;
    lower = Math.max(lower, found);
    let lift = LIFT;
    for (threshold = Math.max(threshold, found * (1 + lift)); threshold > 0 && !matrix.isBelow(threshold); lift *= 2) {
      threshold *= 1 + lift;
    }
  });
  const slop = up(error);
  return { lower: Math.max(0, down(lower - slop)), upper: up(matrix.limitFor(threshold) + slop) };
}

/** One tap: the layer is a matrix product at each step. */
function realMaximum(workspace: Workspace, { taps }: Lags): Bracket {
  const { lower, upper } = matrixNorm(
    taps.matrices[0] ?? new Float32Array(taps.inputs * taps.outputs),
    taps.inputs,
    taps.outputs,
    workspace,
  );
  return { lower: down(lower * lower), upper: up(upper * upper) };
}
