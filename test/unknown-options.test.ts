/** A slip of the pen in an option is refused by name, before any work, and never taken for the default. */
import { expect, test } from "vitest";
import { amplify, attackEveryLabel, fullyConnected, gaussianNoise, lbfgsAttack } from "../src/index.ts";
import { lbfgs, minimize } from "../src/optimize/index.ts";

const rows = new Float32Array(4);
const never = () => {
  throw new Error("called");
};
const network = () => fullyConnected([4, 3, 2], { seed: 1 });

for (const [subject, call, hint] of [
  ["amplify", () => amplify(rows, rows, { mod: "common" } as object), "mode"],
  ["gaussianNoise", () => gaussianNoise(rows, { std: 1, seeed: 2 } as never), "seed"],
  ["minimize", () => minimize(never, [1], { maxIteration: 2 } as object), "maxIterations"],
  ["lbfgs", () => lbfgs(never, [1], { noize: 1e-7 } as object), "noise"],
  ["lbfgsAttack", () => lbfgsAttack(network(), { rows, labels: [1], efort: "fast" } as never), "effort"],
  ["attackEveryLabel", () => attackEveryLabel(network(), { rows, truth: [1], upperr: 1 } as never), "upper"],
] as const) {
  test(`${subject} refuses an option that it does not have, and names the nearest`, async () => {
    const refusal = await Promise.resolve()
      .then(call as () => unknown)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "ERR_BLINDSPOT_OPTION" });
    expect((refusal as Error).message).toMatch(
      new RegExp(`^${subject}: expected options among .*; did you mean "${hint}"\\?$`),
    );
  });
}
