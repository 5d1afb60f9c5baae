/** The functions of assembly/layers/activation.ts one number at a time, in double precision. */

/** 1 / (1 + e^-x), written so that neither end overflows. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return (x < 0 ? e : 1) / (1 + e);
}

export function relu(x: number): number {
  return Math.max(x, 0);
}

/** Slopes as functions of the output y, each with the sum of the magnitudes of its terms. */
export const slopes = {
  relu_grad_f32: { slope: (y: number) => (y > 0 ? 1 : 0), magnitude: (y: number) => (y > 0 ? 1 : 0) },
  sigmoid_grad_f32: { slope: (y: number) => y * (1 - y), magnitude: (y: number) => Math.abs(y * (1 - y)) },
  tanh_grad_f32: { slope: (y: number) => 1 - y * y, magnitude: (y: number) => 1 + y * y },
} as const;
