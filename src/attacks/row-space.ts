/** One row's image and box as vectors, in the memory of the kernels. */
import type { F64Pointer, Kernels } from "../wasm/index.ts";

/** A vector of a row's length, for kernels by its address and for loops by its values. */
export interface Vector {
  /** f64[n], n the row's length rounded up to a multiple of 8; the padding is 0. */
  readonly at: F64Pointer;
  /** f64[size], a view of the same memory. */
  readonly values: Float64Array;
}

export interface RowSpace {
  readonly size: number;
  readonly n: number;
  readonly kernels: Kernels;
  readonly image: Vector;
  readonly lower: Vector;
  readonly upper: Vector;
}
