import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ModelProto } from "../../src/formats/onnx/proto.ts";
import { writeMessage } from "../../src/formats/protobuf.ts";
import { exampleOf } from "../../src/goldens/layer-examples.ts";
import type { Network } from "../../src/model/index.ts";
import { loadNetwork, saveNetwork } from "../../src/node/index.ts";
import { dense, networkOf } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { floats, onnxFile, onnxNode } from "../support/onnx-files.ts";
import { temporaryFolder } from "../temporary.ts";

const small = () => networkOf([6], [dense("a", 6, 5, "relu"), dense("b", 5, 3, "softmax")]);

test("a network that is saved as ONNX is loaded with the same bits", async () => {
  const path = join(temporaryFolder(), "model.onnx");
  const network = small();
  await saveNetwork(network, path);
  const loaded = await loadNetwork(path);
  const rows = noise32(4 * 6, 2);
  expect(loaded.scores(rows)).toEqual(network.scores(rows));
  expect(loaded.predict(rows)).toEqual(network.predict(rows));
  expect(loaded.lossGradient(rows, [0, 1, 2, 0])).toEqual(network.lossGradient(rows, [0, 1, 2, 0]));
});

test("the same network gives the same file; one that is there is replaced only if that is asked for", async () => {
  const path = join(temporaryFolder(), "model.onnx");
  await saveNetwork(small(), path);
  const bytes = readFileSync(path);
  await expect(saveNetwork(small(), path)).rejects.toThrow(
    `${path}: expected a new file, or overwrite, got one that is there`,
  );
  await saveNetwork(small(), path, { overwrite: true });
  expect(readFileSync(path)).toEqual(bytes);
  await expect(saveNetwork(small(), path, { files: {} })).rejects.toThrow("none beside an ONNX file");
});

test("a folder takes layers that tfjs lacks too, and gives the same bits", async () => {
  const network = exampleOf("GroupedConv2D") as Network;
  const folder = join(temporaryFolder(), "model");
  await saveNetwork(network, folder);
  const rows = Float32Array.from({ length: 3 * network.inputSize }, (_, i) => ((i * 37) % 101) / 100);
  expect((await loadNetwork(folder)).predict(rows)).toEqual(network.predict(rows));
});

describe("external data", () => {
  const weights = Float32Array.from({ length: 8 }, (_, i) => i / 8);

  /** A model whose weights lie at a location, and that location. */
  function modelAt(location: string): string {
    const folder = join(temporaryFolder(), "model");
    mkdirSync(folder);
    const graph = {
      node: [{ op_type: "MatMul", input: ["x", "w"], output: ["y"] }],
      input: [
        { name: "x", type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: "n" }, { dim_value: 4 }] } } } },
      ],
      output: [{ name: "y" }],
      initializer: [
        {
          ...{ name: "w", dims: Float64Array.of(4, 2), data_type: 1, data_location: 1 },
          external_data: [{ key: "location", value: location }],
        },
      ],
    };
    const path = join(folder, "model.onnx");
    const model = { ir_version: 8, graph, opset_import: [{ version: 17 }] };
    writeFileSync(path, writeMessage(ModelProto, model as never));
    writeFileSync(join(folder, "w.bin"), new Uint8Array(weights.buffer));
    writeFileSync(join(folder, "..", "outside.bin"), new Uint8Array(weights.buffer));
    return path;
  }

  test("beside the model is read", async () => {
    const file = onnxFile([onnxNode("MatMul", ["x", "w"], "y")], { constants: { w: floats([4, 2], weights) } });
    const path = modelAt("w.bin");
    writeFileSync(join(path, "..", "inside.onnx"), file);
    const rows = noise32(8, 2);
    const [outside, inside] = [await loadNetwork(path), await loadNetwork(join(path, "..", "inside.onnx"))];
    expect(outside.scores(rows)).toEqual(inside.scores(rows));
  });

  test("that leaves the folder is refused", async () => {
    for (const location of ["../outside.bin", "/etc/passwd", "a/../../outside.bin", "C:\\w.bin"]) {
      await expect(loadNetwork(modelAt(location))).rejects.toThrow("inside its folder");
    }
    const path = modelAt("link.bin");
    symlinkSync(join(path, "..", "..", "outside.bin"), join(path, "..", "link.bin"));
    await expect(loadNetwork(path)).rejects.toThrow("a link out of it");
    await expect(loadNetwork(modelAt("none.bin"))).rejects.toThrow("none.bin");
  });
});

test("a file that is none is refused in one line, by its name", async () => {
  const path = join(temporaryFolder(), "model.onnx");
  for (const [bytes, words] of [
    [Uint8Array.of(), "an ONNX model with a graph, got none"],
    [Uint8Array.of(1, 2, 3), "an ONNX model, got damaged bytes"],
    [new Uint8Array(1000).fill(8), "an ONNX model with a graph, got none"],
    [new TextEncoder().encode("<html>"), "an ONNX model, got damaged bytes"],
  ] as const) {
    writeFileSync(path, bytes);
    const line = await loadNetwork(path).then(String, ({ message }: Error) => message);
    expect(line).toContain(words);
    expect(line.startsWith(path)).toBe(true);
    expect(line).not.toContain("\n");
  }
});
