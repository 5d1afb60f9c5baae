/** Functions of two values, and of a value and an array of the model, against f64 and finite differences. */
import { describe, expect, test } from "vitest";
import { BinaryMerge, BinaryOperation } from "../../src/model/layers/binary.ts";
import { type BinaryKind, sizeOf } from "../../src/model/layers/index.ts";
import { messageOf } from "../message-of.ts";
import { BINARY, joined, stretchedShape } from "../oracle/broadcast.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { expectColumns } from "../support/columns.ts";
import { noise32 } from "../support/noise.ts";
import { OperationHost } from "../support/operation-host.ts";

type Shape = readonly number[];
const KINDS = Object.keys(BINARY) as BinaryKind[];
const SHAPES: readonly [Shape, Shape][] = [
  [[5], [5]],
  [[2, 3, 5], [5]],
  [
    [2, 3, 4],
    [2, 1, 1],
  ],
  [
    [2, 1, 5],
    [1, 3, 1],
  ],
  [[1], [3, 2]],
  [[2, 7], []],
  [
    [1, 1],
    [1, 1],
  ],
  [
    [2, 1, 2, 1, 3],
    [2, 3, 1, 2, 1],
  ],
];
const ROWS = 3;
/** Of a quotient of a quotient, and of an exponential of a logarithm with the products around it. */
const roundings = (kind: BinaryKind): number => (kind === "power" ? 24 : 5);
const words = (shape: Shape): string => `[${shape.join(", ")}]`;
/** Positive, for the sake of powers; those of even seeds lie between those of odd ones, so that no step makes two equal. */
const values = (n: number, seed: number): Float32Array =>
  noise32(n, seed).map((v) => 1.25 + Math.round(64 * v) / 64 + (seed % 2) / 128);
const rowOf = (x: Float32Array, r: number): Float32Array => x.slice((r * x.length) / ROWS, ((r + 1) * x.length) / ROWS);

for (const shapes of SHAPES) {
  const [left, right] = shapes;
  const size = sizeOf(stretchedShape(shapes));

  describe(`${words(left)} and ${words(right)}`, () => {
    for (const kind of KINDS) {
      test(`the ${kind} of two values and its gradients, of each row what they are alone`, () => {
        const host = new OperationHost();
        const merge = new BinaryMerge(host.workspace, kind, shapes);
        expect(merge.outputShape).toEqual(stretchedShape(shapes));
        const xs = [values(ROWS * sizeOf(left), 1), values(ROWS * sizeOf(right), 2)] as [Float32Array, Float32Array];
        const dy = noise32(ROWS * size, 3);
        const y = host.forward(merge, ROWS, xs);
        const dxs = host.gradient(merge, ROWS, xs, dy);
        for (let r = 0; r < ROWS; r++) {
          const own = xs.map((x) => rowOf(x, r)) as [Float32Array, Float32Array];
          const exact = joined(BINARY[kind as keyof typeof BINARY], own, shapes);
          const bound = exact.map(
            (v) => g(roundings(kind), U32) * (Math.abs(v) + (kind === "squared difference" ? 4 : 0)),
          );
          expect(firstBeyond(rowOf(y, r), exact, bound)).toBe(-1);
          expect(firstDifferent(host.forward(merge, 1, own), rowOf(y, r))).toBe(-1);
          const alone = host.gradient(merge, 1, own, rowOf(dy, r));
          for (const i of [0, 1] as const) {
            expect(firstDifferent(alone[i] as Float32Array, rowOf(dxs[i] as Float32Array, r))).toBe(-1);
          }
          const both = [...own[0], ...own[1]];
          const f = (x: Float64Array) =>
            joined(
              BINARY[kind as keyof typeof BINARY],
              [x.subarray(0, own[0].length), x.subarray(own[0].length)],
              shapes,
            );
          // A difference of the inputs is rounded before it is doubled.
          const more = kind === "squared difference" ? 2 ** 12 : 0;
          expectColumns(
            f,
            both,
            rowOf(dy, r),
            [...(alone[0] as Float32Array), ...(alone[1] as Float32Array)],
            size + roundings(kind) + more,
          );
        }
      });

      for (const constantFirst of [false, true]) {
        test(`the ${kind} of a value and an array, ${constantFirst ? "the array" : "the value"} first`, () => {
          const host = new OperationHost();
          const [shape, fixed] = constantFirst ? [right, left] : [left, right];
          const numbers = values(sizeOf(fixed), 4);
          const constant = host.parameter("it/constant", fixed, numbers);
          const operation = new BinaryOperation(host.workspace, kind, shape, constant, { constantFirst });
          const x = values(ROWS * sizeOf(shape), 5);
          const dy = noise32(ROWS * size, 6);
          const f = (value: ArrayLike<number>, array: ArrayLike<number>) =>
            joined(BINARY[kind as keyof typeof BINARY], constantFirst ? [array, value] : [value, array], shapes);
          const y = host.forward(operation, ROWS, [x]);
          const [dx] = host.gradient(operation, ROWS, [x], dy) as [Float32Array];
          for (let r = 0; r < ROWS; r++) {
            const exact = f(rowOf(x, r), numbers);
            const bound = exact.map(
              (v) => g(roundings(kind), U32) * (Math.abs(v) + (kind === "squared difference" ? 4 : 0)),
            );
            expect(firstBeyond(rowOf(y, r), exact, bound)).toBe(-1);
            const [alone] = host.gradient(operation, 1, [rowOf(x, r)], rowOf(dy, r)) as [Float32Array];
            expect(firstDifferent(alone, rowOf(dx, r))).toBe(-1);
          }
          const more = kind === "squared difference" ? 2 ** 12 : 0;
          expectColumns((v) => f(v, numbers), rowOf(x, 0), rowOf(dy, 0), rowOf(dx, 0), size + roundings(kind) + more);
          const toConstant = host.parameterGradient(operation, constant, x, dy);
          const all = (array: Float64Array) => [0, 1, 2].flatMap((r) => f(rowOf(x, r), array));
          expectColumns(all, numbers, dy, toConstant, ROWS * size + roundings(kind) + more);
        });
      }
    }
  });
}

test("shapes that do not stretch to one are refused", () => {
  const { workspace } = new OperationHost();
  expect(
    messageOf(
      () =>
        new BinaryMerge(workspace, "quotient", [
          [2, 3],
          [2, 4],
        ]),
    ),
  ).toBe("quotient: expected arrays that stretch to one shape, got [2, 3] and [2, 4]");
});
