/**
 * A convolution as matrices: kernel taps with their stride taken apart (polyphase). What a stride of D skips, it does not
 * skip if the D x D pixels under one step are taken for channels: then the layer is one of stride 1 with C D^2 input
 * channels and ceil(K / D) taps a side. The two have the same singular values.
 */

/** Extents along rows and columns. */
export type Pair = readonly [rows: number, columns: number];

/** The kernel of a convolution, and how it moves over the image. */
export interface Kernel {
  /** f32[kh, kw, channels, filters], as tfjs has it. */
  readonly values: Float32Array;
  /** Its height and width, in pixels. */
  readonly size: Pair;
  /** Channels of the image that it reads. */
  readonly channels: number;
  /** Channels of the image that it writes. */
  readonly filters: number;
  /** Pixels from one position to the next, down and across. */
  readonly strides: Pair;
  /** Pixels from one tap to the next, down and across; 1 for a dense kernel. */
  readonly dilations: Pair;
}

export interface Taps {
  /** Taps a side. */
  readonly size: Pair;
  /** Input channels with the pixels under a step. */
  readonly inputs: number;
  readonly outputs: number;
  /** f32[inputs, outputs] of each tap, row by row of taps; undefined where all of it is zero. */
  readonly matrices: readonly (Float32Array | undefined)[];
}

export function tapsOf({ values, size, channels, filters, strides, dilations }: Kernel): Taps {
  // Without a stride a dilation deals the pixels to layers that know nothing of one another, each the undilated one.
  const spread = ([0, 1] as const).map((side) => (strides[side] === 1 ? 1 : dilations[side])) as [number, number];
  const across = ([0, 1] as const).map((side) => Math.ceil(((size[side] - 1) * spread[side] + 1) / strides[side])) as [
    number,
    number,
  ];
  const inputs = channels * strides[0] * strides[1];
  const matrices: (Float32Array | undefined)[] = Array(across[0] * across[1]).fill(undefined);
  for (let p = 0; p < size[0]; p++) {
    for (let q = 0; q < size[1]; q++) {
      const [row, column] = [p * spread[0], q * spread[1]];
      const tap = Math.floor(row / strides[0]) * across[1] + Math.floor(column / strides[1]);
      const phase = (row % strides[0]) * strides[1] + (column % strides[1]);
      const matrix = matrices[tap] ?? new Float32Array(inputs * filters);
      matrices[tap] = matrix;
      const from = (p * size[1] + q) * channels * filters;
      matrix.set(values.subarray(from, from + channels * filters), phase * channels * filters);
    }
  }
  return { size: across, inputs, outputs: filters, matrices };
}
