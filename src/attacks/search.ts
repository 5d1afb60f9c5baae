/**
 * The search for one image: the smallest r with f(x + r) = l and x + r in the box.
 *
 * Szegedy et al. (ICLR 2014), section 4.1: minimise c |r|^2 + loss(x + r, l) in the box for a series of penalties c. The
 * largest c whose minimiser is still a success gives the smallest r. As soon as a minimiser ends near the boundary, steps
 * along the boundary settle c and r together (boundary.ts). Where the boundary is rough, a second start comes from a short
 * annealed norm, and further ones if asked for. The answer is the smallest success *visited*, on the way or at an end.
 *
 * All lengths are relative to the width of the box or to the smallest change so far, all penalties to their squares, so that
 * a search in a box of [0, 255] takes the course of the one in [0, 1]. Each search lives in one seat of a lockstep batch.
 */
import type { Box } from "../optimize/bounds.ts";
import type { F32Pointer, Workspace } from "../wasm/index.ts";
import { Anneal } from "./anneal.ts";
import { BoundarySteps, type BoundaryStop } from "./boundary.ts";
import type { AnnealSchedule } from "./effort.ts";
import { padded, type Search, type Seat } from "./lockstep.ts";
import { createMinimiser, type Minimiser, minimiserBytes, type SolverName } from "./minimiser.ts";
import { PenaltyBracket } from "./penalty-bracket.ts";
import { type Steps, type Visit, Visits } from "./visits.ts";

/** Least penalty of the first minimisation, in nats per squared width of the box. */
const FIRST_PENALTY = 2;
/** Factor between penalties until one success and one failure are known; a refinement has a good start, and a finer one. */
const PENALTY_FACTOR = 1.5;
const REFINE_FACTOR = 1.2;
/** Penalties beyond which the search ends, per squared width of the box: no success below, no failure above. */
const PENALTY_LEAST = 1e-8;
const PENALTY_MOST = 1e8;
/** A minimisation that steps along the boundary follow only has to come near; one that is to be compared must converge. */
const COARSE = 0.03;
const FINE = 1e-3;
const MAX_ITERATIONS = 60;
/** Relative rounding of an f32 loss: some 4 units in its last place. */
const LOSS_NOISE = 2 ** -22;
/** A minimiser is near the boundary if the way there would change |r|^2 by no more than this share, to first order. */
const NEAR = 0.5;
/** A success at which a wrong answer is less probable than this is deep: its loss says little of where the boundary is. */
const DEEP = 2 ** -7;
/** The second start, where the boundary is rough; in units of the smallest change so far. */
const SECOND_START: AnnealSchedule = { steps: 32, stepLength: 2, rate: 0.15 };

export interface SearchOptions {
  /** Logits by which the target must lead for a success; visits.ts says where less is enough. */
  margin: number;
  /** How often the bracket of c is narrowed after the first start, and after each annealed one. */
  bisections: number;
  refinements: number;
  /** The most steps along the boundary that end each. */
  polish: number;
  solver: SolverName;
  /** Pairs the minimiser remembers. */
  memory: number;
  schedules: readonly AnnealSchedule[];
}

export class ImageSearch {
  iterations = 0;
  private readonly options: SearchOptions;
  private readonly visits: Visits;
  private readonly solver: Minimiser;
  private readonly boundary: BoundarySteps;
  private readonly annealing: Anneal;
  /** The solver's point, and the penalty of its gradient. */
  private here: Visit | undefined;
  private penaltyHere = 0;

  constructor(workspace: Workspace, box: Box, seat: Seat, options: SearchOptions) {
    this.options = options;
    this.visits = new Visits(workspace, box, seat);
    this.solver = createMinimiser(options.solver, workspace, box, options.memory);
    this.boundary = new BoundarySteps(workspace, this.visits, this.solver);
    this.annealing = new Anneal(workspace, this.visits);
  }

  /** Bytes an instance takes in its workspace. */
  static bytes(inputSize: number, { solver, memory }: SearchOptions): number {
    const n = padded(inputSize);
    return minimiserBytes(solver, n, memory) + Visits.bytes(n) + BoundarySteps.bytes(n) + Anneal.bytes(n);
  }

  /** The smallest success of all starts, f32[n]; |r|^2 of it, infinite while there is none; c under which it was visited. */
  get answer(): F32Pointer {
    return this.visits.answer;
  }

  get squared(): number {
    return this.visits.squared;
  }

  get penalty(): number {
    return this.visits.penalty;
  }

  get evaluations(): number {
    return this.visits.evaluations;
  }

