/** Operations that move numbers, against the definitions of their indices, and reductions over any axes. */
import { describe, expect, test } from "vitest";
import { type MappedOperation, sizeOf } from "../../src/model/layers/index.ts";
import { ConcatenateMerge } from "../../src/model/layers/merge.ts";
import {
  broadcastOperation,
  gatherOperation,
  type Move,
  padOperation,
  sliceOperation,
  takeAlong,
  tileOperation,
  transposeOperation,
} from "../../src/model/layers/move.ts";
import { reduction } from "../../src/model/layers/reduce.ts";
import { messageOf } from "../message-of.ts";
import { indexOf, placeOf } from "../oracle/broadcast.ts";
import { REDUCTIONS, reducedTerms } from "../oracle/reduce.ts";
import { firstBeyond, firstDifferent, g, U32 } from "../support/bounds.ts";
import { expectColumns } from "../support/columns.ts";
import { noise32 } from "../support/noise.ts";
import { OperationHost } from "../support/operation-host.ts";

type Shape = readonly number[];
type Workspace = OperationHost["workspace"];
const ROWS = 3;
const f = Math.fround;

interface MoveCase {
  title: string;
  shape: Shape;
  make: (workspace: Workspace) => Move;
  outputShape: Shape;
  /** The place in the input of a place of the output, or a number that stands there. */
  from: (place: number[]) => number[] | number;
}

/** By the definitions of NumPy. */
const mirrored = (i: number, n: number): number => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i);
const mirroredTwice = (i: number, n: number): number => (i < 0 ? -i - 1 : i >= n ? 2 * n - 1 - i : i);
const clamped = (i: number, n: number): number => Math.min(Math.max(i, 0), n - 1);
const PADS = [
  [2, 1],
  [0, 0],
  [1, 3],
] as const;
const padded = (mode: "edge" | "reflect" | "symmetric", at: (i: number, n: number) => number): MoveCase => ({
  title: `a border, ${mode}`,
  shape: [3, 5, 4],
  make: (workspace) => padOperation(workspace, [3, 5, 4], PADS, mode, 7),
  outputShape: [6, 5, 8],
  from: ([i, j, k]) => [at((i as number) - 2, 3), j as number, at((k as number) - 1, 4)],
});
const permuted = (shape: Shape, order: readonly number[]): MoveCase => ({
  title: `axes of [${shape.join(", ")}] as [${order.join(", ")}]`,
  shape,
  make: (workspace) => transposeOperation(workspace, shape, order),
  outputShape: order.map((axis) => shape[axis] as number),
  from: (place) => shape.map((_, axis) => place[order.indexOf(axis)] as number),
});

const CASES: readonly MoveCase[] = [
  {
    title: "a slice within all axes",
    shape: [4, 5, 6],
    make: (workspace) => sliceOperation(workspace, [4, 5, 6], [1, 0, 2], [2, 5, 3]),
    outputShape: [2, 5, 3],
    from: ([i, j, k]) => [1 + (i as number), j as number, 2 + (k as number)],
  },
  {
    title: "a slice in steps, one of them backwards",
    shape: [5, 7, 3],
    make: (workspace) => sliceOperation(workspace, [5, 7, 3], [0, 6, 0], [3, 3, 3], [2, -3, 1]),
    outputShape: [3, 3, 3],
    from: ([i, j, k]) => [2 * (i as number), 6 - 3 * (j as number), k as number],
  },
  {
    title: "a row turned around",
    shape: [13],
    make: (workspace) => sliceOperation(workspace, [13], [12], [13], [-1]),
    outputShape: [13],
    from: ([i]) => [12 - (i as number)],
  },
  {
    title: "a slice of rows, whole pixels",
    shape: [6, 9],
    make: (workspace) => sliceOperation(workspace, [6, 9], [2, 0], [3, 9]),
    outputShape: [3, 9],
    from: ([i, j]) => [2 + (i as number), j as number],
  },
  {
    title: "a border of one value",
    shape: [3, 5, 4],
    make: (workspace) => padOperation(workspace, [3, 5, 4], PADS, "constant", -1.5),
    outputShape: [6, 5, 8],
    from: ([i, j, k]) => {
      const place = [(i as number) - 2, j as number, (k as number) - 1];
      return place.every((at, axis) => at >= 0 && at < ([3, 5, 4][axis] as number)) ? place : -1.5;
    },
  },
  padded("edge", clamped),
  padded("reflect", mirrored),
  padded("symmetric", mirroredTwice),
  {
    title: "a gather of columns, some twice, one from behind",
    shape: [2, 5, 3],
    make: (workspace) => gatherOperation(workspace, [2, 5, 3], 1, [4, 0, -2, 0], [2, 2]),
    outputShape: [2, 2, 2, 3],
    from: ([i, p, q, k]) => [i as number, [4, 0, 3, 0][2 * (p as number) + (q as number)] as number, k as number],
  },
  {
    title: "a gather of one",
    shape: [2, 5, 3],
    make: (workspace) => gatherOperation(workspace, [2, 5, 3], 0, [1], []),
    outputShape: [5, 3],
    from: ([j, k]) => [1, j as number, k as number],
  },
  {
    title: "tiles",
    shape: [2, 3],
    make: (workspace) => tileOperation(workspace, [2, 3], [2, 3]),
    outputShape: [4, 9],
    from: ([i, j]) => [(i as number) % 2, (j as number) % 3],
  },
  {
    title: "a broadcast",
    shape: [3, 1, 2],
    make: (workspace) => broadcastOperation(workspace, [3, 1, 2], [2, 3, 4, 2]),
    outputShape: [2, 3, 4, 2],
    from: ([, i, , k]) => [0, i as number, 0, k as number],
  },
  {
    title: "any indices along two axes, with holes",
    shape: [4, 6],
    make: (workspace) =>
      takeAlong(
        workspace,
        [4, 6],
        [
          [3, 1, -1, 0],
          [5, -1, 2],
        ],
        9,
      ),
    outputShape: [4, 3],
    from: ([i, j]) => {
      const place = [[3, 1, -1, 0][i as number], [5, -1, 2][j as number]] as number[];
      return place.some((at) => at < 0) ? 9 : place;
    },
  },
  permuted([3, 7, 5], [2, 0, 1]),
  permuted([3, 7, 5], [1, 2, 0]),
  permuted([3, 4, 5, 6], [0, 2, 1, 3]),
  permuted([3, 4, 5, 6], [0, 1, 3, 2]),
  permuted([3, 4, 5, 6], [3, 1, 2, 0]),
  permuted([2, 1, 3, 2, 1, 2], [5, 4, 1, 3, 0, 2]),
  permuted([1, 5, 1], [2, 0, 1]),
  permuted([4, 3], [0, 1]),
];

