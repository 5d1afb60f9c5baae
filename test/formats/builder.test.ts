import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/formats/builder.ts";
import { floats, integers } from "../../src/formats/fold.ts";
import { BATCH, type GraphNode } from "../../src/formats/graph.ts";
import { inOrder } from "../../src/formats/order.ts";

const IMAGE = [BATCH, 6, 5, 4];
const WINDOW = {
  strides: [1, 1],
  dilations: [1, 1],
  pads: [
    [0, 0],
    [0, 0],
  ],
} as const;

function over(shape: readonly number[] = IMAGE): GraphBuilder {
  const builder = new GraphBuilder("m");
  builder.input("x", shape);
  return builder;
}

/** The shape that a node of one input makes. */
function made(shape: readonly number[], node: object): readonly number[] {
  const builder = over(shape);
  builder.add({ name: "y", inputs: ["x"], ...node } as unknown as GraphNode);
  return builder.shapeOf("y");
}

describe("arithmetic on shapes is folded, with the batch as an unknown", () => {
  test("Flatten as a SavedModel says it: [shape(x)[0], -1]", () => {
    const builder = over();
    builder.constant("shape", integers(builder.shapeOf("x")));
    builder.add({ name: "batch", op: "slice", inputs: ["shape"], starts: [0], sizes: [1], steps: [1] });
    builder.constant("open", integers([-1]));
    builder.add({ name: "target", op: "concatenate", inputs: ["batch", "open"], axis: 0 });
    expect(builder.numbersOf("reshape", "target")).toEqual([BATCH, -1]);
  });

  test("the rows of a sequence as rows of their own: [batch times 6 5, 4], and back by a division", () => {
    const builder = over();
    builder.constant("shape", integers(builder.shapeOf("x")));
    builder.add({ name: "three", op: "slice", inputs: ["shape"], starts: [0], sizes: [3], steps: [1] });
    builder.add({ name: "rows", op: "reduce", inputs: ["three"], kind: "product", axes: [0], keepsAxes: true });
    builder.constant("thirty", integers([30]));
    builder.add({ name: "back", op: "binary", inputs: ["rows", "thirty"], function: "divide" });
    expect(builder.numbersOf("y", "rows")).toEqual([30 * BATCH]);
    expect(builder.numbersOf("y", "back")).toEqual([BATCH]);
    builder.add({ name: "y", op: "reshape", inputs: ["x"], shape: [30 * BATCH, 4] });
    expect(builder.shapeOf("y")).toEqual([30 * BATCH, 4]);
  });

  test("a file made for one row says 1 where the batch is meant", () => {
    expect(made(IMAGE, { op: "reshape", shape: [1, 120] })).toEqual([BATCH, 120]);
    expect(() => made(IMAGE, { op: "reshape", shape: [1, 60] })).toThrow(
      "y (reshape): expected as many numbers as in [1, 60], got [batch, 6, 5, 4]",
    );
  });
});

