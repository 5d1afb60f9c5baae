/** The matcher `toResist`, as a test of a model uses it. */
import { expect, test } from "vitest";
import { networkOf } from "../src/goldens/small-networks.ts";
import { toResist } from "../src/vitest.ts";
import { rejectionOf } from "./message-of.ts";

expect.extend({ toResist });

/** Scores [x, 1 - x]: answers 0 where x is above 1/2, which a change of |x - 1/2| alters. */
const network = (() => {
  const made = networkOf(
    [1],
    [
      {
        class_name: "Dense",
        config: { name: "fc", units: 2, activation: "linear", use_bias: true },
        weights: [
          { name: "fc/kernel", shape: [1, 2], dtype: "float32" },
          { name: "fc/bias", shape: [2], dtype: "float32" },
        ],
      },
    ],
  );
  made.setParameters(Float32Array.of(1, -1, 0, 1));
  return made;
})();
const rows = Float32Array.of(0.9, 0.7, 0.55, 0.2);
const truth = [0, 0, 0, 0];

test("passes where enough rows resist, by attacks or by proof, and fails where they do not", async () => {
  await expect(network).toResist({ rows, truth, norm: "linf", epsilon: 0.1, share: 0.5 });
  await expect(network).toResist({ rows, truth, norm: "linf", epsilon: 0.1, share: 0.5, proved: true });
  await expect(network).not.toResist({ rows, truth, norm: "linf", epsilon: 0.1, share: 0.51 });
  await expect(network).not.toResist({ rows, truth, norm: "l2", epsilon: 0.3, share: 0.5 });
  await expect(network).toResist({ rows: rows.slice(0, 1), truth: [0], norm: "linf", epsilon: 0.3 });
});

test("says how many do, and which rows do not", async () => {
  const asked = { rows, truth, norm: "linf", epsilon: 0.1, share: 0.9 } as const;
  const said = await rejectionOf(Promise.resolve(expect(network).toResist(asked)));
  expect(said).toMatch(
    /^small: expected 90 % of 4 rows to resist changes of linf 0\.1, got 50 % that do, as far as attacks find; not row 2 \([\w-]+\), row 3 \(misread\)$/,
  );
  expect(await rejectionOf(Promise.resolve(expect(network).toResist({ ...asked, proved: true })))).toContain(
    "got 50 % that are proved to",
  );
});

test("refuses what is no network, and options that there are not", async () => {
  const asked = { rows, truth, norm: "linf", epsilon: 0.1 } as const;
  expect(await rejectionOf(toResist({}, asked))).toMatch(/^expect\(\.\.\.\)\.toResist: expected a Network, got /);
  expect(await rejectionOf(toResist(network, { ...asked, share: 2 }))).toMatch(/^share: expected /);
  expect(await rejectionOf(toResist(network, { ...asked, shares: 1 } as never))).toMatch(/shares/);
});
