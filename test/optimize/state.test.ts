/** What outlives a call and what must not: exceptions, nesting, shared memory, saved runs. */
import { describe, expect, test } from "vitest";
import { Lbfgs, Lbfgsb, lbfgs, minimize, type Objective } from "../../src/optimize/index.ts";
import { solverWorkspace } from "../../src/wasm/index.ts";
import { start } from "./functions.ts";
import { problems, rosenbrockObjective } from "./problems/index.ts";

describe("state", () => {
  const reference = () => minimize(rosenbrockObjective, start(30), { upper: 0.7 });

  test("an exception in fg passes through and leaves nothing behind", () => {
    const before = reference();
    for (let at = 1; at < 12; at++) {
      let calls = 0;
      const fg: Objective = (x, g) => {
        if (++calls === at) throw new Error(`call ${at}`);
        return rosenbrockObjective(x, g);
      };
      expect(() => minimize(fg, start(5000))).toThrow(`call ${at}`);
      expect(() => minimize(fg, start(5000), { onIteration: () => fg(start(2), new Float64Array(2)) })).not.toThrow();
    }
    expect(reference()).toEqual(before);
  });

  test("fg may call minimize, and memory may grow under the outer run", () => {
    const plain = reference();
    let depth = 0;
    const nested: Objective = (x, g) => {
      if (depth < 2) {
        depth++;
        const inner = minimize(nested, start(3000 * depth), { memory: 20, maxIterations: 3 });
        expect(inner.iterations).toBe(3);
        depth--;
      }
      return rosenbrockObjective(x, g);
    };
    expect(minimize(nested, start(30), { upper: 0.7 })).toEqual(plain);
  });

  test("an exception in a nested run reaches the outer fg, which may go on", () => {
    const plain = reference();
    const fg: Objective = (x, g) => {
      expect(() =>
        minimize(() => {
          throw new Error("inner");
        }, start(100)),
      ).toThrow("inner");
      return rosenbrockObjective(x, g);
    };
    expect(minimize(fg, start(30), { upper: 0.7 })).toEqual(plain);
  });

  test("hundreds of runs in lockstep in one workspace give what each gives alone", () => {
    const workspace = solverWorkspace();
    const starts = Array.from({ length: 200 }, (_, i) => start(20).map((v, j) => v + Math.sin(i + j) / 4));
    const runs = starts.map((x0) => new Lbfgsb(x0, { lower: -1.5, upper: 0.8 }, workspace));
    const g = new Float64Array(20);
    for (let busy = true; busy; ) {
      busy = false;
      for (const run of runs) {
        if (run.done) continue;
        run.tell(rosenbrockObjective(run.ask(), g), g);
        busy = true;
      }
    }
    starts.forEach((x0, i) => {
      expect(runs[i]?.result()).toEqual(minimize(rosenbrockObjective, x0, { lower: -1.5, upper: 0.8 }));
    });
  });

  test("a solver that is started over gives what a new one gives, within other bounds too", () => {
    const g = new Float64Array(20);
    const finish = (run: Lbfgs | Lbfgsb) => {
      while (!run.done) run.tell(rosenbrockObjective(run.ask(), g), g);
      return run.result();
    };
    const boxes = [{ lower: -1.5, upper: 0.8 }, {}, { upper: start(20).map((v) => v + 1) }, { lower: 0 }];
    const boxed = new Lbfgsb(start(20), { memory: 4 });
    const free = new Lbfgs(start(20), { memory: 4 });
    for (const [i, box] of boxes.entries()) {
      const x0 = start(20).map((v) => v + i / 10);
      boxed.restart(x0, box);
      expect(finish(boxed)).toEqual(minimize(rosenbrockObjective, x0, { memory: 4, ...box }));
      boxed.restart(x0);
      for (let call = 0; call < 7 && !boxed.done; call++) boxed.tell(rosenbrockObjective(boxed.ask(), g), g); // left in the middle
      free.restart(x0);
      expect(finish(free)).toEqual(lbfgs(rosenbrockObjective, x0, { memory: 4 }));
    }
    expect(() => boxed.restart([1])).toThrow("x0: expected 20 numbers, one a variable, got 1");
  });

  for (const name of ["driver_n25", "ext_rosenbrock_n100_mixed", "ext_powell_n100_free", "nnls_60x30", "wood"]) {
    test(`${name} continues from a snapshot bit for bit, wherever it is taken`, () => {
      const { fg, start: x0, lower, upper } = problems.find((p) => p.name === name) as (typeof problems)[number];
      const options = { lower, upper, memory: 4, maxIterations: 30 };
      const n = x0.length;
      const g = new Float64Array(n);
      const steady = new Lbfgsb(x0, options);
      const whole: number[][] = [];
      const cuts: [number, Lbfgsb][] = [];
      let between = 0;
      for (let call = 0; !steady.done; call++) {
        if (call % 3 === 0) {
          const state = structuredClone(steady.snapshot());
          if (state.trials > 1) between++;
          cuts.push([call, Lbfgsb.restore(state)]);
        }
        const x = steady.ask();
        const f = fg(x, g);
        whole.push([f, ...x, ...g]);
        steady.tell(f, g);
      }
      for (const [from, run] of cuts) {
        for (let call = from; !run.done; call++) {
          const x = run.ask();
          const f = fg(x, g);
          expect([f, ...x, ...g]).toEqual(whole[call]);
          run.tell(f, g);
        }
        expect(run.result()).toEqual(steady.result());
      }
      if (name !== "nnls_60x30") expect(between).toBeGreaterThan(0);
      expect(Lbfgsb.restore(steady.snapshot()).result()).toEqual(steady.result());
    });
  }

  test("a run that has ended says so", () => {
    const run = new Lbfgsb([1, 2]);
    expect(run.result().status).toBe("running");
    run.abort();
    expect(run.status).toBe("aborted");
    expect(() => run.ask()).toThrow('ask: expected a run under way, got one that ended with "aborted"');
    expect(() => run.tell(0, new Float64Array(2))).toThrow("tell: expected a run under way");
    run.abort();
  });
});
