/**
 * A symmetric positive semidefinite matrix in a workspace, and two numbers with its largest eigenvalue between them.
 *
 * From below: the Rayleigh quotient of a vector that a Lanczos process finds. From above: a certificate. s I - G is
 * positive definite if its Cholesky factorisation runs to its end, up to an error that is known beforehand [Demmel 1989;
 * Rump, "Verification of positive definiteness", BIT 2006]: then no eigenvalue of G exceeds s by more than that. Nothing is
 * left to chance: an eigenvalue that the Lanczos process missed makes the factorisation fail.
 */
import { Random } from "../numeric/random.ts";
import { type Bracket, down, gamma, up } from "../numeric/rounding.ts";
import { type F64Pointer, offset64, type Workspace } from "../wasm/index.ts";
import { largestOfTridiagonal, type RitzPair } from "./lanczos.ts";

/** Steps of the Lanczos process at most, and after how many the first look at what it found. */
const STEPS = 96;
const FIRST_LOOK = 8;
/** Relative residual of the Ritz pair with which the process ends. */
const RESIDUAL = 1e-3;
/** How far above the eigenvalue found the first certificate is tried, relatively: the residual within these. */
const LEAST_LIFT = 1e-11;
const MOST_LIFT = 4e-3;
/** How much further after a failure. */
const RAISE = 4;

/** What the largest eigenvalue is not below, and how sure the Lanczos process was. */
interface RitzValue {
  /** A guaranteed lower bound. */
  lower: number;
  /** Norm of G y - value y, of |y| = 1. */
  residual: number;
}

export class SymmetricMatrix {
  /** Rows that count, and rows with the padding, a multiple of 8. */
  readonly size: number;
  readonly padded: number;
  /** f64[padded, padded], row-major; the padding is zero. */
  readonly at: F64Pointer;
  private readonly workspace: Workspace;
  private readonly shifted: F64Pointer;
  private readonly scratch: F64Pointer;
  private readonly basis: F64Pointer;
  private readonly image: F64Pointer;
  private readonly start: Float64Array;

  /** Zero at first. Lives in the workspace until its caller releases what was allocated. */
  constructor(workspace: Workspace, size: number) {
    this.workspace = workspace;
    this.size = size;
    this.padded = 8 * Math.ceil(size / 8);
    const { arena } = workspace;
    const { padded } = this;
    this.at = arena.allocateF64(padded * padded);
    this.shifted = arena.allocateF64(padded * padded);
    this.scratch = arena.allocateF64(2 * 64 * padded);
    this.basis = arena.allocateF64((Math.min(STEPS, size) + 1) * padded);
    this.image = arena.allocateF64(padded);
    arena.f64(this.at, padded * padded).fill(0);
    const random = new Random(0, 0);
    this.start = Float64Array.from({ length: padded }, (_, i) => (i < size ? 2 * random.uniform(i) - 1 : 0));
  }

  /** The elements, to be filled: f64[padded, padded]. The view goes stale when the workspace grows. */
  values(): Float64Array {
    return this.workspace.arena.f64(this.at, this.padded * this.padded);
  }

  /** Adds a^T a to the lower triangle.   packed  f64[padded/4, k, 4] */
  addGram(k: number, packed: F64Pointer): void {
    this.workspace.kernels.gram_f64_4x4(this.padded, k, packed, this.at);
  }

  /** Makes the upper triangle that of the lower one. */
  mirror(): void {
    this.workspace.kernels.mirror_f64(this.padded, this.at);
  }

  trace(): number {
    const values = this.values();
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += values[i * (this.padded + 1)] as number;
    return sum;
  }

  /**
   * Whether no eigenvalue exceeds `limitFor(s)`, by the factorisation of s I - G. False proves nothing: an eigenvalue may be
   * above s, or so near below it that rounding decides.
   */
  isBelow(s: number): boolean {
    const { kernels } = this.workspace;
    kernels.shift_f64(this.padded, this.size, s, this.at, this.shifted);
    return kernels.cholesky_f64(this.padded, this.shifted, this.scratch) < 0;
  }