describe("nodes of constants become constants", () => {
  const folded = (node: object, ...constants: ReturnType<typeof floats>[]) => {
    const builder = over();
    for (const [i, constant] of constants.entries()) builder.constant(`c${i}`, constant);
    builder.add({ name: "y", inputs: constants.map((_, i) => `c${i}`), ...node } as unknown as GraphNode);
    const found = builder.constantOf("y");
    return [found?.shape, Array.from(found?.read() ?? [])];
  };

  const square = floats([1, 2, 3, 4, 5, 6], [2, 3]);
  for (const [what, node, constants, shape, values] of [
    ["transpose", { op: "transpose", order: [1, 0] }, [square], [3, 2], [1, 4, 2, 5, 3, 6]],
    ["slice", { op: "slice", starts: [1, 2], sizes: [2, 2], steps: [-1, -2] }, [square], [2, 2], [6, 4, 3, 1]],
    [
      "broadcast",
      { op: "broadcast", shape: [2, 2, 3] },
      [floats([1, 2, 3])],
      [2, 2, 3],
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
    ],
    ["concatenate", { op: "concatenate", axis: 1 }, [square, square], [2, 6], [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]],
    ["gather", { op: "gather", axis: 1 }, [square, integers([2, -3])], [2, 2], [3, 1, 6, 4]],
    ["mean", { op: "reduce", kind: "mean", axes: [0], keepsAxes: false }, [square], [3], [2.5, 3.5, 4.5]],
    ["largest", { op: "reduce", kind: "maximum", axes: [1], keepsAxes: true }, [square], [2, 1], [3, 6]],
    ["subtract", { op: "binary", function: "subtract" }, [square, floats([1, 1], [2, 1])], [2, 3], [0, 1, 2, 3, 4, 5]],
    ["rsqrt", { op: "unary", function: "rsqrt" }, [floats([4, 16])], [2], [0.5, 0.25]],
    ["cast", { op: "cast", to: "integer" }, [floats([1.7, -1.7])], [2], [1, -1]],
    ["whole division", { op: "binary", function: "divide" }, [integers([-7]), integers([2])], [1], [-3]],
    ["select", { op: "select" }, [integers([1, 0]), integers([5, 6]), integers([7])], [2], [5, 7]],
  ] as const) {
    test(what, () => expect(folded(node, ...constants)).toEqual([shape, values]));
  }

  test("floats are rounded to single precision", () => {
    expect(folded({ op: "binary", function: "add" }, floats([1]), floats([2 ** -25]))[1]).toEqual([1]);
  });

  test("large weights are moved when they are read, not before", () => {
    const builder = over();
    let reads = 0;
    const kept = new Float32Array(10_000).map((_, i) => i);
    const read = () => {
      reads++;
      return kept;
    };
    builder.constant("w", { dtype: "float32", shape: [100, 100], read });
    builder.add({ name: "t", op: "transpose", inputs: ["w"], order: [1, 0] });
    expect(reads).toBe(0);
    expect(builder.constantOf("t")?.read()[1]).toBe(100);
    expect(reads).toBe(1);
  });

  test("work at load has a limit", () => {
    const builder = over();
    builder.constant("w", { dtype: "float32", shape: [2 ** 26], read: () => new Float32Array(0) });
    expect(() => {
      for (let i = 0; i < 20; i++) {
        builder.add({ name: `r${i}`, op: "reshape", inputs: ["w"], shape: [2, 2 ** 25] });
      }
    }).toThrow("model m: expected at most 1073741824 numbers to work out at load, got more");
  });
});

