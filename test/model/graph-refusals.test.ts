/** Graphs that do not run, refused word for word. */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";

type Place = [string, number, number, object?];

const input = (name: string, shape: number[] = [3]) => ({
  name,
  class_name: "InputLayer",
  config: { name, batch_input_shape: [null, ...shape] },
  inbound_nodes: [] as Place[][],
});
const layer = (class_name: string, name: string, inbound_nodes: Place[][], config: object = {}) => ({
  name,
  class_name,
  config: { name, ...config },
  inbound_nodes,
});
const bend = (name: string, ...nodes: Place[][]) => layer("Activation", name, nodes, { activation: "relu" });

function refusal(layers: object[], outputs: unknown = [["end", 0, 0]], output?: string): string {
  return messageOf(() => network(layers, outputs, output));
}

function network(layers: object[], outputs: unknown = [["end", 0, 0]], output?: string): Network {
  const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: outputs };
  const modelTopology = { class_name: "Functional", config };
  const artifacts = { modelTopology, weightSpecs: [], weightData: new ArrayBuffer(0) };
  return Network.fromArtifacts(artifacts, output === undefined ? {} : { output });
}

const x = input("x");

describe("functional models", () => {
  test("a cycle, by the layers on it, also one of a layer on itself", () => {
    const [a, b] = [
      layer("Add", "a", [
        [
          ["x", 0, 0],
          ["b", 0, 0],
        ],
      ]),
      bend("b", [["a", 0, 0]]),
    ];
    expect(refusal([x, a, b, bend("end", [["b", 0, 0]])])).toBe(
      "model m: expected layers without a cycle, got b -> a -> b",
    );
    expect(refusal([x, bend("end", [["end", 0, 0]])])).toBe("model m: expected layers without a cycle, got end -> end");
  });

  describe("models used as layers", () => {
    const within = (layers: object[], places: { inputs?: unknown; outputs?: unknown } = {}) => ({
      ...{ name: "block", class_name: "Functional", inbound_nodes: [[["x", 0, 0]]] as Place[][] },
      config: {
        ...{ name: "block", layers },
        ...{ input_layers: places.inputs ?? [["x", 0, 0]], output_layers: places.outputs ?? [["in", 0, 0]] },
      },
    });
    const end = bend("end", [["block", 1, 0]]);

    test("run, their calls numbered from 1", () => {
      const runs = network([x, within([x, bend("in", [["x", 0, 0]])]), end]);
      expect([...runs.predict(Float32Array.of(-1, 0, 2))]).toEqual([0, 0, 2]);
      expect(runs.layers.map(({ name }) => name)).toEqual(["in", "end"]);
      const wrong = refusal([x, within([x, bend("in", [["x", 0, 0]])]), bend("end", [["block", 0, 0]])]);
      expect(wrong).toBe("end: expected a call of block in [1, 1], got call 0");
    });

    test("with several outputs, several inputs or a name that is taken", () => {
      const inner = bend("in", [["x", 0, 0]]);
      const outputs = [
        ["in", 0, 0],
        ["x", 0, 0],
      ];
      expect(refusal([x, within([x, inner], { outputs }), end])).toBe(
        "block (model): expected one output, got 2 (in, x)",
      );
      const inputs = [
        ["x", 0, 0],
        ["z", 0, 0],
      ];
      expect(refusal([x, within([x, input("z"), inner], { inputs }), end])).toBe(
        "block (model): expected one input, got 2 (x, z)",
      );
      expect(refusal([x, within([x, bend("end", [["x", 0, 0]])], { outputs: [["end", 0, 0]] }), end])).toBe(
        'model m: expected layers of different names, got two named "end"',
      );
    });

    test("on their own output through nothing", () => {
      const loop = { ...within([x], { outputs: [["x", 0, 0]] }), inbound_nodes: [[["block", 1, 0]]] };
      expect(refusal([x, loop, end])).toBe("model m: expected layers without a cycle, got block -> x -> block");
    });
  });

  test("a layer on its own earlier call is no cycle", () => {
    const twice = network([x, bend("end", [["x", 0, 0]], [["end", 0, 0]])], [["end", 1, 0]]);
    expect([...twice.predict(Float32Array.of(-1, 0, 2))]).toEqual([0, 0, 2]);
  });

  test("a chain of ten thousand layers is no obstacle", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => (i === 9999 ? "end" : `d${i}`));
    const chain = names.map((name, i) => layer("Flatten", name, [[[names[i - 1] ?? "x", 0, 0]]]));
    expect([...network([x, ...chain]).predict(Float32Array.of(1, 2, 3))]).toEqual([1, 2, 3]);
  });

  test("inputs that are not there: a layer, a call, an output of a call", () => {
    expect(refusal([x, bend("end", [["y", 0, 0]])])).toBe('end: expected inputs that are layers of the model, got "y"');
    expect(refusal([x, bend("a", [["x", 0, 0]]), bend("end", [["a", 1, 0]])])).toBe(
      "end: expected a call of a below 1, got call 1",
    );
    expect(refusal([x, bend("end", [["x", 0, 1]])])).toBe("end: expected output 0 of x, its only one, got output 1");
    expect(refusal([x, bend("end")])).toBe("model m: expected a call of end below 0, got call 0");
    expect(refusal([x, bend("end", [])])).toBe("end (Activation): expected at least one input, got none");
  });

  test("a layer of one input on two, a merge on one", () => {
    expect(
      refusal([
        x,
        bend("end", [
          ["x", 0, 0],
          ["x", 0, 0],
        ]),
      ]),
    ).toBe("end (Activation): expected one input, got 2");
    expect(refusal([x, layer("Add", "end", [[["x", 0, 0]]])])).toBe("end (Add): expected two inputs or more, got 1");
    const three: Place[] = [
      ["x", 0, 0],
      ["x", 0, 0],
      ["x", 0, 0],
    ];
    expect(refusal([x, layer("Subtract", "end", [three])])).toBe("end (Subtract): expected 2 inputs, got 3");
  });

  test("several outputs, none, and an output that is no layer", () => {
    const [a, b] = [bend("a", [["x", 0, 0]]), bend("b", [["x", 0, 0]])];
    const two = [
      ["a", 0, 0],
      ["b", 0, 0],
    ];
    expect(refusal([x, a, b], two)).toBe("model m: expected one output, or the option output, got 2 (a, b)");
    expect(refusal([x, a, b], [])).toBe("model m: expected one output, or the option output, got none");
    expect(refusal([x, a, b], two, "c")).toBe('output: expected a layer of m (x, a, b), got "c"');
    expect([...network([x, a, b], two, "b").predict(Float32Array.of(1, -1, 0))]).toEqual([1, 0, 0]);
    expect([...network([x, a], ["a", 0, 0]).predict(Float32Array.of(1, -1, 0))]).toEqual([1, 0, 0]);
  });

  test("several inputs, unless the output that is asked for takes only one", () => {
    const [y, a] = [input("y"), bend("a", [["x", 0, 0]])];
    const end = layer("Add", "end", [
      [
        ["a", 0, 0],
        ["y", 0, 0],
      ],
    ]);
    expect(refusal([x, y, a, end])).toBe("model m: expected one input, got 2 (x, y)");
    expect([...network([x, y, a, end], [["end", 0, 0]], "a").predict(Float32Array.of(1, -1, 0))]).toEqual([1, 0, 0]);
  });

  test("two layers of one name, and arguments of a call that is more than no training", () => {
    expect(refusal([x, bend("end", [["x", 0, 0]]), bend("end", [["x", 0, 0]])])).toBe(
      'model m: expected layers of different names, got two named "end"',
    );
    expect(refusal([x, bend("end", [["x", 0, 0, { training: true }]])])).toBe(
      "end: expected a call without arguments, got training: true",
    );
    expect(network([x, bend("end", [["x", 0, 0, { training: false, mask: null }]])]).classes).toBe(3);
  });

  test("a topology without places of its outputs, or with nodes of another kind", () => {
    const bare = { class_name: "Model", config: { name: "m", layers: [x] } };
    const artifacts = { modelTopology: bare, weightSpecs: [], weightData: new ArrayBuffer(0) };
    expect(messageOf(() => Network.fromArtifacts(artifacts))).toBe(
      'model m: input_layers: expected "input_layers", got undefined',
    );
    const node = { arguments: [], kwargs: {} } as unknown as Place[];
    expect(refusal([x, bend("end", node)])).toBe(
      "model m: layers.1.inbound_nodes.0: expected (Array | Object), got Object",
    );
  });
});

