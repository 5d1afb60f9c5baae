/** The largest singular value of a matrix: the root of the largest eigenvalue of its Gram matrix on the shorter side. */

import { SymmetricMatrix } from "../../matrix/symmetric.ts";
import { type Bracket, gamma, rootOf } from "../../numeric/rounding.ts";
import { Workspace } from "../../wasm/index.ts";

/** Rows that enter the Gram matrix at once. */
const DEPTH = 256;

/**
 * Lower and upper bounds of the 2-norm of a row-major matrix. The Gram matrix is summed in double precision from weights of single
 * precision; its rounding, at most gamma(k + 2) |W|_F^2, is in the bracket.
 *
 * @param values f32[rows, columns]
 * @param workspace memory to work in, released at the end; pass one to compute many norms
 */
export function matrixNorm(values: Float32Array, rows: number, columns: number, workspace = new Workspace()): Bracket {
  const top = workspace.arena.mark();
  try {
    return normIn(workspace, values, rows, columns);
  } finally {
    workspace.arena.release(top);
  }
}

function normIn(workspace: Workspace, values: Float32Array, rows: number, columns: number): Bracket {
  const { arena, kernels } = workspace;
  const isTall = rows >= columns;
  const [depth, width] = isTall ? [rows, columns] : [columns, rows];
  const gram = new SymmetricMatrix(workspace, width);
  const { padded } = gram;
  const chunk = Math.min(DEPTH, depth);
  const slab = arena.allocateF32(chunk * padded);
  const packed = arena.allocateF64(chunk * padded);
  for (let first = 0; first < depth; first += chunk) {
    const n = Math.min(chunk, depth - first);
    const to = arena.f32(slab, chunk * padded).fill(0);
    for (let k = 0; k < n; k++) {
      const row = to.subarray(k * padded, k * padded + width);
      if (isTall) row.set(values.subarray((first + k) * columns, (first + k + 1) * columns));
      else for (let i = 0; i < width; i++) row[i] = values[i * columns + first + k] as number;
    }
    kernels.pack_f32_to_f64_4(n, padded, slab, padded, packed);
    gram.addGram(n, packed);
  }
  gram.mirror();
  return rootOf(gram.largestEigenvalue(2 * gamma(depth + 2) * gram.trace()));
}
