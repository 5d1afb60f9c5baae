/**
 * Numbers in double precision that know how they came about and how far a single-precision implementation may be from
 * them: reverse-mode differentiation and a running error analysis in one. An implementation may sum in any order; each of
 * its products and sums is rounded once.   [Higham 2002, 3.3]
 */
import { gBoth } from "../support/bounds.ts";

/** A value, and how far from it an implementation may be. */
export interface Near {
  readonly value: number;
  readonly error: number;
}

export interface Num extends Near {
  /** What it was computed from, with the derivative to each. */
  readonly parents: readonly { readonly of: Num; readonly slope: Near }[];
}

/** What a product that underflows loses at most. */
const UNDERFLOW = 2 ** -149;
const ONE: Near = { value: 1, error: 0 };

export function constant(value: number): Num {
  return { value, error: 0, parents: [] };
}

/** A sum of numbers in any order. */
function total(terms: readonly Near[]): Near {
  let [value, inherited, size] = [0, 0, 0];
  for (const term of terms) {
    value += term.value;
    inherited += term.error;
    size += Math.abs(term.value) + term.error;
  }
  return { value, error: inherited + (terms.length > 1 ? gBoth(terms.length) * size : 0) };
}

/** A product, rounded once. */
export function product(a: Near, b: Near): Near {
  const inherited = Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error;
  const size = (Math.abs(a.value) + a.error) * (Math.abs(b.value) + b.error);
  // A factor of one that is exact is no product.
  const isExact = [a, b].some(({ value, error }) => Math.abs(value) === 1 && error === 0);
  return { value: a.value * b.value, error: inherited + (isExact ? 0 : gBoth(1) * size + UNDERFLOW) };
}

export function sum(terms: readonly Num[]): Num {
  return { ...total(terms), parents: terms.map((of) => ({ of, slope: ONE })) };
}

export function times(a: Num, b: Num): Num {
  return {
    ...product(a, b),
    parents: [
      { of: a, slope: b },
      { of: b, slope: a },
    ],
  };
}

export function minus(a: Num): Num {
  return { value: -a.value, error: a.error, parents: [{ of: a, slope: { value: -1, error: 0 } }] };
}

/** The largest; of exact equals the first. Which one it is must not depend on rounding. */
export function largest(all: readonly Num[]): Num {
  const best = all.reduce((top, x) => (x.value > top.value ? x : top));
  for (const x of all) {
    const isClose = best.value - x.value <= best.error + x.error;
    if (x !== best && isClose && x.error + best.error > 0) throw new Error("oracle: a tie that rounding decides");
  }
  return { ...best, parents: [{ of: best, slope: ONE }] };
}

/** A function of one number with its own value, error and derivative. */
export function mapped(x: Num, near: Near, slope: Near): Num {
  return { ...near, parents: [{ of: x, slope }] };
}

/** The derivatives of the outputs, weighted by the seeds, to everything they were computed from. */
export function derivatives(outputs: readonly Num[], seeds: readonly Near[]): Map<Num, Near> {
  const shares = new Map<Num, Near[]>();
  const give = (to: Num, share: Near) => {
    const known = shares.get(to);
    if (known) known.push(share);
    else shares.set(to, [share]);
  };
  outputs.forEach((output, i) => {
    give(output, seeds[i] as Near);
  });
  const found = new Map<Num, Near>();
  for (const num of inOrder(outputs).reverse()) {
    const slope = total(shares.get(num) as Near[]);
    found.set(num, slope);
    for (const parent of num.parents) give(parent.of, product(slope, parent.slope));
  }
  return found;
}

/** Everything that the outputs come from, each number behind its parents. */
function inOrder(outputs: readonly Num[]): Num[] {
  const ordered: Num[] = [];
  const done = new Set<Num>();
  const stack = outputs.map((num) => ({ num, next: 0 }));
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const parent = done.has(top.num) ? undefined : top.num.parents[top.next++];
    if (parent) {
      if (!done.has(parent.of)) stack.push({ num: parent.of, next: 0 });
      continue;
    }
    if (!done.has(top.num)) ordered.push(top.num);
    done.add(top.num);
    stack.pop();
  }
  return ordered;
}
