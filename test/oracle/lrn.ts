/** Local response normalisation and its gradient, one number at a time. */
import { U32 } from "../support/bounds.ts";
import { add, apply, divide, given, givens, multiply, type Running, subtract, sum } from "../support/running.ts";

export interface Lrn {
  radius: number;
  bias: number;
  alpha: number;
  beta: number;
}

/** Options as a kernel has them: in single precision. */
export function single({ radius, bias, alpha, beta }: Lrn): Lrn {
  return { radius, bias: Math.fround(bias), alpha: Math.fround(alpha), beta: Math.fround(beta) };
}

const near = (n: number, i: number, radius: number) =>
  Array.from({ length: n }, (_, j) => j).filter((j) => Math.abs(j - i) <= radius);

/** s_i = bias + alpha sum x_j^2, and s_i^-beta, of one row of channels. */
function scales(x: readonly Running[], { radius, bias, alpha, beta }: Lrn): { s: Running; p: Running }[] {
  const squares = x.map((v) => multiply(v, v));
  return x.map((_, i) => {
    const window = sum(near(x.length, i, radius).map((j) => squares[j] as Running));
    const s = add(given(bias), multiply(given(alpha), window));
    return { s, p: apply(s, (v) => v ** -beta, powerError(beta, s.value)) };
  });
}

/** What assembly/layers/lrn.ts states of its powers. */
function powerError(beta: number, s: number): number {
  const roots = new Map([
    [1, 1],
    [0.5, 2.01],
    [0.75, 4.51],
  ]).get(beta);
  return U32 * (roots ?? 2.8 * beta * Math.abs(Math.log(s)) + 2.01);
}

/** y of one row of channels. */
export function lrn(x: ArrayLike<number>, options: Lrn): Running[] {
  const row = givens(x);
  return scales(row, options).map(({ p }, i) => multiply(row[i] as Running, p));
}

/** dx + the gradient, of one row of channels. */
export function lrnGradient(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  dx: ArrayLike<number>,
  options: Lrn,
): Running[] {
  const [row, slope] = [givens(x), givens(dy)];
  const scale = scales(row, options);
  const t = scale.map(({ s, p }, i) => divide(multiply(multiply(slope[i] as Running, row[i] as Running), p), s));
  // 2 alpha beta is one rounded product; the doubling is exact.
  const factor = multiply(given(2 * options.alpha), given(options.beta));
  return row.map((v, i) => {
    const window = sum(near(row.length, i, options.radius).map((j) => t[j] as Running));
    const { p } = scale[i] as { p: Running };
    const direct = add(given(dx[i] as number), multiply(slope[i] as Running, p));
    return subtract(direct, multiply(multiply(factor, v), window));
  });
}
