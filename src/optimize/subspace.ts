/**
 * The matrix of the subspace problem. With Z the free and A the other variables at the Cauchy point,
 *
 *   K = [ -D - Y'ZZ'Y / theta     L_a' - R_z'      ]
 *       [ L_a - R_z               theta S'AA'S     ]
 *
 * where L_a is the strictly lower triangle of S'AA'Y and R_z the upper triangle of S'ZZ'Y, gives the Newton step
 *
 *   d = r / theta + Z'W K^-1 W'Z r / theta^2
 *
 * over the free variables, which is that of Byrd, Lu, Nocedal, Zhu (1995), (5.11), K being M^-1 N there. The inner
 * products outlive the iteration: a new pair adds a row, and variables that enter or leave the free set correct the others.
 */
import type { Compact } from "./compact.ts";
import { shift } from "./compact.ts";
import { type Block, cholesky, solve, solveColumns, solveTransposed } from "./dense.ts";

/** Plain arrays, to save and restore. */
export interface SubspaceState {
  yy: Float64Array;
  ss: Float64Array;
  sy: Float64Array;
  factor: Float64Array;
  factored: boolean;
}

export class Subspace {
  private readonly capacity: number;
  /** Y'ZZ'Y, lower triangle; f64[capacity, capacity], row-major, oldest pair first. */
  private readonly yy: Float64Array;
  /** S'AA'S, lower triangle. */
  private readonly ss: Float64Array;
  /** L_a below the diagonal, R_z on it and above; rows s, columns y. */
  private readonly sy: Float64Array;
  /** The factors of K: L', L^-1(-L_a' + R_z') and J' with K = [L 0; . J] [-I 0; 0 I] [L' .; 0 J'] in the upper triangle. */
  private readonly factor: Block;
  /** Whether the factor belongs to the inner products. */
  private factored = false;

  constructor(capacity: number) {
    const square = capacity * capacity;
    this.capacity = capacity;
    this.yy = new Float64Array(square);
    this.ss = new Float64Array(square);
    this.sy = new Float64Array(square);
    this.factor = { values: new Float64Array(4 * square), offset: 0, stride: 2 * capacity };
  }

  state(): SubspaceState {
    const { yy, ss, sy, factor, factored } = this;
    return { yy: yy.slice(), ss: ss.slice(), sy: sy.slice(), factor: factor.values.slice(), factored };
  }

  restore(state: SubspaceState): void {
    this.yy.set(state.yy);
    this.ss.set(state.ss);
    this.sy.set(state.sy);
    this.factor.values.set(state.factor);
    this.factored = state.factored;
  }

  /** The oldest pair goes. */
  shift(): void {
    shift(this.yy, this.capacity);
    shift(this.ss, this.capacity);
    shift(this.sy, this.capacity);
  }

  /**
   * The inner products of the newest pair with pair j, itself included: y_new'y_j and s_j'y_new over the free variables,
   * s_new's_j and s_new'y_j over the others.
   */
  append(newest: number, j: number, yyFree: number, syFree: number, ssHeld: number, ysHeld: number): void {
    const { capacity: m } = this;
    this.yy[newest * m + j] = yyFree;
    this.ss[newest * m + j] = ssHeld;
    if (j < newest) this.sy[newest * m + j] = ysHeld;
    this.sy[j * m + newest] = syFree;
    this.factored = false;
  }

  /** Corrects the products among the first `pairs` pairs by those of the variables that became free minus those that no longer are. */
  exchange(pairs: number, delta: Float64Array): void {
    const { capacity: m, yy, ss, sy } = this;
    const square = m * m;
    for (let i = 0; i < pairs; i++) {
      for (let j = 0; j < pairs; j++) {
        const at = i * m + j;
        const of = delta[2 * square + at] as number;
        sy[at] = (sy[at] as number) + (j < i ? -of : of);
        if (j > i) continue;
        yy[at] = (yy[at] as number) + (delta[at] as number);
        ss[at] = (ss[at] as number) - (delta[square + at] as number);
      }
    }
    this.factored = false;
  }

  /** Factors K unless that is done; false if rounding has spoilt its definiteness. */
  refactor({ pairs, theta, sy: all }: Compact): boolean {
    if (this.factored) return true;
    const { capacity: m, yy, ss, sy, factor } = this;
    const { values: k, stride } = factor;
    for (let i = 0; i < pairs; i++) {
      for (let j = 0; j <= i; j++) {
        k[j * stride + i] = (yy[i * m + j] as number) / theta;
        k[(pairs + j) * stride + pairs + i] = (ss[i * m + j] as number) * theta;
      }
      for (let j = 0; j < pairs; j++) {
        const of = sy[i * m + j] as number;
        k[j * stride + pairs + i] = j < i ? -of : of;
      }
      k[i * stride + i] = (k[i * stride + i] as number) + (all[i * m + i] as number);
    }

    if (!cholesky(factor, pairs)) return false;
    solveColumns(factor, pairs, pairs, 2 * pairs);
    for (let r = 0; r < pairs; r++) {
      const row = r * stride;
      for (let i = pairs; i < 2 * pairs; i++) {
        const by = k[row + i] as number;
        for (let j = i; j < 2 * pairs; j++)
          k[i * stride + j] = (k[i * stride + j] as number) + by * (k[row + j] as number);
      }
    }
    if (!cholesky({ values: k, offset: pairs * stride + pairs, stride }, pairs)) return false;
    this.factored = true;
    return true;
  }

  /** v = K^-1 v for 2 pairs numbers; false if K is singular. */
  solve(pairs: number, v: Float64Array): boolean {
    if (!solveTransposed(this.factor, 2 * pairs, v, 0)) return false;
    for (let i = 0; i < pairs; i++) v[i] = -(v[i] as number);
    return solve(this.factor, 2 * pairs, v, 0);
  }
}
