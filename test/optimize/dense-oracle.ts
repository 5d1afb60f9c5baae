/** One iteration of L-BFGS-B with the n x n matrix written out: slow, plain, from the formulas of the papers. */

export type Matrix = number[][];

export const dotOf = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, v, i) => sum + v * (b[i] as number), 0);
export const times = (a: Matrix, x: ArrayLike<number>) => a.map((row) => dotOf(row, x));
const frobenius = (a: Matrix) => Math.sqrt(a.reduce((sum, row) => sum + dotOf(row, row), 0));
const unit = (n: number, i: number) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0));

/** B from theta I by BFGS updates with the pairs, oldest first.   [Nocedal & Wright 2006, (6.19)] */
export function bfgs(theta: number, pairs: { s: number[]; y: number[] }[], n: number): Matrix {
  let b: Matrix = Array.from({ length: n }, (_, i) => unit(n, i).map((v) => v * theta));
  for (const { s, y } of pairs) {
    const bs = times(b, s);
    const [sbs, sy] = [dotOf(s, bs), dotOf(s, y)];
    b = b.map((row, i) =>
      row.map((v, j) => v - ((bs[i] as number) * (bs[j] as number)) / sbs + ((y[i] as number) * (y[j] as number)) / sy),
    );
  }
  return b;
}

/** Solves A x = b by Gaussian elimination with row exchanges. */
export function solveDense(a: Matrix, b: ArrayLike<number>): number[] {
  const rows = a.map((row, i) => [...row, b[i] as number]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(rows[i]?.[k] as number) > Math.abs(rows[pivot]?.[k] as number)) pivot = i;
    }
    [rows[k], rows[pivot]] = [rows[pivot] as number[], rows[k] as number[]];
    const top = rows[k] as number[];
    for (let i = k + 1; i < n; i++) {
      const row = rows[i] as number[];
      const by = (row[k] as number) / (top[k] as number);
      for (let j = k; j <= n; j++) row[j] = (row[j] as number) - by * (top[j] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i] as number[];
    x[i] = ((row[n] as number) - dotOf(row.slice(0, n), x)) / (row[i] as number);
  }
  return x;
}

/** |A| |A^-1| in the Frobenius norm. */
export function condition(a: Matrix): number {
  const n = a.length;
  return frobenius(a) * frobenius(a.map((_, i) => solveDense(a, unit(n, i))));
}

/** The Cauchy point and what is free there: the path followed from breakpoint to breakpoint with the full matrix. */
export function cauchyDense(x: number[], g: number[], b: Matrix, lower: number[], upper: number[]) {
  const n = x.length;
  const at = (i: number) => [x[i], g[i], lower[i], upper[i]] as [number, number, number, number];
  const t = x.map((_, i) => {
    const [v, slope, low, high] = at(i);
    return slope > 0 ? (v - low) / slope : slope < 0 ? (high - v) / -slope : Number.POSITIVE_INFINITY;
  });
  const path = (time: number) =>
    x.map((v, i) => {
      const [, slope, low, high] = at(i);
      return time >= (t[i] as number) ? (slope > 0 ? low : high) : Math.min(Math.max(v - time * slope, low), high);
    });
  const stops = [...new Set(t.filter((v) => v > 0 && v < Number.POSITIVE_INFINITY))].sort((p, q) => p - q);
  let from = 0;
  for (const to of [...stops, Number.POSITIVE_INFINITY]) {
    const d = x.map((_, i) => ((t[i] as number) > from ? -(g[i] as number) : 0));
    const z = path(from);
    const away = z.map((v, i) => v - (x[i] as number));
    // f' and f'' of the model along the segment.
    const slope = dotOf(g, d) + dotOf(d, times(b, away));
    const curve = dotOf(d, times(b, d));
    if (slope >= 0 || curve === 0) return { z, free: free(from) };
    const step = -slope / curve;
    if (from + step < to) return { z: path(from + step), free: free(from) };
    from = to;
  }
  return { z: path(from), free: free(from) };

  function free(time: number): number[] {
    return Array.from({ length: n }, (_, i) => i).filter((i) => {
      const [v, slope, low, high] = at(i);
      const held = (v <= low && slope >= 0) || (v >= high && slope <= 0) || low === high;
      return !held && (t[i] as number) > time;
    });
  }
}

/** The minimiser of the model over the free variables, projected into the box.   [Morales & Nocedal 2011] */
export function targetDense(x: number[], g: number[], b: Matrix, lower: number[], upper: number[]): number[] {
  const { z, free } = cauchyDense(x, g, b, lower, upper);
  const slope = times(
    b,
    z.map((v, i) => v - (x[i] as number)),
  ).map((v, i) => v + (g[i] as number));
  const step = solveDense(
    free.map((i) => free.map((j) => b[i]?.[j] as number)),
    free.map((i) => -(slope[i] as number)),
  );
  const to = [...z];
  free.forEach((i, k) => {
    to[i] = Math.min(Math.max((z[i] as number) + (step[k] as number), lower[i] as number), upper[i] as number);
  });
  const uphill =
    dotOf(
      to.map((v, i) => v - (x[i] as number)),
      g,
    ) > 0;
  if (!uphill) return to;
  let alpha = 1;
  free.forEach((i, k) => {
    const move = step[k] as number;
    const room = ((move < 0 ? lower[i] : upper[i]) as number) - (z[i] as number);
    if (move !== 0) alpha = Math.min(alpha, Math.max(0, room / move));
  });
  const back = [...z];
  free.forEach((i, k) => {
    back[i] = (z[i] as number) + alpha * (step[k] as number);
  });
  return back;
}
