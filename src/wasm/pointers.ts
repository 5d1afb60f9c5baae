/**
 * Addresses in a WebAssembly memory, in bytes, by what lies there: types alone, numbers when they run. A plain number is
 * none of them, nor is one another, and none passes for a count.
 */
declare const element: unique symbol;

/** @template E what lies there */
export type Pointer<E extends string = string> = number & { readonly [element]: E };
export type F32Pointer = Pointer<"f32">;
export type F64Pointer = Pointer<"f64">;
export type I32Pointer = Pointer<"i32">;
/** Masks of 64 bits, all ones or all zeros. */
export type I64Pointer = Pointer<"i64">;
/** Entries of a sparse matrix: 8 bytes each, i32 the column (or the row), f32 the value. */
export type EntryPointer = Pointer<"entry">;

/** A block whose use decides what lies there: it passes for any of the above. */
export type Block = Pointer<never>;

/** Of what has no place yet: nothing lies there. */
export const NOWHERE = 0 as Block;

/** What kernels take by value: an extent, an index, a factor. */
export type Scalar = number & { readonly [element]?: never };

/** Where the element `n` behind the first lies. */
export function offset32<P extends F32Pointer | I32Pointer>(first: P, n: number): P {
  return (first + 4 * n) as P;
}

/** The same for elements of 8 bytes. */
export function offset64<P extends F64Pointer | I64Pointer | EntryPointer>(first: P, n: number): P {
  return (first + 8 * n) as P;
}
