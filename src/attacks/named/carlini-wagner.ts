/**
 * The L2 attack of Carlini and Wagner: |x - x0|^2 + c f(x), with f what the margin lacks, lowered by Adam in the variable w of
 * x = (tanh w + 1) / 2, which no box holds; c by bisection.
 *
 * Carlini & Wagner, "Towards evaluating the robustness of neural networks", S&P 2017, section V.C; the step size, the penalties
 * and the early stop are those of the authors' code.
 */
import { exponential } from "../../numeric/exponential.ts";
import { naturalLogarithm } from "../../numeric/logarithm.ts";
import { Adam } from "../adam.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";
import { Constant, Progress } from "./penalty-search.ts";
import type { AttackRow } from "./row.ts";

/** The image is moved from the ends of its box by this share, where w would be infinite. */
const INSIDE = 0.999999;

export const carliniWagner = defineAttack({
  name: "cw",
  title: "Carlini and Wagner's L2 attack",
  paper: "Carlini & Wagner, Towards evaluating the robustness of neural networks, S&P 2017",
  norms: ["l2"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(10000, "steps of each search, of one evaluation each"),
    searches: whole(9, "penalties c that are tried"),
    constant: number(0.001, "the first penalty c"),
    stepSize: number(0.01, "step size of Adam"),
    confidence: number(0, "by how much the margin is to be exceeded"),
  },
  evaluations: ({ steps, searches }) => steps * searches,
  vectors: () => 9,
  *search(row, { steps, searches, constant, stepSize, confidence }) {
    const { kernels, n } = row;
    const [point, start, origin, w, slope, gradient, ...moments] = row.vectors(9) as [
      ...[Vector, Vector, Vector, Vector, Vector, Vector],
      ...[Vector, Vector, Vector],
    ];
    const adam = new Adam(row, moments);
    const { weigh } = marginLoss(row);
    const penalty = new Constant(constant);
    const progress = new Progress(steps);
    unbound(row, start.values);
    writePoint(row, start.values, origin.values, slope.values);
    for (let s = 0; s < searches; s++) {
      kernels.copy_f64(n, start.at, w.at);
      adam.restart();
      progress.restart();
      let isFound = false;
      for (let k = 0; k < steps; k++) {
        writePoint(row, w.values, point.values, slope.values);
        const { margin } = row.takeGradient(yield row.askGradient(point, weigh), gradient);
        if (margin > confidence) isFound = true;
        const lack = Math.max(0, confidence - margin);
        if (progress.hasStalled(k, kernels.squared_distance_f64(n, point.at, origin.at) + penalty.c * lack)) break;
        // (2 (x - x0) + c grad f) dx/dw
        const factor = lack > 0 ? penalty.c : 0;
        for (let i = 0; i < row.size; i++) {
          const change = (point.values[i] as number) - (origin.values[i] as number);
          const g = 2 * change - factor * (gradient.values[i] as number);
          gradient.values[i] = g * (slope.values[i] as number);
        }
        adam.descend(w, gradient, stepSize);
      }
      penalty.judge(isFound);
    }
  },
});

/** w = artanh of where the image lies in its box, from -1 to 1. */
function unbound({ image, lower, upper }: AttackRow, w: Float64Array): void {
  for (let i = 0; i < w.length; i++) {
    const [low, high] = [lower.values[i] as number, upper.values[i] as number];
    const at = high > low ? INSIDE * ((2 * ((image.values[i] as number) - low)) / (high - low) - 1) : 0;
    w[i] = naturalLogarithm((1 + at) / (1 - at)) / 2;
  }
}

/** x = low + (high - low) (tanh w + 1) / 2, and dx/dw. Where a feature has no room, x is its only value. */
function writePoint({ lower, upper }: AttackRow, w: Float64Array, x: Float64Array, slope: Float64Array): void {
  for (let i = 0; i < w.length; i++) {
    const [low, high] = [lower.values[i] as number, upper.values[i] as number];
    // (tanh w + 1) / 2 = 1 / (1 + e^-2w)
    const share = 1 / (1 + exponential(Math.max(-700, Math.min(700, -2 * (w[i] as number)))));
    x[i] = Math.max(low, Math.min(high, low + (high - low) * share));
    slope[i] = 2 * (high - low) * share * (1 - share);
  }
}
