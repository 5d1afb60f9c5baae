/** Adam over one row: steps from running means of the gradient and of its square   [Kingma & Ba, ICLR 2015, algorithm 1]. */
import type { Kernels } from "../wasm/index.ts";
import type { RowSpace, Vector } from "./row-space.ts";

/** As the kernel has them. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;

export class Adam {
  /** sqrt(v^) + epsilon of the last step: the metric that the step was taken in. */
  readonly metric: Vector;
  private readonly kernels: Kernels;
  private readonly n: number;
  private readonly mean: Vector;
  private readonly square: Vector;
  private power1 = 1;
  private power2 = 1;

  /** @param vectors mean, mean square and metric, overwritten */
  constructor(
    { kernels, n }: Pick<RowSpace, "kernels" | "n">,
    [mean, square, metric]: readonly [Vector, Vector, Vector],
  ) {
    this.kernels = kernels;
    this.n = n;
    this.mean = mean;
    this.square = square;
    this.metric = metric;
    this.restart();
  }

  restart(): void {
    this.mean.values.fill(0);
    this.square.values.fill(0);
    this.power1 = 1;
    this.power2 = 1;
  }

  /** x -= rate m^ / (sqrt(v^) + epsilon), the means corrected for their start at 0. */
  descend(x: Vector, gradient: Vector, rate: number): void {
    const { kernels, n, mean, square, metric } = this;
    this.power1 *= BETA_1;
    this.power2 *= BETA_2;
    const step = rate / (1 - this.power1);
    const correction = 1 / Math.sqrt(1 - this.power2);
    kernels.adam_f64(n, step, correction, gradient.at, mean.at, square.at, metric.at, x.at);
  }
}
