/** What the layers with weights share: which of them count, how they are packed, where their gradients lie. */
import type { F32Pointer, Workspace } from "../../wasm/index.ts";
import type { Parameter } from "./parameter.ts";
import type { Window } from "./window.ts";

/** Columns of a packed panel. */
const PANEL = 8;
/**
 * Weights this much smaller than the largest of their kernel take part in products as zero: 2^-64, far below the
 * 2^-24 of a rounding. Without it the subnormal weights that decay leaves make some products 20 times slower.
 */
const NEGLIGIBLE = 2 ** -64;
/** Bytes of the 4 x 8 block in which a product works on its ragged edges. */
export const BLOCK_BYTES = 4 * 8 * 4;

/** Bytes in which conv_f32_4x8 works, by the taps of a filter over all channels. */
export function convolutionBlockBytes({ kh, kw, c }: Pick<Window, "kh" | "kw" | "c">): number {
  const taps = kh * kw * c;
  return BLOCK_BYTES + (taps <= 64 ? 4 * 64 * taps : 0);
}

/** Columns of the narrowest panel of a product with sparse rows. */
const SPARSE_PANEL = 20;
/** Bytes of the 40 columns in which such a product works on its ragged edge. */
export const SPARSE_BLOCK_BYTES = 40 * 4;

/** n columns as whole panels of a product with sparse rows. */
export const wholeSparsePanels = (n: number): number => Math.ceil(n / SPARSE_PANEL) * SPARSE_PANEL;

/** n columns as whole panels. */
export const wholePanels = (n: number): number => Math.ceil(n / PANEL) * PANEL;

/** The size below which weights of a kernel count as zero. */
export function negligible({ kernels }: Workspace, kernel: Parameter): number {
  if (kernel.isExact) return 0;
  return NEGLIGIBLE * kernels.max_abs_f32(kernel.size, kernel.at);
}

/** Where the gradient of a parameter lies, reserved by its first use. */
export function gradientOf({ arena }: Workspace, parameter: Parameter): F32Pointer {
  parameter.gradient ??= arena.allocateF32(parameter.size);
  return parameter.gradient;
}

/** Starts each of `count` outputs of n channels at the bias, or at zero. */
export function startAtBias(
  { kernels, arena }: Workspace,
  count: number,
  n: number,
  bias: Parameter | undefined,
  y: F32Pointer,
): void {
  if (bias) kernels.fill_rows_f32(count, n, bias.at, y);
  else arena.f32(y, count * n).fill(0);
}

/** Weights in the form in which a kernel reads them: made by the first use, made again when they have changed. */
export class PackedWeights {
  private readonly workspace: Workspace;
  private readonly size: number;
  private readonly pack: (to: F32Pointer) => void;
  private at: F32Pointer | undefined;
  private isStale = true;

  constructor(workspace: Workspace, size: number, pack: (to: F32Pointer) => void) {
    this.workspace = workspace;
    this.size = size;
    this.pack = pack;
  }

  parametersChanged(): void {
    this.isStale = true;
  }

  /** f32[size], up to date. */
  current(): F32Pointer {
    this.at ??= this.workspace.arena.allocateF32(this.size);
    if (this.isStale) this.pack(this.at);
    this.isStale = false;
    return this.at;
  }
}
