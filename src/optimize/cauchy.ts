/**
 * The generalized Cauchy point: the first local minimiser of the quadratic model along the projected gradient path
 * P(x - t g), t >= 0, segment by segment from one breakpoint to the next.   [Byrd, Lu, Nocedal, Zhu 1995, section 4,
 * algorithm CP]
 */
import type { F64Pointer, I32Pointer, I64Pointer, SolverWorkspace } from "../wasm/index.ts";
import type { Compact } from "./compact.ts";
import { dot } from "./dense.ts";
import type { History } from "./history.ts";
import { EPSILON } from "./options.ts";

/** Where the vectors of the path lie: f64[padded] unless stated otherwise. */
export interface Path {
  padded: number;
  /** Real variables, without the padding. */
  n: number;
  x: F64Pointer;
  g: F64Pointer;
  lower: F64Pointer;
  upper: F64Pointer;
  history: History;
  /** Written: the direction of the last segment. */
  d: F64Pointer;
  /** Written: breakpoints, then what is left of their heap. */
  t: F64Pointer;
  /** i32[padded]. Written: the variables of the heap. */
  index: I32Pointer;
  /** i64[padded]. Written: all ones on the variables that are free at the Cauchy point. */
  free: I64Pointer;
  /** Written: the Cauchy point. */
  z: F64Pointer;
  /** f64[8], scratch. */
  out: F64Pointer;
}

/** The path as `startPath` finds it. */
export interface PathStart {
  /** d'd of the first segment. */
  dd: number;
  /** The first breakpoint. */
  first: number;
  breakpoints: number;
  /** Variables that move and never meet a bound. */
  endless: number;
  /** Variables that move or could: not held at a bound. */
  free: number;
}

/** Finds the breakpoints; `path.d` is then the first direction, for which the caller provides W'd. */
export function startPath({ kernels, arena }: SolverWorkspace, path: Path): PathStart {
  const { padded, x, g, lower, upper, d, t, free, z, out } = path;
  kernels.breakpoints_f64(padded, x, g, lower, upper, d, t, free, z, out);
  const found = arena.f64(out, 5);
  return {
    dd: found[0] as number,
    first: found[1] as number,
    breakpoints: found[2] as number,
    endless: found[3] as number,
    free: found[4] as number,
  };
}

/** Scratch of 2 m numbers each, and c = W'(z - x), the result that the reduced gradient needs. */
export interface PathProducts {
  /** In: W'd of the first segment, the lower half times theta. Changed. */
  p: Float64Array;
  c: Float64Array;
  v: Float64Array;
  w: Float64Array;
}

/**
 * Follows the path to its first minimiser: writes z and the free set. Returns how many variables are free
 * there, or -1 if M is singular.
 */
export function followPath(
  { kernels, arena }: SolverWorkspace,
  path: Path,
  start: PathStart,
  model: Compact,
  products: PathProducts,
): number {
  const { padded, n } = path;
  const { pairs, theta, capacity } = model;
  const { p, c, v, w } = products;
  const size = 2 * pairs;
  c.fill(0, 0, size);
  let free = start.free;
  if (start.dd === 0) return free;

  // f' and f'' along the first segment.   [1995, (4.3)-(4.5)]
  let slope = -start.dd;
  let curve = -theta * slope;
  const floor = EPSILON * curve;
  if (pairs > 0) {
    if (!model.multiply(p, v)) return -1;
    curve -= dot(size, v, p);
  }
  let step = -slope / curve;
  let reached = 0;

  if (start.breakpoints > 0) {
    const x = arena.f64(path.x, padded);
    const lower = arena.f64(path.lower, padded);
    const upper = arena.f64(path.upper, padded);
    const d = arena.f64(path.d, padded);
    const z = arena.f64(path.z, padded);
    const t = arena.f64(path.t, padded);
    const mask = arena.masks(path.free, padded);
    const index = arena.i32(path.index, padded);
    const s = arena.f64(path.history.s, padded * capacity);
    const y = arena.f64(path.history.y, padded * capacity);
    let left = start.breakpoints;
    let at = 0;
    let first = -1;
    for (;;) {
      // The least breakpoint is known before there is a heap, and often it is the only one needed.
      let next = start.first;
      let heap = 0;
      if (first >= 0) {
        heap = left === start.breakpoints - 1 ? kernels.heap_build_f64(padded, path.t, path.index, first) : left;
        kernels.heap_pop_f64(heap, path.t, path.index);
        next = t[heap - 1] as number;
      }
      const segment = next - at;
      if (step < segment) break;
      at = next;

      // The variable stops at its bound.
      const b = first < 0 ? kernels.find_f64(padded, path.t, next) : (index[heap - 1] as number);
      if (first < 0) first = b;
      const db = d[b] as number;
      d[b] = 0;
      z[b] = (db > 0 ? upper[b] : lower[b]) as number;
      const zb = (z[b] as number) - (x[b] as number);
      mask[2 * b] = 0;
      mask[2 * b + 1] = 0;
      reached += segment;
      left--;
      free--;
      if (left === 0 && start.breakpoints === n) {
        // Every variable stands at a bound.
        axpy(size, segment, p, c);
        return free;
      }

      // [1995, (4.9), (4.10)] with w_b, the row of W of the variable.
      slope += segment * curve + db * db - theta * db * zb;
      curve -= theta * db * db;
      if (pairs > 0) {
        axpy(size, segment, p, c);
        for (let j = 0, slot = path.history.head; j < pairs; j++) {
          w[j] = y[slot * padded + b] as number;
          w[pairs + j] = theta * (s[slot * padded + b] as number);
          slot = slot + 1 === capacity ? 0 : slot + 1;
        }
        if (!model.multiply(w, v)) return -1;
        const wmc = dot(size, c, v);
        const wmp = dot(size, p, v);
        const wmw = dot(size, w, v);
        axpy(size, -db, w, p);
        slope += db * wmc;
        curve += 2 * db * wmp - db * db * wmw;
      }
      curve = Math.max(floor, curve);
      if (left === 0 && start.endless === 0) {
        step = 0;
        break;
      }
      step = -slope / curve;
      if (left === 0) break;
    }
  }

  if (!(step > 0)) step = 0;
  reached += step;
  // z += reached d on the variables still under way; clamped, since rounding may carry one past its bound.
  kernels.step_f64(padded, reached, path.z, path.d, path.lower, path.upper, path.z);
  axpy(size, step, p, c);
  return free;
}

function axpy(n: number, a: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}