const cut = (x: Float32Array, r: number): Float32Array => x.slice((r * x.length) / ROWS, ((r + 1) * x.length) / ROWS);

describe("moves", () => {
  for (const { title, shape, make, outputShape, from } of CASES) {
    test(`${title}: the numbers, the gradient, the map`, () => {
      const host = new OperationHost();
      const move = make(host.workspace);
      expect(move.outputShape).toEqual(outputShape);
      const [n, m] = [sizeOf(shape), sizeOf(outputShape)];
      const source = Array.from({ length: m }, (_, i) => {
        const place = from(placeOf(outputShape, i));
        // A row of a batch stands in front of a broadcast's missing axis.
        return typeof place === "number"
          ? place
          : { at: indexOf(place.length > shape.length ? [1, ...shape] : shape, place) };
      });
      const [x, dy, start] = [noise32(ROWS * n, 1), noise32(ROWS * m, 2), noise32(ROWS * n, 3)];
      const y = host.forward(move, ROWS, [x]);
      const [dx] = host.gradient(move, ROWS, [x], dy, [start]) as [Float32Array];
      for (let r = 0; r < ROWS; r++) {
        const own = cut(x, r);
        const expected = source.map((s) => (typeof s === "number" ? s : (own[s.at] as number)));
        expect(firstDifferent(cut(y, r), expected)).toBe(-1);
        const sums = cut(start, r);
        const slope = cut(dy, r);
        source.forEach((s, i) => {
          if (typeof s !== "number") sums[s.at] = f((sums[s.at] as number) + (slope[i] as number));
        });
        expect(firstDifferent(cut(dx, r), sums)).toBe(-1);
      }
      const { map } = move;
      if (map.kind !== "take") throw new Error(`expected a map of kind take, got ${map.kind}`);
      const places = source.map((s) => (typeof s === "number" ? -1 : s.at));
      expect([...map.sources()]).toEqual(places);
      const counts = places.filter((at) => at >= 0).map((at) => places.filter((other) => other === at).length);
      expect(map.copies).toBe(Math.max(...counts));
      for (const s of source) if (typeof s === "number") expect(map.fill).toBe(s);
    });
  }

  test("a reflection further than the extent goes back and forth, of one element it stays", () => {
    const host = new OperationHost();
    const far = padOperation(host.workspace, [3], [[5, 4]], "reflect");
    expect([...host.forward(far, 1, [Float32Array.of(0, 1, 2)])]).toEqual([1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
    const one = padOperation(host.workspace, [1], [[2, 1]], "reflect");
    expect([...host.forward(one, 1, [Float32Array.of(5)])]).toEqual([5, 5, 5, 5]);
    const twice = padOperation(host.workspace, [2], [[5, 3]], "symmetric");
    expect([...host.forward(twice, 1, [Float32Array.of(0, 1)])]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
  });

  test("what reaches out of an axis is refused", () => {
    const { workspace } = new OperationHost();
    expect(messageOf(() => sliceOperation(workspace, [4], [2], [3]))).toBe(
      "slice of axis 0: expected places within [0, 4), got 3 from 2 in steps of 1",
    );
    expect(messageOf(() => gatherOperation(workspace, [4], 0, [4]))).toBe("axis 0: expected indices below 4, got 4");
    expect(messageOf(() => gatherOperation(workspace, [4], 0, [-5]))).toBe("axis 0: expected indices from -4, got -5");
    expect(messageOf(() => gatherOperation(workspace, [4], 0, []))).toBe("axis 0: expected indices, got none");
    expect(messageOf(() => padOperation(workspace, [4], [[-1, 0]], "edge"))).toBe(
      "border of axis 0: expected numbers >= 0, got -1 and 0",
    );
    expect(messageOf(() => transposeOperation(workspace, [4, 2], [0, 0]))).toBe(
      "order of axes: expected each of 0 to 1 once, got [0, 0]",
    );
    expect(messageOf(() => tileOperation(workspace, [2 ** 20], [2 ** 10]))).toMatch(/^axis: expected at most/);
  });
});

test("values joined along a middle axis, of any number, and their gradients", () => {
  const host = new OperationHost();
  const shapes = [
    [2, 3, 5],
    [2, 1, 5],
    [2, 4, 5],
  ];
  const merge = new ConcatenateMerge(
    2,
    shapes.map((shape) => sizeOf(shape.slice(1))),
    host.workspace.kernels,
  );
  const xs = shapes.map((shape, i) => noise32(ROWS * sizeOf(shape), i));
  const y = host.forward(merge, ROWS, xs);
  const dxs = host.gradient(merge, ROWS, xs, y);
  expect(merge.outputSize).toBe(80);
  dxs.forEach((dx, i) => {
    expect(firstDifferent(dx, xs[i] as Float32Array)).toBe(-1);
  });
  expect([...y.subarray(0, 15)]).toEqual([...(xs[0] as Float32Array).subarray(0, 15)]);
  expect([...y.subarray(15, 20)]).toEqual([...(xs[1] as Float32Array).subarray(0, 5)]);
});

describe("reductions", () => {
  const runAll = (host: OperationHost, operations: readonly MappedOperation[], x: Float32Array, dy: Float32Array) => {
    const values = [x];
    for (const operation of operations) values.push(host.forward(operation, ROWS, [values.at(-1) as Float32Array]));
    let slope = dy;
    for (let i = operations.length - 1; i >= 0; i--) {
      [slope] = host.gradient(operations[i] as MappedOperation, ROWS, [values[i] as Float32Array], slope) as [
        Float32Array,
      ];
    }
    return { y: values.at(-1) as Float32Array, dx: slope };
  };

  for (const [shape, axes] of [
    [[3, 4, 5], [2]],
    [
      [3, 4, 5],
      [0, 1],
    ],
    [[3, 4, 5], [1]],
    [
      [3, 4, 5],
      [0, 2],
    ],
    [
      [2, 3, 1, 4],
      [1, 3],
    ],
    [[2, 3, 1, 4], [2]],
    [[7], [0]],
    [
      [2, 3, 2],
      [0, 1, 2],
    ],
    [[2, 3], []],
  ] as readonly [number[], number[]][]) {
    for (const of of Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[]) {
      test(`the ${of} of [${shape.join(", ")}] over [${axes.join(", ")}]`, () => {
        const host = new OperationHost();
        const { operations, outputShape } = reduction(host.workspace, of, shape, axes);
        const kept = reduction(host.workspace, of, shape, axes, true);
        expect(outputShape).toEqual(shape.filter((_, axis) => !axes.includes(axis)));
        expect(kept.outputShape).toEqual(shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)));
        const [n, m] = [sizeOf(shape), sizeOf(outputShape)];
        // No two equal, none within a step of zero or of another.
        const x = Float32Array.from({ length: ROWS * n }, (_, i) => (((i * 37) % 101) - 50) / 50 + 1 / 128);
        const dy = noise32(ROWS * m, 2);
        const places = Array.from({ length: n }, (_, i) =>
          indexOf(
            outputShape,
            placeOf(shape, i).filter((_, axis) => !axes.includes(axis)),
          ),
        );
        const lists = (row: ArrayLike<number>): number[][] =>
          Array.from({ length: m }, (_, j) => Array.from(row).filter((_, i) => places[i] === j));
        const { y, dx } = runAll(host, operations, x, dy);
        const count = n / m;
        for (let r = 0; r < ROWS; r++) {
          const own = lists(cut(x, r));
          const bound = own.map((list) => g(count + 4, U32) * reducedTerms(of, list));
          expect(firstBeyond(cut(y, r), own.map(REDUCTIONS[of]), bound)).toBe(-1);
        }
        expectColumns((v) => lists(v).map(REDUCTIONS[of]), cut(x, 0), cut(dy, 0), cut(dx, 0), 2 * count + 16);
      });
    }
  }

  test("axes that are none are refused", () => {
    const { workspace } = new OperationHost();
    expect(messageOf(() => reduction(workspace, "sum", [2, 3], [2]))).toBe(
      "sum: expected each of the axes 0 to 1 once at most, got [2]",
    );
    expect(messageOf(() => reduction(workspace, "sum", [2, 3], [1, 1]))).toBe(
      "sum: expected each of the axes 0 to 1 once at most, got [1, 1]",
    );
  });
});
