/**
 * The compact representation of the limited-memory BFGS matrix, its small part:
 *
 *   B = theta I - W M W',  W = [Y, theta S],  M = [[-D, L'], [L, theta S'S]]^-1        [Byrd et al. 1995, (3.2)-(3.4)]
 *
 * D and L are the diagonal and the strictly lower triangle of S'Y. The rows of S and Y lie in Wasm memory; here are
 * the inner products among them, in the order of age, oldest first, and the factor that M is applied with.
 */
import { type Block, cholesky, solve, solveTransposed } from "./dense.ts";

/** Plain numbers and arrays, to save and restore. */
export interface CompactState {
  pairs: number;
  theta: number;
  sy: Float64Array;
  ss: Float64Array;
  factor: Float64Array;
}

export class Compact {
  /** m, the most pairs kept. */
  readonly capacity: number;
  pairs = 0;
  /** B_0 = theta I; theta = y'y / s'y of the newest pair.   [1995, section 3] */
  theta = 1;
  /** S'Y, lower triangle with the diagonal; f64[capacity, capacity], row-major. */
  readonly sy: Float64Array;
  /** S'S, upper triangle. */
  readonly ss: Float64Array;
  /** J' with J J' = theta S'S + L D^-1 L', upper triangle.   [Byrd, Nocedal, Schnabel 1994, (2.26)] */
  private readonly factor: Block;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.sy = new Float64Array(capacity * capacity);
    this.ss = new Float64Array(capacity * capacity);
    this.factor = { values: new Float64Array(capacity * capacity), offset: 0, stride: capacity };
  }

  state(): CompactState {
    const { pairs, theta, sy, ss, factor } = this;
    return { pairs, theta, sy: sy.slice(), ss: ss.slice(), factor: factor.values.slice() };
  }

  restore(state: CompactState): void {
    this.pairs = state.pairs;
    this.theta = state.theta;
    this.sy.set(state.sy);
    this.ss.set(state.ss);
    this.factor.values.set(state.factor);
  }

  forget(): void {
    this.pairs = 0;
    this.theta = 1;
  }

  /** Makes room for a newest pair, whose inner products the caller fills in; `dropped`: the oldest has gone. */
  append(dropped: boolean): void {
    if (dropped) {
      shift(this.sy, this.capacity);
      shift(this.ss, this.capacity);
    } else {
      this.pairs++;
    }
  }

  /** Factors theta S'S + L D^-1 L'; false if rounding has made it indefinite. */
  refactor(): boolean {
    const { pairs, capacity: m, theta, sy, ss } = this;
    const t = this.factor.values;
    for (let i = 0; i < pairs; i++) {
      for (let j = i; j < pairs; j++) {
        let sum = 0;
        for (let k = 0; k < i; k++) {
          sum += ((sy[i * m + k] as number) * (sy[j * m + k] as number)) / (sy[k * m + k] as number);
        }
        t[i * m + j] = sum + theta * (ss[i * m + j] as number);
      }
    }
    return cholesky(this.factor, pairs);
  }

  /** p = M v for v, p of 2 pairs numbers; false if the factor is singular.   [1994, (2.26)] */
  multiply(v: Float64Array, p: Float64Array): boolean {
    const { pairs, capacity: m, sy } = this;
    // J p2 = v2 + L D^-1 v1
    for (let i = 0; i < pairs; i++) {
      let sum = 0;
      for (let k = 0; k < i; k++) sum += ((sy[i * m + k] as number) * (v[k] as number)) / (sy[k * m + k] as number);
      p[pairs + i] = (v[pairs + i] as number) + sum;
    }
    if (!solveTransposed(this.factor, pairs, p, pairs)) return false;
    // J' p2 = p2
    if (!solve(this.factor, pairs, p, pairs)) return false;
    // p1 = -D^-1 v1 + D^-1 L' p2
    for (let i = 0; i < pairs; i++) {
      const d = sy[i * m + i] as number;
      let sum = 0;
      for (let k = i + 1; k < pairs; k++) sum += ((sy[k * m + i] as number) * (p[pairs + k] as number)) / d;
      p[i] = -(v[i] as number) / d + sum;
    }
    return true;
  }
}

/** Moves an m x m matrix up and left by one: the oldest row and column go, the newest are free. */
export function shift(matrix: Float64Array, m: number): void {
  // Row-major: one step along the diagonal is m + 1 elements. The last row and column are the newest pair's to fill.
  matrix.copyWithin(0, m + 1);
}
