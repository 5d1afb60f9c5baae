/**
 * One operation as bounds see it: an interval of what it gives from those of what it takes, and the way back of linear bounds.
 *
 * A linear bound of a value v is rows a and constants c: for every input of the region, the wanted number is at least a d + c, where
 * d is what v differs from its reference by.
 * `backward` makes of it one of the values that the operation takes, every rounding on the way subtracted from c.
 */
import type { F32Pointer, F64Pointer, Workspace } from "../wasm/index.ts";
import type { Interval, Known } from "./interval.ts";
import type { ErrorTerms } from "./rounding.ts";

/** Rows of coefficients, one for each bound, and the constants beside them. */
export interface BoundRows {
  readonly count: number;
  /** f32[count, width of the value]. Whoever takes the rows may overwrite them. */
  readonly at: F32Pointer;
  /** f64[count] */
  readonly constants: F64Pointer;
}

export interface BoundStep {
  /** The values that it takes, and how many numbers each has. */
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly outputSize: number;
  /** A reference of the output, from those of the inputs. */
  reference(inputs: readonly Float64Array[]): Float64Array;
  /** An interval of the output; the lines that `backward` goes by hold for these intervals until the next call. */
  forward(inputs: readonly Known[], reference: Float64Array): Interval;
  /** Takes rows back; calls `give` for each input with its coefficients, which the next call may overwrite. */
  backward(rows: BoundRows, give: (input: number, at: F32Pointer) => void): void;
  /** What underflow in `backward` costs each row at most. */
  readonly underflow: number;
  /** Whether it bends: then narrower intervals of its inputs bring it narrower lines. */
  readonly bends: boolean;
  /** Whether an interval is so wide that the step bends within it. */
  bendsWithin?(input: number, index: number, lower: number, upper: number): boolean;
  /**
   * What differences of the inputs become, nearly: of a step that does not bend, or whose every bend is that of a rectifier, which is
   * left to `ascend_rectifier_f32`.
   */
  tangent?(count: number, inputs: readonly F32Pointer[], to: F32Pointer): void;
  /** Whether a row and minus the row cost the same. */
  readonly isEven?: boolean;
  /** Whether it is max(x, 0) throughout, exactly. */
  readonly isRectifier?: boolean;
  /** Writes the rows of some of its outputs alone, times `sign`, as rows of its input, and their constants; the rows are exact. */
  unitRows?(units: Int32Array, sign: 1 | -1, constants: F64Pointer): F32Pointer;
  /**
   * Writes weighted sums of its outputs as rows of its input, and takes from the constants what that costs. Weights that are few are
   * quicker so than by `backward`.
   */
  sumRows?(sums: readonly WeightedSum[], constants: F64Pointer): F32Pointer;
}

/** A sum of some numbers of a value. */
export interface WeightedSum {
  readonly indices: Int32Array;
  readonly weights: Float32Array;
  /** What leaving its weights as they are may cost. */
  readonly cost: number;
}

/** Where steps are made: the memory that they work in, rows at most, the errors to account for. */
export interface StepContext {
  readonly workspace: Workspace;
  readonly rows: number;
  readonly terms: ErrorTerms;
}
