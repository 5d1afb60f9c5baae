/**
 * FMN: steps of a length that falls, each followed by a projection on the ball of radius epsilon, which shrinks after a
 * success and grows otherwise; before the first success it is where the linearised margin vanishes.
 *
 * Pintor, Roli, Brendel & Biggio, "Fast minimum-norm adversarial attacks through adaptive norm constraints", NeurIPS 2021,
 * algorithm 1.
 */
import type { NormName } from "../minimal/norm.ts";
import { clampTo, farthestCorner, projectL1 } from "../project.ts";
import type { Vector } from "../row-space.ts";
import { defineAttack } from "./attack.ts";
import { margin as marginLoss } from "./losses.ts";
import { number, whole } from "./options.ts";
import type { AttackRow } from "./row.ts";
import { cosineFall } from "./schedule.ts";

/** The last step is this share of the first. */
const LAST_SHARE = 0.01;
const LAST_GAMMA = 0.001;
const TINY = 1e-12;

interface Geometry {
  /** Of a vector. */
  norm(row: AttackRow, v: Vector): number;
  /** The dual norm, of the gradient. L0 has none: its radius never follows a slope. */
  dual?(row: AttackRow, g: Vector): number;
  /** Takes x into the ball around the image, then into the box. */
  project(row: AttackRow, x: Vector, radius: number, scratch: Vector): void;
}

const l2: Geometry["norm"] = ({ kernels, n }, v) => kernels.norm2_f64(n, v.at);
const linf: Geometry["norm"] = ({ kernels, n }, v) => kernels.norm_inf_f64(n, v.at);
const l1: Geometry["norm"] = ({ kernels, n }, v) => kernels.norm1_f64(n, v.at);

const GEOMETRIES: Readonly<Record<NormName, Geometry>> = {
  l2: {
    norm: l2,
    dual: l2,
    project: (row, x, radius, scratch) => {
      const { kernels, n, image, lower, upper } = row;
      kernels.sub_f64(n, x.at, image.at, scratch.at);
      const share = Math.min(1, radius / Math.max(TINY, l2(row, scratch)));
      kernels.step_f64(n, share, image.at, scratch.at, lower.at, upper.at, x.at);
    },
  },
  linf: {
    norm: linf,
    dual: l1,
    project: ({ kernels, n, image }, { at }, radius) => kernels.clamp_cube_f64(n, radius, image.at, at),
  },
  l1: {
    norm: l1,
    dual: linf,
    project: (row, x, radius, scratch) => {
      projectL1(row, x, radius, scratch);
      clampTo(row, x, row.lower, row.upper);
    },
  },
  l0: {
    norm: ({ kernels, n }, v) => kernels.norm0_f64(n, v.at),
    project: (row, x, radius, scratch) => {
      row.kernels.keep_largest_f64(row.n, radius, row.image.at, x.at, scratch.at);
      clampTo(row, x, row.lower, row.upper);
    },
  },
};

export const fmn = defineAttack({
  name: "fmn",
  title: "Fast minimum-norm attack",
  paper: "Pintor et al., Fast minimum-norm adversarial attacks through adaptive norm constraints, NeurIPS 2021",
  norms: ["l2", "linf", "l1", "l0"],
  needs: "gradients",
  finds: "smallest",
  questions: ["not", "label"],
  options: {
    steps: whole(100, "steps, of one evaluation each"),
    stepSize: number(1, "L2 length of the first step; the last has a hundredth of it"),
    gamma: number(0.05, "share by which the radius grows or shrinks in the first step", { most: 0.99 }),
  },
  evaluations: ({ steps }) => steps,
  vectors: () => 3,
  *search(row, { steps, stepSize, gamma }) {
    const { kernels, n, norm: name, image } = row;
    const [x, gradient, scratch] = row.vectors(3) as [Vector, Vector, Vector];
    const { norm, dual, project } = GEOMETRIES[name];
    const { weigh } = marginLoss(row);
    const lengthOf = (point: Vector) => {
      kernels.sub_f64(n, point.at, image.at, scratch.at);
      return norm(row, scratch);
    };
    farthestCorner(row, x);
    const farthest = lengthOf(x);
    kernels.copy_f64(n, image.at, x.at);
    let best = farthest;
    let epsilon = dual ? Number.POSITIVE_INFINITY : 1;
    let isFound = false;
    for (let k = 0; k < steps; k++) {
      const fall = cosineFall(k, steps);
      const alpha = stepSize * (LAST_SHARE + (1 - LAST_SHARE) * fall);
      const factor = LAST_GAMMA + (gamma - LAST_GAMMA) * fall;
      const { margin } = row.takeGradient(yield row.askGradient(x, weigh), gradient);
      if (margin > 0) {
        // e <- min(e (1 - gamma), best)
        isFound = true;
        best = Math.min(best, lengthOf(x));
        epsilon = Math.min(best, smaller(name, epsilon, factor));
      } else if (!dual || isFound) epsilon = larger(name, epsilon, factor);
      else epsilon = lengthOf(x) - margin / Math.max(TINY, dual(row, gradient));
      epsilon = Math.min(Math.max(0, epsilon), farthest);
      // x <- clip(project(x + a g / |g|_2, e))
      kernels.axpy_f64(n, alpha / Math.max(TINY, l2(row, gradient)), gradient.at, x.at);
      project(row, x, epsilon, scratch);
    }
  },
});

/** In L0 the radius is a whole number that changes by one at least. */
function smaller(norm: NormName, epsilon: number, gamma: number): number {
  const less = epsilon * (1 - gamma);
  return norm === "l0" ? Math.min(epsilon - 1, Math.floor(less)) : less;
}

function larger(norm: NormName, epsilon: number, gamma: number): number {
  const more = epsilon * (1 + gamma);
  return norm === "l0" ? Math.max(epsilon + 1, Math.floor(more)) : more;
}