  /** What no eigenvalue exceeds where `isBelow(s)`: s, the rounding of the factorisation and that of the diagonal. */
  limitFor(s: number): number {
    const { padded } = this;
    return up(s * (1 + 2 * gamma(padded + 2) * padded));
  }

  /**
   * The largest eigenvalue, both triangles being filled.
   *
   * @param error how far the matrix may be, in the 2-norm, from the one that is meant
   */
  largestEigenvalue(error: number): Bracket {
    const trace = this.trace();
    if (trace === 0) return { lower: 0, upper: up(error) };
    const { lower, residual } = this.ritzValue();
    let lift = Math.min(Math.max(residual / lower, LEAST_LIFT), MOST_LIFT);
    let s = lower * (1 + lift);
    // No eigenvalue of a semidefinite matrix exceeds the trace: there the certificate cannot fail but by rounding.
    while (!this.isBelow(s)) {
      lift *= RAISE;
      s = lower * (1 + lift);
    }
    return { lower: Math.max(0, down(lower - up(error))), upper: up(this.limitFor(s) + error) };
  }

  /** A Lanczos process with full orthogonalisation from a fixed start, and the Rayleigh quotient of the vector it ends with. */
  ritzValue(): RitzValue {
    const { workspace, padded, basis, image } = this;
    const { kernels, arena } = workspace;
    const vector = (i: number): F64Pointer => offset64(basis, i * padded);
    const diagonal: number[] = [];
    const beside: number[] = [];
    arena.f64(vector(0), padded).set(this.start);
    kernels.scale_f64(padded, 1 / Math.sqrt(kernels.dot_f64(padded, vector(0), vector(0))), vector(0), vector(0));
    const steps = Math.min(STEPS, this.size);
    let pair: RitzPair = { value: 0, vector: new Float64Array(1) };
    for (let k = 0; k < steps; k++) {
      kernels.matvec_f64(padded, padded, this.at, vector(k), image);
      diagonal.push(kernels.dot_f64(padded, vector(k), image));
      // Twice is enough [Kahan, Parlett].
      for (let pass = 0; pass < 2; pass++) {
        for (let i = 0; i <= k; i++) {
          kernels.axpy_f64(padded, -kernels.dot_f64(padded, vector(i), image), vector(i), image);
        }
      }
      const norm = Math.sqrt(kernels.dot_f64(padded, image, image));
      const isLast = k === steps - 1 || norm <= 2 ** -45 * Math.max(...diagonal.map(Math.abs));
      if (isLast || k % FIRST_LOOK === FIRST_LOOK - 1) {
        pair = largestOfTridiagonal(diagonal, beside);
        if (isLast || norm * Math.abs(pair.vector[k] as number) <= RESIDUAL * pair.value) break;
      }
      beside.push(norm);
      kernels.scale_f64(padded, 1 / norm, image, vector(k + 1));
    }
    return this.rayleigh(pair.vector);
  }

  /** The Rayleigh quotient of the combination of basis vectors, with all of its rounding taken off. */
  private rayleigh(weights: Float64Array): RitzValue {
    const { workspace, padded, basis, image } = this;
    const { kernels, arena } = workspace;
    const ritz = this.scratch;
    arena.f64(ritz, padded).fill(0);
    weights.forEach((weight, i) => {
      kernels.axpy_f64(padded, weight, offset64(basis, i * padded), ritz);
    });
    kernels.matvec_f64(padded, padded, this.at, ritz, image);
    const squared = kernels.dot_f64(padded, ritz, ritz);
    const value = kernels.dot_f64(padded, ritz, image) / squared;
    kernels.axpy_f64(padded, -value, ritz, image);
    const residual = Math.sqrt(kernels.dot_f64(padded, image, image) / squared);
    // |y|^T |G| |y| <= trace(G) |y|^2 bounds what the sums lose.
    const lower = down(value - 2 * gamma(2 * padded + 8) * this.trace());
    return { lower: Math.max(lower, 0), residual };
  }
}
