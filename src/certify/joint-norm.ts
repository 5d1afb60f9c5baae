/**
 * The largest 2-norm of sums A_0 v_0 + A_1 v_1 + ..., |v_k| <= r_k, from above. For any w with sum 1 / w_k = 1 the vector (v_k / (r_k sqrt(w_k)))_k is
 * no longer than 1: the square is at most the largest eigenvalue of sum w_k r_k^2 A_k A_k^T, which a factorisation certifies.
 */
import { SymmetricMatrix } from "../matrix/symmetric.ts";
import { gamma, up } from "../numeric/rounding.ts";
import { offset64, type Workspace } from "../wasm/index.ts";

/** A matrix f32[rows, columns] and how long its vector may be. */
export interface Summand {
  readonly values: Float32Array;
  readonly columns: number;
  readonly radius: number;
}

/** Columns that enter at once, together with the rows that are not zero there. */
const CHUNK = 64;
/** Steps of the power method, for weights that are nearly the best. */
const STEPS = 2;
/** Rows beyond which the norm would take too long. */
export const MOST_NORM_ROWS = 3072;
/** Products beyond which it would, too. */
const MOST_WORK = 2 ** 31;

/** @param shares of each summand in the norm, nearly: the w are one over them; worked out where they are not given */
export function jointNorm(
  workspace: Workspace,
  rows: number,
  summands: readonly Summand[],
  shares?: readonly number[],
): number {
  const isUsed = summands.map(({ values, radius }) => radius > 0 && values.some((x) => x !== 0));
  const used = summands.filter((_, k) => isUsed[k]);
  if (used.length === 0) return 0;
  if (used.some(({ radius }) => !Number.isFinite(radius))) return Number.POSITIVE_INFINITY;
  const [first] = used as [Summand];
  const { arena } = workspace;
  const top = arena.mark();
  try {
    if (used.length === 1 && first.columns < rows) return up(first.radius * columnNorm(workspace, rows, first));
    return rows > MOST_NORM_ROWS
      ? Number.POSITIVE_INFINITY
      : rowNorm(
          workspace,
          rows,
          used,
          shares?.filter((_, k) => isUsed[k]),
        );
  } finally {
    arena.release(top);
  }
}

/** The norm of a tall matrix, whose rows are mostly zero. */
function columnNorm(workspace: Workspace, rows: number, { values, columns }: Summand): number {
  const gram = new SymmetricMatrix(workspace, columns);
  const { padded } = gram;
  const to = gram.values();
  const places = new Int32Array(columns);
  let work = 0;
  for (let r = 0; r < rows; r++) {
    let n = 0;
    for (let i = 0; i < columns; i++) if (values[r * columns + i] !== 0) places[n++] = i;
    work += n * n;
    if (work > MOST_WORK) return Number.POSITIVE_INFINITY;
    for (let a = 0; a < n; a++) {
      const i = places[a] as number;
      const x = values[r * columns + i] as number;
      for (let b = 0; b <= a; b++) {
        const j = places[b] as number;
        const at = i * padded + j;
        to[at] = (to[at] as number) + x * (values[r * columns + j] as number);
      }
    }
  }
  gram.mirror();
  return up(Math.sqrt(gram.largestEigenvalue(2 * gamma(rows + 4) * gram.trace()).upper));
}

function rowNorm(
  workspace: Workspace,
  rows: number,
  summands: readonly Summand[],
  shares: readonly number[] = summands.map((summand) => summand.radius * nearNorm(rows, summand)),
): number {
  const { arena, kernels } = workspace;
  const sizes = shares.map((share) => (share > 0 ? share : 2 ** -40));
  const total = sizes.reduce((a, b) => a + b, 0);
  const weights = sizes.map((size) => total / size);
  const gram = new SymmetricMatrix(workspace, rows);
  const { padded } = gram;
  const most = 4 * Math.ceil(rows / 4);
  const slab = arena.allocateF32(CHUNK * most);
  const packed = arena.allocateF64(CHUNK * most);
  const part = arena.allocateF64(most * most);
  let terms = 0;
  summands.forEach(({ values, columns, radius }, s) => {
    const factor = (weights[s] as number) * radius * radius;
    terms += columns;
    for (let first = 0; first < columns; first += CHUNK) {
      const width = Math.min(CHUNK, columns - first);
      const active: number[] = [];
      for (let r = 0; r < rows; r++) {
        const at = r * columns + first;
        for (let i = at; i < at + width; i++) {
          if (values[i] === 0) continue;
          active.push(r);
          break;
        }
      }
      if (active.length === 0) continue;
      const n = 4 * Math.ceil(active.length / 4);
      const taken = arena.f32(slab, width * n).fill(0);
      active.forEach((r, a) => {
        for (let i = 0; i < width; i++) taken[i * n + a] = values[r * columns + first + i] as number;
      });
      kernels.pack_f32_to_f64_4(width, n, slab, n, packed);
      arena.f64(part, n * n).fill(0);
      kernels.gram_f64_4x4(n, width, packed, part);
      const found = arena.f64(part, n * n);
      const to = arena.f64(offset64(gram.at, 0), padded * padded);
      active.forEach((r, a) => {
        for (let b = 0; b <= a; b++) {
          const at = r * padded + (active[b] as number);
          to[at] = (to[at] as number) + factor * (found[a * n + b] as number);
        }
      });
    }
  });
  gram.mirror();
  const square = gram.largestEigenvalue(2 * gamma(2 * terms + 8) * gram.trace()).upper;
  // What the weights' rounding left of sum 1 / w = 1, and what this sum, of a quotient each, loses itself.
  const share = weights.reduce((sum, weight) => sum + 1 / weight, 0) * (1 + gamma(2 * weights.length));
  return up(up(Math.sqrt(square)) * up(Math.sqrt(up(share))));
}

/** The norm of a matrix, from below and nearly: any number is as sound. */
function nearNorm(rows: number, { values, columns }: Summand): number {
  let vector = new Float64Array(columns).fill(1);
  let size = 0;
  for (let step = 0; step < STEPS; step++) {
    const next = new Float64Array(columns);
    let squares = 0;
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let i = r * columns, j = 0; j < columns; i++, j++) sum += (values[i] as number) * (vector[j] as number);
      squares += sum * sum;
      for (let i = r * columns, j = 0; j < columns; i++, j++)
        next[j] = (next[j] as number) + sum * (values[i] as number);
    }
    const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    size = Math.sqrt(squares) / length;
    const largest = next.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    if (!(largest > 0)) break;
    vector = next.map((x) => x / largest);
  }
  return size > 0 ? size : 1;
}
