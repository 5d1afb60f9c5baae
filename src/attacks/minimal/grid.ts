/**
 * The search among rows whose features take some values only: whole numbers, one-hot groups, levels. It begins at the continuous
 * solution, rounded away from the row, and asks at each point for the smallest change of the row by whole steps that the linear
 * model there takes to the aim; then it takes single steps back. Every point that it evaluates lies in the domain: what it keeps was
 * a success there, not before it was rounded.
 */
import { requireFinite } from "../../check.ts";
import { type Objective, objectiveValue } from "../criterion.ts";
import type { Domain } from "../domain.ts";
import { linearisedSteps, type Steps } from "./grid-steps.ts";
import type { Query, Reply } from "./lockstep.ts";
import { lengthIn } from "./norm.ts";
import type { Problem } from "./problem.ts";

/** Linearisations in a row that find no smaller success. */
const FRUITLESS = 10;
/** Steps back in a row that fail. */
const FAILURES = 12;

/** What was evaluated of a point. */
interface Place {
  readonly point: Float32Array;
  readonly gradient: Float32Array;
  readonly value: number;
}

export class GridSearch {
  evaluations = 0;
  /** Length of the smallest success in the domain; infinite while there is none. */
  length = Number.POSITIVE_INFINITY;
  /** f32[size], the smallest success. */
  readonly found: Float32Array;
  private readonly problem: Problem;
  private readonly steps: Steps;
  private readonly visited = new Set<string>();
  private best: Place | undefined;

  constructor(problem: Problem, domain: Domain) {
    this.problem = problem;
    this.steps = linearisedSteps(problem.task.norm, problem.task.image, domain);
    this.found = problem.task.image.slice();
  }

  /** @param start where a continuous search ended: a success, or the row itself */
  *search(start: Float32Array): Generator<Query, void, Reply> {
    const { steps, problem } = this;
    let here = yield* this.evaluate(steps.outward(start));
    let over = 0;
    for (let fruitless = 0; fruitless < FRUITLESS; ) {
      const before = this.length;
      const next = steps.smallest(here.point, here.gradient, here.value, problem.aim + over);
      if (this.isVisited(next)) {
        // The model says what was seen to fail, or to succeed: a little more is asked of it.
        over = Math.max(2 * over, problem.aim, Number.MIN_VALUE);
        fruitless++;
        continue;
      }
      here = yield* this.evaluate(next);
      if (here.value < problem.aim) over += (problem.aim - here.value) / 2;
      fruitless = this.length < before ? 0 : fruitless + 1;
    }
    yield* this.stepBack();
  }

  /** Takes steps of the smallest success back, those first that cost least of the value for what they save. */
  private *stepBack(): Generator<Query, void, Reply> {
    const { steps, problem } = this;
    let failures = 0;
    let share = 1;
    let skip = 0;
    while (this.best && failures < FAILURES) {
      const { point, gradient, value } = this.best;
      const next = steps.back(point, gradient, share * (value - problem.lead), skip);
      if (!next) return;
      const before = this.length;
      if (!this.isVisited(next)) yield* this.evaluate(next);
      if (this.length < before) {
        [failures, share, skip] = [0, 1, 0];
      } else {
        failures++;
        if (share > 1 / 8) share /= 2;
        else {
          share = 0;
          skip++;
        }
      }
    }
  }

  private isVisited(point: Float32Array): boolean {
    return this.visited.has(keyOf(point));
  }

  /** Evaluates the objective that is nearest to its aim there. */
  private *evaluate(point: Float32Array): Generator<Query, Place, Reply> {
    const { problem } = this;
    let nearest = problem.objectives[0] as Objective;
    const weigh = (scores: Float32Array) => {
      for (const one of problem.objectives) {
        if (objectiveValue(one, scores) > objectiveValue(nearest, scores)) nearest = one;
      }
      return nearest.weigh(scores);
    };
    this.visited.add(keyOf(point));
    const { scores, gradient } = yield { point, weigh };
    requireFinite("target's gradient", gradient);
    this.evaluations++;
    const place = { point, gradient: gradient.slice(), value: objectiveValue(nearest, scores) };
    const length = lengthIn(problem.task.norm, problem.task.image, point);
    if (problem.task.criterion.margin(scores) > problem.lead && length < this.length) {
      this.length = length;
      this.found.set(point);
      this.best = place;
    }
    return place;
  }
}

/** The bits of a point, mixed to 53. */
function keyOf(point: Float32Array): string {
  const words = new Uint32Array(point.buffer, point.byteOffset, point.length);
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul((b ^ word) + (b >>> 13), 0x85ebca6b);
  }
  return `${a}:${b}`;
}