describe("shapes", () => {
  for (const [what, shape, node, expected] of [
    [
      "a convolution",
      [BATCH, 6, 5, 4],
      { op: "convolution", layout: "channels last", groups: 1, ...WINDOW },
      [BATCH, 4, 3, 2],
    ],
    [
      "channels first",
      [BATCH, 4, 6, 5],
      { op: "convolution", layout: "channels first", groups: 1, ...WINDOW },
      [BATCH, 2, 4, 3],
    ],
  ] as const) {
    test(what, () => {
      const builder = over(shape);
      builder.constant("k", floats(new Float32Array(3 * 3 * 4 * 2), [3, 3, 4, 2]));
      builder.add({ name: "y", inputs: ["x", "k"], ...node });
      expect(builder.shapeOf("y")).toEqual(expected);
    });
  }

  test("the extents of a transposed convolution are what the convolution takes back, and more behind", () => {
    const convolve = (extents: number[]) => {
      const builder = over([BATCH, 3, 3, 2]);
      builder.constant("k", floats(new Float32Array(3 * 3 * 4 * 2), [3, 3, 4, 2]));
      const window = { ...WINDOW, strides: [2, 2] };
      builder.add({
        name: "y",
        op: "transposed convolution",
        layout: "channels last",
        inputs: ["x", "k"],
        groups: 1,
        extents,
        ...window,
      });
      return builder.shapeOf("y");
    };
    expect(convolve([7, 8])).toEqual([BATCH, 7, 8, 4]);
    expect(convolve([9, 7])).toEqual([BATCH, 9, 7, 4]);
    expect(() => convolve([6, 7])).toThrow(
      "y (transposed convolution): expected extents that a convolution takes to its input",
    );
  });

  for (const [what, node, expected] of [
    [
      "a pool",
      { op: "pool", kind: "maximum", countsBorder: false, layout: "channels last", taps: [2, 2], ...WINDOW },
      [BATCH, 5, 4, 4],
    ],
    ["a mean", { op: "reduce", kind: "mean", axes: [1, 2], keepsAxes: false }, [BATCH, 4]],
    ["a transpose", { op: "transpose", order: [0, 3, 1, 2] }, [BATCH, 4, 6, 5]],
    [
      "a border",
      {
        op: "pad",
        mode: "constant",
        value: 0,
        pads: [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
      },
      [BATCH, 9, 6, 4],
    ],
    ["a slice", { op: "slice", starts: [0, 1, 0, 0], sizes: [BATCH, 3, 5, 1], steps: [1, 2, 1, 1] }, [BATCH, 3, 5, 1]],
    ["tiles", { op: "tile", repeats: [1, 2, 1, 1] }, [BATCH, 12, 5, 4]],
  ] as const) {
    test(`of ${what}`, () => expect(made(IMAGE, node)).toEqual(expected));
  }

  test("a product of matrices stretches what stands before them", () => {
    const builder = over([BATCH, 3, 4]);
    builder.constant("w", floats(new Float32Array(8), [4, 2]));
    builder.add({ name: "y", op: "matmul", inputs: ["x", "w"] });
    expect(builder.shapeOf("y")).toEqual([BATCH, 3, 2]);
    expect(() => builder.add({ name: "z", op: "matmul", inputs: ["y", "w"] })).toThrow(
      "z (matmul): expected matrices [..., m, k] and [..., k, n], got [batch, 3, 2] and [4, 2]",
    );
  });
});

describe("a graph", () => {
  test("has only what leads to its output", () => {
    const builder = over();
    builder.constant("unused", floats([1]));
    builder.constant("one", floats([1]));
    builder.add({ name: "a", op: "unary", function: "relu", inputs: ["x"] });
    builder.add({ name: "b", op: "unary", function: "tanh", inputs: ["x"] });
    builder.alias("same", "b");
    builder.add({ name: "c", op: "binary", function: "add", inputs: ["same", "one"] });
    const graph = builder.finish("c");
    expect(graph.nodes.map(({ name }) => name)).toEqual(["b", "c"]);
    expect([...graph.constants.keys()]).toEqual(["one"]);
    expect(graph.nodes[1]?.inputs).toEqual(["b", "one"]);
  });

  test("is refused without an input, without one on the way, with two, with names that come twice or not at all", () => {
    const empty = new GraphBuilder("m");
    empty.constant("c", floats([1]));
    expect(() => empty.finish("c")).toThrow("model m: expected an input, got none");
    const builder = over();
    builder.constant("c", floats([1]));
    expect(() => builder.finish("c")).toThrow("expected an output that depends on the input, got c, a constant");
    expect(() => builder.finish("d")).toThrow('model m: expected inputs that the model makes, got "d"');
    expect(() => builder.input("y", IMAGE)).toThrow("model m: expected one input, got x and y");
    expect(() => builder.constant("x", floats([1]))).toThrow('expected values of different names, got two named "x"');
    expect(() => builder.numbersOf("reshape", "x")).toThrow(
      "reshape: expected x to be known at load, got what is computed from the input",
    );
  });

  test("has no value of more numbers than a row may have", () => {
    expect(() => over([BATCH, 2 ** 13, 2 ** 14])).toThrow(
      "input x: expected a shape of at most 67108864 numbers a row, got [batch, 8192, 16384]",
    );
    expect(() => over([1, 28, 28])).toThrow("input x: expected the batch on its first axis, got [1, 28, 28]");
  });
});

describe("the order of nodes", () => {
  const ordered = (sources: Record<string, string[]>, ...ends: string[]) => {
    const nodes = new Map(Object.keys(sources).map((name) => [name, { name }]));
    const get = (name: string) => nodes.get(name) as { name: string };
    const order = inOrder(
      "m",
      ends.map(get),
      ({ name }) => (sources[name] as string[]).map(get),
      ({ name }) => name,
    );
    return order.map(({ name }) => name).join("");
  };

  test("has each behind those it takes, and none that leads nowhere", () => {
    expect(ordered({ a: [], b: ["a"], c: ["b", "a"], d: ["a"], e: ["c", "b"] }, "e")).toBe("abce");
    expect(ordered({ a: [], b: ["a"], c: ["a"] }, "b", "c")).toBe("abc");
  });

  test("refuses a cycle by the names on it", () => {
    expect(() => ordered({ a: ["c"], b: ["a"], c: ["b"] }, "c")).toThrow(
      "model m: expected nodes without a cycle, got c -> a -> b -> c",
    );
  });

  test("takes a chain of 20,000 nodes, and no longer one", () => {
    const chain = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`${i}`, i ? [`${i - 1}`] : []]));
    expect(ordered(chain(20_000), "19999")).toHaveLength(88_890);
    expect(() => ordered(chain(20_001), "20000")).toThrow("model m: expected at most 20000 nodes, got more");
  });
});
