import { expect, test } from "vitest";
import "../../src/index.ts";
import { errorRate } from "../../src/train/index.ts";
import { messageOf } from "../message-of.ts";
import { rowOf } from "../support/network-steps.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";

const network = networkOf([5], [dense("fc1", 5, 4, "tanh"), dense("fc2", 4, 3, "softmax")]);

test("errorRate is the share of rows whose answer is not their label, over any number of rows", () => {
  const count = 1300;
  const rows = noise32(count * 5, 1, 2);
  const answers = Array.from({ length: count }, (_, r) => {
    const scores = network.predict(rowOf(rows, r, 5));
    return scores.indexOf(Math.max(...scores));
  });
  expect(errorRate(network, rows, answers)).toBe(0);
  const labels = answers.map((answer, r) => (r % 10 === 0 ? (answer + 1) % 3 : answer));
  expect(errorRate(network, rows, labels)).toBe(130 / 1300);
  expect(errorRate(network, rows.subarray(0, 5), [((answers[0] as number) + 1) % 3])).toBe(1);
});

test("errorRate refuses rows and labels that do not fit", () => {
  expect(messageOf(() => errorRate(network, new Float32Array(0), []))).toBe(
    "rows: expected at least one row of 5 values, got none",
  );
  expect(messageOf(() => errorRate(network, new Float32Array(5), [3]))).toBe(
    "labels[0]: expected a label in [0, 2], got 3",
  );
});
