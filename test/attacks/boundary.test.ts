/** Steps along the boundary and what was visited, driven by hand: what the target answers is written by the test. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { BoundarySteps } from "../../src/attacks/boundary.ts";
import type { Seat } from "../../src/attacks/lockstep.ts";
import { createMinimiser } from "../../src/attacks/minimiser.ts";
import { type Visit, Visits } from "../../src/attacks/visits.ts";
import { Workspace } from "../../src/wasm/index.ts";

const N = 8;
const HALF = Math.LN2; // the loss at p = 1/2

/** A search at the image 0 in the box [-width / 2, width / 2], which the label trails on by 8 logits. */
function setUp(options: { deficit?: number; margin?: number; slope?: number } = {}) {
  const { deficit = 8, margin = 1e-4, slope = -1 } = options;
  const workspace = new Workspace();
  const { arena } = workspace;
  const vector = (value: number) => {
    const at = arena.allocateF32(N);
    arena.f32(at, N).fill(value);
    return at;
  };
  const box = { n: N, lower: vector(-8), upper: vector(8), width: 16 };
  const seat: Seat = { index: 0, row: vector(0), slope: vector(slope) };
  const visits = new Visits(workspace, box, seat);
  const solver = createMinimiser("projected", workspace, box, 4);
  const steps = new BoundarySteps(workspace, visits, solver);
  const row = () => Array.from(arena.f32(seat.row, N));
  const begin = visits.begin(new Float32Array(N), margin, solver.gradient);
  begin.next();
  begin.next({ loss: deficit, margin: -deficit });
  /** Puts the solver at (x, x, ...), where the margin is known; c as given. */
  const standAt = (x: number, at: Omit<Visit, "squared">, c: number): Visit => {
    arena.f32(solver.x, N).fill(x);
    const squared = visits.penaltyGradient(c, solver.x, seat.slope, solver.g);
    return { ...at, squared };
  };
  return { visits, solver, steps, seat, arena, row, standAt };
}

describe("the success margin", () => {
  test("is 1e-4 logits, or 1/2048 of what the label trails by where that is less", () => {
    expect(setUp({ deficit: 8 }).visits.lead).toBe(1e-4);
    expect(setUp({ deficit: 2 ** -6 }).visits.lead).toBe(2 ** -17);
    expect(setUp({ deficit: 0 }).visits.lead).toBe(0);
  });

  test("is what was asked for, if that is more than rounding needs, or nothing", () => {
    for (const margin of [0, 1.001e-4, 0.5]) expect(setUp({ margin, deficit: 2 ** -6 }).visits.lead).toBe(margin);
  });

  test("must be exceeded: a point that leads by exactly that is no success, the next number is", () => {
    const { visits, solver } = setUp({ margin: 0.5 });
    for (const [margin, isSuccess] of [
      [0.5, false],
      [0.5 + 2 ** -53, true],
    ] as const) {
      const visit = visits.evaluate(solver.x, 1, solver.gradient);
      visit.next();
      visit.next({ loss: 0.1, margin });
      expect(visits.hasSuccess).toBe(isSuccess);
    }
  });
});

describe("a step", () => {
  test("goes to the linearised boundary: along a margin that is linear, one is enough", () => {
    const { visits, steps, row, standAt } = setUp();
    // Loss ln 2: the margin's slope is twice that of the loss, 2 a component. It is 1 logit short.
    const run = steps.run(standAt(1, { loss: HALF, margin: -1 }, 0.5), 0.5, 5, false);
    run.next();
    // 16 d = 1 + what a step aims beyond.
    for (const v of row()) expect(v).toBeCloseTo(1 + (1 + visits.lead + 9e-4) / 16, 6);
  });

  test("that does not come closer is halved; an accepted one is followed by one twice as long, and by whole ones", () => {
    const { steps, row, standAt } = setUp();
    const run = steps.run(standAt(1, { loss: HALF, margin: -1 }, 0.5), 0.5, 20, false);
    run.next();
    const whole = (row()[0] as number) - 1;
    const lengths: number[] = [];
    let from = 1;
    const reply = (margin: number, accepted: boolean) => {
      const at = row()[0] as number;
      lengths.push((at - from) / whole);
      if (accepted) from = at;
      run.next({ loss: HALF, margin });
    };
    reply(-3, false); // further away than it began
    reply(-3, false);
    reply(-0.25, true); // closer
    expect(lengths).toEqual([1, expect.closeTo(0.5, 5), expect.closeTo(0.25, 5)]);
    // It came as far as it was to, or further: nothing is carried over, and the next goes half of what is left.
    const share = (margin: number) => ((row()[0] as number) - from) / ((9e-4 + 1e-4 - margin) / 16);
    expect(share(-0.25)).toBeCloseTo(0.5, 4);
    reply(-0.1, true);
    expect(share(-0.1)).toBeGreaterThan(1 - 1e-4); // whole again, and what the last fell short of on top
  });

  test("ends where the loss is flat, and where the estimate has settled on a success", () => {
    const flat = setUp({ slope: 0 });
    expect(flat.steps.run(flat.standAt(1, { loss: HALF, margin: -1 }, 0.5), 0.5, 5, false).next()).toEqual({
      done: true,
      value: "flat",
    });
    const { steps, visits, standAt } = setUp();
    const run = steps.run(standAt(1, { loss: HALF, margin: 0.002 }, 0.5), 0.5, 9, false);
    run.next();
    let end = run.next({ loss: HALF, margin: visits.lead + 9e-4 });
    while (!end.done) end = run.next({ loss: HALF, margin: visits.lead + 9e-4 });
    expect(end.value).toBe("settled");
    expect(visits.evaluations).toBe(1 + 2);
  });

  test("leaves a boundary that its model of the margin keeps missing, once there is a success, if it may", () => {
    for (const leavesRough of [true, false]) {
      const { steps, visits, standAt } = setUp();
      const run = steps.run(standAt(1, { loss: HALF, margin: 0.1 }, 0.5), 0.5, 12, leavesRough);
      run.next();
      let k = 0;
      let end = run.next({ loss: HALF, margin: 0.1 });
      while (!end.done) end = run.next({ loss: HALF, margin: k++ % 2 ? 0.1 : -0.1 });
      expect(end.value).toBe(leavesRough ? "rough" : "max-steps");
      expect(visits.evaluations).toBe(1 + (leavesRough ? 8 : 12));
    }
  });
});
