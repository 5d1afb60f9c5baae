/**
 * Addresses in the memory that a kernel is handed, by what lies there. To the compiler each is a usize; to the table of
 * exports (scripts/kernel-table.mjs) each is a type of its own, so that the host cannot pass one for another.
 */
export type F32Pointer = usize;
export type F64Pointer = usize;
export type I32Pointer = usize;
/** i64: masks, all ones or all zeros, on the f64 lanes they select. */
export type I64Pointer = usize;
/** Entries of a sparse matrix: 8 bytes each, i32 the column (or the row), f32 the value. */
export type EntryPointer = usize;