describe("merges", () => {
  const grid = input("x", [2, 3]);
  const flat = (name: string, from: string) => layer("Flatten", name, [[[from, 0, 0]]]);
  const joined = (shapes: number[][], axis: number) => {
    const parts = shapes.map((target_shape, i) => layer("Reshape", `r${i}`, [[["x", 0, 0]]], { target_shape }));
    const places = shapes.map((_, i): Place => [`r${i}`, 0, 0]);
    return [grid, ...parts, layer("Concatenate", "both", [places], { axis }), flat("end", "both")];
  };

  test("shapes that differ", () => {
    const parts = [
      flat("a", "x"),
      layer("Maximum", "end", [
        [
          ["x", 0, 0],
          ["a", 0, 0],
        ],
      ]),
    ];
    expect(refusal([grid, ...parts])).toBe(
      "end (Maximum): expected inputs that stretch to one shape, got [2, 3] and [6]",
    );
  });

  test("a concatenation along the batch, beyond the axes, of ranks or extents that differ", () => {
    const at = (axis: number, got = axis) =>
      `both axis: expected an axis behind the batch of inputs of rank 3, got ${got}`;
    for (const axis of [0, -3, 3])
      expect(
        refusal(
          joined(
            [
              [2, 3],
              [2, 3],
            ],
            axis,
          ),
        ),
      ).toBe(at(axis));
    expect(
      refusal(
        joined(
          [
            [2, 3],
            [3, 2],
          ],
          1,
        ),
      ),
    ).toBe("both (Concatenate): expected inputs that differ in axis 1 only, got [2, 3] and [3, 2]");
    expect(refusal(joined([[6], [1, 6]], -1))).toBe(
      "both (Concatenate): expected inputs that differ in axis 1 only, got [6] and [1, 6]",
    );
    expect(
      network(
        joined(
          [
            [2, 3],
            [2, 3],
          ],
          2,
        ),
      ).classes,
    ).toBe(12);
  });
});

test("the gradient of a maximum of equals goes to the first: half of what an average would give, and not twice", () => {
  // x and 3 x are equal at 0: the slope to x is that of the input that comes first.
  const scaled = (first: Place, second: Place) => [
    input("x", [2]),
    layer("Dense", "triple", [[["x", 0, 0]]], { units: 2, use_bias: false }),
    layer("Maximum", "end", [[first, second]]),
  ];
  const slopes = [
    ["x", "triple"],
    ["triple", "x"],
  ].map(([first, second]) => {
    const layers = scaled([first as string, 0, 0], [second as string, 0, 0]);
    const config = { name: "m", layers, input_layers: [["x", 0, 0]], output_layers: [["end", 0, 0]] };
    const tied = Network.fromArtifacts({
      modelTopology: { class_name: "Functional", config },
      weightSpecs: [{ name: "triple/kernel", shape: [2, 2], dtype: "float32" }],
      weightData: Float32Array.of(3, 0, 0, 3).buffer,
    });
    return [...tied.lossGradient(new Float32Array(2), [0]).gradient];
  });
  expect(slopes).toEqual([
    [-0.5, 0.5],
    [-1.5, 1.5],
  ]);
});
