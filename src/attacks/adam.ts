/** Adam over one row: steps from running means of the gradient and of its square   [Kingma & Ba, ICLR 2015, algorithm 1]. */
import type { Vector } from "./row-space.ts";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export class Adam {
  /** sqrt(v^) + epsilon of the last step: the metric that the step was taken in. */
  readonly denominator: Float64Array;
  private readonly mean: Float64Array;
  private readonly square: Float64Array;
  private power1 = 1;
  private power2 = 1;

  /** @param vectors mean, mean square and denominator, overwritten */
  constructor([mean, square, denominator]: readonly [Vector, Vector, Vector]) {
    this.mean = mean.values;
    this.square = square.values;
    this.denominator = denominator.values;
    this.restart();
  }

  restart(): void {
    this.mean.fill(0);
    this.square.fill(0);
    this.power1 = 1;
    this.power2 = 1;
  }

  /** x -= rate m^ / (sqrt(v^) + epsilon), the means corrected for their start at 0. */
  descend(x: Float64Array, gradient: Float64Array, rate: number): void {
    const { mean, square, denominator } = this;
    this.power1 *= BETA_1;
    this.power2 *= BETA_2;
    const step = rate / (1 - this.power1);
    const correction = 1 / Math.sqrt(1 - this.power2);
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i] as number;
      const m = BETA_1 * (mean[i] as number) + (1 - BETA_1) * g;
      const v = BETA_2 * (square[i] as number) + (1 - BETA_2) * g * g;
      const d = Math.sqrt(v) * correction + EPSILON;
      mean[i] = m;
      square[i] = v;
      denominator[i] = d;
      x[i] = (x[i] as number) - (step * m) / d;
    }
  }
}
