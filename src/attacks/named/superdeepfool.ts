/**
 * SuperDeepFool, SDF(inf, 1): DeepFool walks to the boundary, and the change it took is projected on the normal of the boundary
 * there; again from the projection, until that is a success. A bisection towards the image ends it.
 *
 * Abdollahpoorrostami, Abroshan & Moosavi-Dezfooli, "Revisiting DeepFool: generalization and improvement", 2023, algorithm 2,
 * with the projections added up and the final bisection of the authors' code.
 */
import { type Objective, objectiveValue } from "../criterion.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { BoundaryWalk, candidateCount, candidates } from "./deepfool.ts";
import { number, whole } from "./options.ts";

const TINY = 1e-6;

export const superDeepfool = defineAttack({
  name: "superdeepfool",
  title: "SuperDeepFool",
  paper: "Abdollahpoorrostami et al., Revisiting DeepFool: generalization and improvement, 2023",
  norms: ["l2"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label", "output"],
  options: {
    steps: whole(1000, "steps of all walks together, each with the gradients of nine labels"),
    walks: whole(100, "walks at most"),
    overshoot: number(0.02, "share by which each step of a walk goes beyond the boundary"),
    bisections: whole(10, "halvings of the way back to the image at the end", { least: 0 }),
  },
  evaluations: ({ steps, walks, bisections }, { classes }) =>
    steps * (1 + candidateCount(classes)) + 2 * Math.min(walks, steps) + 1 + bisections,
  vectors: () => 4,
  points: (_, { classes }) => candidateCount(classes),
  *search(row, { steps, walks, overshoot, bisections }) {
    const { kernels, n, image, lower, upper } = row;
    const [point, walked, normal, scratch] = row.vectors(4) as [Vector, Vector, Vector, Vector];
    const objectives = candidates(row);
    const walk = new BoundaryWalk(row, objectives, overshoot);
    let answer = walk.objective;
    const weigh = (scores: Float32Array) => answer.weigh(scores);
    kernels.copy_f64(n, image.at, point.at);
    let left = steps;
    for (let k = 0; k < walks; k++) {
      kernels.copy_f64(n, point.at, walked.at);
      const before = left;
      for (;;) {
        const { scores, margin } = row.takeScores(yield row.askScores(walked));
        // The answer at the end of a walk; where no steps are left, that of the last.
        answer = margin > 0 ? leading(objectives, scores) : walk.objective;
        if (margin > 0 || left === 0) break;
        const there = row.takeGradients(yield row.askGradients(walked, walk.weighs));
        walk.step(walked, there.scores, there.gradients, scratch);
        left--;
      }
      // Without a step, the point that the walk began at is a success, or none are left.
      if (left === before) break;
      // w = the gradient at x~ of the answer there minus the true one
      row.takeGradient(yield row.askGradient(walked, weigh), normal);
      // x <- x + <x~ - x0, w> w / |w|^2
      kernels.sub_f64(n, walked.at, image.at, scratch.at);
      const size = Math.max(TINY, kernels.norm2_f64(n, normal.at));
      const along = kernels.dot_f64(n, scratch.at, normal.at) / (size * size);
      kernels.step_f64(n, along, point.at, normal.at, lower.at, upper.at, point.at);
    }
    kernels.sub_f64(n, point.at, image.at, scratch.at);
    let [low, high] = [0, 1];
    for (let k = 0; k < bisections; k++) {
      const middle = (low + high) / 2;
      kernels.step_f64(n, middle, image.at, scratch.at, lower.at, upper.at, walked.at);
      const { margin } = row.takeScores(yield row.askScores(walked));
      if (margin > 0) high = middle;
      else low = middle;
    }
  },
});

/** The objective of largest value. */
function leading(objectives: readonly Objective[], scores: Float32Array): Objective {
  let found = objectives[0] as Objective;
  let most = objectiveValue(found, scores);
  for (let j = 1; j < objectives.length; j++) {
    const value = objectiveValue(objectives[j] as Objective, scores);
    if (!(value > most)) continue;
    found = objectives[j] as Objective;
    most = value;
  }
  return found;
}
