import { describe, expect, test } from "vitest";
import { externalFilesOf, parseOnnx, type ReadOptions, readOnnx } from "../../../src/formats/onnx/model.ts";
import { ModelProto } from "../../../src/formats/onnx/proto.ts";
import type { OnnxTensor } from "../../../src/formats/onnx/tensor.ts";
import type { WrittenNode } from "../../../src/formats/onnx/write.ts";
import { writeMessage } from "../../../src/formats/protobuf.ts";
import { messageOf } from "../../message-of.ts";
import {
  type FileOptions,
  float,
  floatList,
  floats,
  int,
  ints,
  onnxFile,
  onnxNode,
  text,
  wholes,
} from "../../support/onnx-files.ts";

const read = (bytes: Uint8Array, options: ReadOptions = {}) => readOnnx("m.onnx", parseOnnx("m.onnx", bytes), options);
const refusal = (nodes: readonly WrittenNode[], file: FileOptions = {}, options: ReadOptions = {}) =>
  messageOf(() => read(onnxFile(nodes, file), options));
const relu = (from: string, to: string) => onnxNode("Relu", [from], to);

test("nodes come in an order in which they can run, those that do not lead to the output are left out", () => {
  const nodes = [relu("b", "y"), relu("a", "b"), relu("x", "a"), relu("a", "unused")];
  const model = read(onnxFile(nodes, { constants: { w: floats([2], [1, 2]) } }));
  expect(model.nodes.map(({ outputs }) => outputs[0])).toEqual(["a", "b", "y"]);
  expect(model.inputs).toEqual([{ name: "x", type: "float", shape: [undefined, 4] }]);
  expect([...model.constants]).toEqual(["w"]);
  expect([...model.constant("w").read()]).toEqual([1, 2]);
  expect([...model.opsets]).toEqual([["", 17]]);
});

test("attributes are read by their kind", () => {
  const node = onnxNode("Op", ["x"], "y", {
    ...{ i: int(-3), f: float(0.5), s: text("mean"), is: ints(1, -1), fs: floatList(0.25) },
    t: { kind: "tensor", value: wholes(7, 8) },
  });
  const attributes = read(onnxFile([node])).nodes[0]?.attributes;
  expect(attributes?.get("i")).toEqual({ kind: "int", value: -3 });
  expect(attributes?.get("f")).toEqual({ kind: "float", value: 0.5 });
  expect(attributes?.get("s")).toEqual({ kind: "string", value: "mean" });
  expect(attributes?.get("is")).toEqual({ kind: "ints", value: [1, -1] });
  expect(attributes?.get("fs")).toEqual({ kind: "floats", value: [0.25] });
  expect(attributes?.get("t")).toMatchObject({ kind: "tensor", value: { type: "int64", shape: [2] } });
  const tensor = attributes?.get("t") as { value: OnnxTensor } | undefined;
  expect([...(tensor?.value.read() ?? [])]).toEqual([7, 8]);
});

test("an initialiser that is listed as an input too is no input", () => {
  const inputs = [
    { name: "x", shape: ["n", 4] },
    { name: "w", shape: [4] },
  ];
  const model = read(
    onnxFile([onnxNode("Add", ["x", "w"], "y")], { inputs, constants: { w: floats([4], [1, 2, 3, 4]) } }),
  );
  expect(model.inputs.map(({ name }) => name)).toEqual(["x"]);
});

test("the option output names an output, another value, or a node", () => {
  const nodes = [relu("x", "a"), relu("a", "y"), relu("a", "z")];
  const file = onnxFile(nodes, { outputs: ["y", "z"] });
  expect(read(file, { output: "z" }).output).toBe("z");
  expect(read(file, { output: "a" }).nodes).toHaveLength(1);
  expect(read(file, { output: "a_node" }).output).toBe("a");
  expect(messageOf(() => read(file))).toBe("m.onnx: expected one output, or the option output, got 2 (y, z)");
  expect(messageOf(() => read(file, { output: "v" }))).toBe('output: expected a value of m.onnx (y, z), got "v"');
});