  /** Searches from the image, then from each annealed start. */
  *run(image: Float32Array): Search {
    const { options, visits, solver } = this;
    this.iterations = 0;
    solver.forget();
    const at = yield* visits.begin(image, options.margin, solver.gradient);
    if (visits.squared === 0) return;
    const c = this.firstPenalty(at);
    this.standAt(visits.origin, at, visits.originSlope, c);
    yield* this.minimise(new PenaltyBracket(c, PENALTY_FACTOR), options.bisections, options.polish > 0);
    const stop = yield* this.polish(true);
    if (stop !== undefined && !visits.hasSuccess) {
      // The steps lost their way: the paper's search does without them.
      solver.forget();
      this.standAt(visits.origin, at, visits.originSlope, c);
      yield* this.minimise(new PenaltyBracket(c, PENALTY_FACTOR), options.bisections, false);
    }
    if (stop === "rough") yield* this.restart(SECOND_START);
    for (const schedule of options.schedules) yield* this.restart(schedule);
  }

  /** Another start, from an annealed norm; its unit is the smallest change so far, or the width of the box without one. */
  private *restart(schedule: AnnealSchedule): Steps {
    const { options, visits, solver } = this;
    const smallest = Math.sqrt(visits.squared);
    visits.forgetBest();
    solver.forget();
    yield* this.annealing.run(schedule, Number.isFinite(smallest) ? smallest : visits.box.width, solver.gradient);
    if (!visits.hasSuccess) return;
    const { best, bestPoint, bestSlope } = visits;
    const c = Math.max(visits.stationaryPenalty(bestPoint, bestSlope, best.squared), 2 * this.limit(PENALTY_LEAST));
    this.standAt(bestPoint, best, bestSlope, c);
    const steps = options.polish > 0;
    if (!(steps && this.isNear(best, c))) {
      yield* this.minimise(new PenaltyBracket(c, REFINE_FACTOR), options.refinements, steps);
    }
    yield* this.polish(false);
  }

  /**
   * Where to begin: at the c for which the boundary of the linear model, |r| = -margin / |slope|, is stationary, since
   * there 2 c |r| is half of the slope. A steep network has its blind spots near and needs a large c.
   */
  private firstPenalty({ loss, margin }: Visit): number {
    const { visits } = this;
    const slope = visits.kernels.norm2_f32(visits.box.n, visits.originSlope) / visits.wrongProbability(loss);
    return Math.max(
      this.limit(FIRST_PENALTY),
      Math.min((slope * slope) / (-4 * margin), this.limit(PENALTY_MOST) / 2) || 0,
    );
  }

  /** A penalty in nats per squared unit, given per squared width of the box. */
  private limit(c: number): number {
    const { width } = this.visits.box;
    return c / (width * width);
  }

  /** Puts the solver at a point whose evaluation is known. */
  private standAt(x: F32Pointer, at: Visit, slope: F32Pointer, c: number): void {
    const { visits, solver } = this;
    visits.copy(x, solver.x);
    solver.f = at.loss + c * visits.penaltyGradient(c, x, slope, solver.g);
    this.here = at;
    this.penaltyHere = c;
  }

  /**
   * Minimises for one penalty after another, until the bracket has been narrowed so many times: from the best success once
   * there is one, from where the last minimisation ended before. It ends early near the boundary, if steps there follow.
   */
  private *minimise(bracket: PenaltyBracket, narrowings: number, stepsFollow: boolean): Steps {
    const { visits, solver } = this;
    const [least, most] = [this.limit(PENALTY_LEAST), this.limit(PENALTY_MOST)];
    while (bracket.narrowed < narrowings && bracket.c > least && bracket.c < most) {
      const { c } = bracket;
      if (visits.hasSuccess) this.standAt(visits.bestPoint, visits.best, visits.bestSlope, c);
      const here = yield* this.descend(c, stepsFollow && !visits.hasSuccess ? COARSE : FINE);
      if (stepsFollow && this.isNear(here, c)) return;
      bracket.advance(here.margin - visits.lead, visits.wrongProbability(here.loss));
      solver.addQuadratic(2 * (bracket.c - c), visits.origin);
      this.penaltyHere = bracket.c;
    }
  }

  /** One minimisation of c |r|^2 + loss, from where the solver stands. */
  private *descend(c: number, tolerance: number): Steps<Visit> {
    const { visits, solver } = this;
    solver.start({ tolerance, maxIterations: MAX_ITERATIONS, noise: LOSS_NOISE });
    while (solver.stop === undefined) {
      const at = yield* visits.evaluate(solver.ask(), c, solver.gradient);
      if (solver.tell(c * at.squared + at.loss)) this.here = at;
    }
    this.iterations += solver.iterations;
    this.penaltyHere = c;
    return this.here as Visit;
  }

  /** Whether steps along the boundary may begin at a minimiser. To first order |r|^2 changes by (1 - p) / c with the margin. */
  private isNear({ loss, margin, squared }: Visit, c: number): boolean {
    const wrong = this.visits.wrongProbability(loss);
    return wrong > DEEP && Math.abs(margin - this.visits.lead) * wrong <= NEAR * c * squared;
  }

  /** Steps along the boundary from where the solver stands; returns how they ended, if there were any. */
  private *polish(leavesRough: boolean): Steps<BoundaryStop | undefined> {
    const { here, options } = this;
    if (here === undefined || options.polish === 0) return undefined;
    return yield* this.boundary.run(here, this.penaltyHere, options.polish, leavesRough);
  }
}
