/** What a layer learns, or keeps beside that: an array in the arena. */
import { type F32Pointer, NOWHERE, offset32, type Workspace } from "../../wasm/index.ts";
import { PARAMETER_LIMIT, requireNumbers, sizeOf } from "./shape.ts";

/** An array of a layer. */
export interface Parameter {
  /** tfjs name: `<layer>/kernel`, `<layer>/bias`. */
  readonly name: string;
  /** Extents, the outermost first. */
  readonly shape: readonly number[];
  /** Numbers in it. */
  readonly size: number;
  /** f32[size] in the arena; NOWHERE until it has a place. */
  at: F32Pointer;
  /** f32[size], allocated by the first use as a gradient. */
  gradient: F32Pointer | undefined;
  /** Every value counts in products, however small beside the others, and infinities do too. */
  readonly isExact?: boolean;
}

/** A parameter without a place: it gets one when the weights are there that it is to hold. */
export function declareParameter(name: string, shape: readonly number[]): Parameter {
  requireNumbers(name, shape, PARAMETER_LIMIT);
  return { name, shape, size: sizeOf(shape), at: NOWHERE, gradient: undefined };
}

/** Reserves room for parameters, zero. */
export function placeParameters({ arena }: Workspace, parameters: readonly Parameter[]): void {
  for (const parameter of parameters) {
    parameter.at = arena.allocateF32(parameter.size);
    arena.f32(parameter.at, parameter.size).fill(0);
  }
}

/** Parts of a parameter as one of its own: a row of a matrix, a slice of a kernel. */
export class ParameterRow implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  private readonly whole: Parameter;
  private readonly start: number;
  private readonly workspace: Workspace;

  constructor(whole: Parameter, row: number, workspace: Workspace) {
    this.name = `${whole.name}[${row}]`;
    this.shape = whole.shape.slice(1);
    this.size = sizeOf(this.shape);
    this.whole = whole;
    this.start = row * this.size;
    this.workspace = workspace;
  }

  get at(): F32Pointer {
    return offset32(this.whole.at, this.start);
  }

  get gradient(): F32Pointer {
    this.whole.gradient ??= this.workspace.arena.allocateF32(this.whole.size);
    return offset32(this.whole.gradient, this.start);
  }
}