test("the files of external data are named once each", () => {
  const inside = { name: "w", dims: Float64Array.of(1), data_type: 1, data_location: 1 };
  const tensor = { ...inside, external_data: [{ key: "location", value: "w.bin" }] };
  const graph = { initializer: [tensor, { ...tensor, name: "v" }], output: [{ name: "w" }] };
  const bytes = writeMessage(ModelProto, { graph, opset_import: [{ version: 17 }] } as never);
  expect(externalFilesOf(parseOnnx("m.onnx", bytes))).toEqual(["w.bin"]);
});

describe("refuses in one line", () => {
  for (const [what, nodes, options, words] of [
    [
      "a cycle",
      [relu("b", "a"), relu("a", "b"), relu("b", "y")],
      {},
      "nodes without a cycle, got b_node -> a_node -> b_node",
    ],
    ["a node that takes itself", [relu("y", "y")], {}, "nodes without a cycle, got y_node -> y_node"],
    [
      "a missing initialiser",
      [onnxNode("Add", ["x", "w"], "y")],
      {},
      'm.onnx: y_node: expected values that are there, got "w"',
    ],
    ["a missing output", [relu("x", "a")], {}, 'm.onnx: output "y": expected values that are there, got "y"'],
    ["two nodes that make one value", [relu("x", "y"), relu("x", "y")], {}, 'one source of each value, got two of "y"'],
    ["a node that makes the input", [relu("x", "x"), relu("x", "y")], {}, 'one source of each value, got two of "x"'],
    [
      "a node that makes an initialiser",
      [relu("x", "w"), relu("w", "y")],
      { constants: { w: floats([1], [1]) } },
      'two of "w"',
    ],
    [
      "two inputs of one name",
      [relu("x", "y")],
      {
        inputs: [
          { name: "x", shape: [1] },
          { name: "x", shape: [1] },
        ],
      },
      'one input of each name, got two named "x"',
    ],
    ["no output", [relu("x", "y")], { outputs: [] }, "one output, or the option output, got none"],
  ] as const) {
    test(what, () => expect(refusal(nodes, options)).toContain(words));
  }

  test("two attributes of one name, two initialisers of one name, a sparse one, no graph, no opset", () => {
    const node = {
      op_type: "Relu",
      input: ["x"],
      output: ["y"],
      attribute: [
        { name: "a", i: 1, type: 2 },
        { name: "a", i: 2, type: 2 },
      ],
    };
    const info = { type: { tensor_type: { elem_type: 1, shape: { dim: [] } } } };
    const graph = { node: [node], input: [{ name: "x", ...info }], output: [{ name: "y" }] };
    const opset_import = [{ version: 17 }];
    const tensor = { name: "w", dims: Float64Array.of(), data_type: 1, raw_data: new Uint8Array(4) };
    const line = (model: object) => messageOf(() => read(writeMessage(ModelProto, model as never)));
    expect(line({ graph, opset_import })).toBe("m.onnx: y: expected one attribute a, got two");
    expect(line({ graph: { ...graph, initializer: [tensor, tensor] }, opset_import })).toBe(
      'm.onnx: expected one initialiser of each name, got two named "w"',
    );
    expect(line({ graph: { ...graph, sparse_initializer: [new Uint8Array()] }, opset_import })).toContain(
      "a sparse one",
    );
    expect(line({ opset_import })).toBe("m.onnx: expected an ONNX model with a graph, got none");
    expect(line({ graph })).toContain("the version of its operations (opset_import), got none");
    expect(line({ graph: { ...graph, input: [{ name: "x" }] }, opset_import })).toContain(
      'input "x": expected a tensor',
    );
  });

  test("a chain of 20,001 nodes", () => {
    const nodes = Array.from({ length: 20_001 }, (_, i) =>
      relu(i === 0 ? "x" : `v${i}`, i === 20_000 ? "y" : `v${i + 1}`),
    );
    expect(refusal(nodes)).toContain("at most 20000 nodes");
  });
});
