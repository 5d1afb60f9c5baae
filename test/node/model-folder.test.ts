import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ModelArtifacts } from "../../src/model/index.ts";
import { readArtifacts, writeArtifacts } from "../../src/node/model-folder.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

const WEIGHTS = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

function artifacts(): ModelArtifacts {
  return {
    modelTopology: { class_name: "Sequential", config: { layers: [] } },
    weightSpecs: [
      { name: "dense/kernel", shape: [2, 3], dtype: "float32" },
      { name: "dense/bias", shape: [2], dtype: "float32" },
    ],
    weightData: WEIGHTS.slice().buffer,
  };
}

/** A model folder as other writers make it, with parts of its JSON replaced. */
function makeFolder(group: object = {}, json: object = {}): string {
  const folder = temporaryFolder();
  const bytes = new Uint8Array(WEIGHTS.buffer);
  writeFileSync(join(folder, "a.bin"), bytes.subarray(0, 20));
  writeFileSync(join(folder, "b.bin"), bytes.subarray(20));
  const whole = {
    modelTopology: {},
    weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: artifacts().weightSpecs, ...group }],
    ...json,
  };
  writeFileSync(join(folder, "model.json"), JSON.stringify(whole));
  return folder;
}

describe("writeArtifacts", () => {
  test("writes what readArtifacts reads back, bit for bit", async () => {
    const folder = join(temporaryFolder(), "model");
    await writeArtifacts(folder, { ...artifacts(), userDefinedMetadata: { seed: 7 } });
    const back = await readArtifacts(folder);
    expect(back).toEqual({
      ...artifacts(),
      format: "layers-model",
      generatedBy: "blindspot",
      convertedBy: "blindspot",
      userDefinedMetadata: { seed: 7 },
    });
    expect(new Float32Array(back.weightData)).toEqual(WEIGHTS);
  });

  test("writes the same bytes twice, and the same again from what was read", async () => {
    const parent = temporaryFolder();
    await writeArtifacts(join(parent, "a"), artifacts());
    await writeArtifacts(join(parent, "b"), await readArtifacts(join(parent, "a")));
    const files = readdirSync(join(parent, "a"));
    expect(files).toEqual([".blindspot.json", "group1-shard1of1.bin", "model.json"]);
    for (const file of files)
      expect(readFileSync(join(parent, "b", file))).toEqual(readFileSync(join(parent, "a", file)));
  });

  test("cuts weights into shards of 4 MiB, and none for a model without weights", async () => {
    const parent = temporaryFolder();
    const n = 1024 * 1024 + 1;
    const data = Float32Array.from({ length: n }, (_, i) => i);
    const specs = [{ name: "w", shape: [n], dtype: "float32" as const }];
    await writeArtifacts(join(parent, "two"), { modelTopology: {}, weightSpecs: specs, weightData: data.buffer });
    expect(readFileSync(join(parent, "two", "group1-shard1of2.bin")).length).toBe(4 * 1024 * 1024);
    expect(readFileSync(join(parent, "two", "group1-shard2of2.bin")).length).toBe(4);
    const back = await readArtifacts(join(parent, "two"));
    expect(Buffer.from(back.weightData).equals(Buffer.from(data.buffer))).toBe(true);
    await writeArtifacts(join(parent, "none"), { modelTopology: {}, weightSpecs: [], weightData: new ArrayBuffer(0) });
    expect(readdirSync(join(parent, "none"))).toEqual([".blindspot.json", "model.json"]);
    expect((await readArtifacts(join(parent, "none"))).weightData.byteLength).toBe(0);
  });

  test("writes notes beside the model, and overwrites only what it wrote", async () => {
    const folder = join(temporaryFolder(), "model");
    await writeArtifacts(folder, artifacts(), { files: { "README.md": "made so" } });
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("made so");
    expect(await rejectionOf(writeArtifacts(folder, artifacts()))).toBe(
      `${folder}: expected a path that is free, got an existing folder (--overwrite replaces one that Blindspot wrote)`,
    );
    await writeArtifacts(folder, artifacts(), { overwrite: true });
    expect(existsSync(join(folder, "README.md"))).toBe(false);
    const foreign = makeFolder();
    expect(await rejectionOf(writeArtifacts(foreign, artifacts(), { overwrite: true }))).toBe(
      `${foreign}: expected a folder that Blindspot wrote, to overwrite it, got one without .blindspot.json, its list of files`,
    );
  });

  test("refuses weights of another length than their specs, and notes by the model's own names", async () => {
    const folder = join(temporaryFolder(), "model");
    expect(await rejectionOf(writeArtifacts(folder, { ...artifacts(), weightData: new ArrayBuffer(28) }))).toBe(
      "model artifacts: expected 32 bytes of weights, got 28",
    );
    expect(await rejectionOf(writeArtifacts(folder, artifacts(), { files: { "model.json": "" } }))).toBe(
      `${folder}: file model.json: expected a name that the model does not use, got one it uses`,
    );
    expect(existsSync(folder)).toBe(false);
  });
});

describe("readArtifacts", () => {
  test("reads several shards and several groups, weights in the order of the manifest", async () => {
    const [kernel, bias] = artifacts().weightSpecs;
    const folder = makeFolder(
      {},
      {
        weightsManifest: [
          { paths: ["a.bin", "c/d.bin"], weights: [kernel] },
          { paths: ["e.bin"], weights: [bias] },
        ],
      },
    );
    mkdirSync(join(folder, "c"));
    const bytes = new Uint8Array(WEIGHTS.buffer);
    writeFileSync(join(folder, "c/d.bin"), bytes.subarray(20, 24));
    writeFileSync(join(folder, "e.bin"), bytes.subarray(24));
    expect(new Float32Array((await readArtifacts(folder)).weightData)).toEqual(WEIGHTS);
  });

  test("reads a folder that is itself reached through a link, and links within it", async () => {
    const folder = makeFolder();
    rmSync(join(folder, "b.bin"));
    writeFileSync(join(folder, "c.bin"), new Uint8Array(WEIGHTS.buffer).subarray(20));
    symlinkSync("c.bin", join(folder, "b.bin"));
    const link = join(temporaryFolder(), "link");
    symlinkSync(folder, link);
    expect((await readArtifacts(link)).weightData.byteLength).toBe(32);
  });

  const weight = (change: object) => ({ weights: [{ name: "w", shape: [8], dtype: "float32", ...change }] });
  const refusals: [string, object, object, string][] = [
    [
      "shards too short",
      weight({ shape: [9] }),
      {},
      "@: expected 36 bytes of weights in a.bin, b.bin, got 32: too short",
    ],
    [
      "shards too long",
      weight({ shape: [7] }),
      {},
      "@: expected 28 bytes of weights in a.bin, b.bin, got 32: too long",
    ],
    ["weights without a shard", { paths: [] }, {}, "@: expected 32 bytes of weights in no shard, got 0: too short"],
    [
      "a shape that no memory holds",
      weight({ shape: [1e9, 1e9] }),
      {},
      "@: expected 4000000000000000000 bytes of weights in a.bin, b.bin, got 32: too short",
    ],
    ["a path upwards", { paths: ["../a.bin"] }, {}, '@: expected shards inside its folder, got "../a.bin"'],
    [
      "a path up and down",
      { paths: ["c/../../a.bin"] },
      {},
      '@: expected shards inside its folder, got "c/../../a.bin"',
    ],
    ["a Windows path upwards", { paths: ["..\\a.bin"] }, {}, '@: expected shards inside its folder, got "..\\\\a.bin"'],
    ["an absolute path", { paths: ["/etc/passwd"] }, {}, '@: expected shards inside its folder, got "/etc/passwd"'],
    ["a Windows drive", { paths: ["C:\\a.bin"] }, {}, '@: expected shards inside its folder, got "C:\\\\a.bin"'],
    [
      "integers",
      weight({ dtype: "int32" }),
      {},
      '@: weight "w": expected dtype float32, the only one accepted, got int32',
    ],
    [
      "a quantization without its line",
      weight({ quantization: { dtype: "uint8", min: 1 } }),
      {},
      '@: weight "w" quantization: expected a number scale and a number min with uint8, got {"min":1}',
    ],
    [
      "a quantization of another kind",
      weight({ quantization: { dtype: "int4" } }),
      {},
      '@: weight "w" quantization: expected dtype uint8, uint16 or float16, got "int4"',
    ],
    [
      "a quantization that is none",
      weight({ quantization: null }),
      {},
      '@: weight "w" quantization: expected dtype uint8, uint16 or float16, got none',
    ],
    [
      "quantized weights of too few bytes",
      weight({ shape: [17], quantization: { dtype: "float16" } }),
      {},
      "@: expected 34 bytes of weights in a.bin, b.bin, got 32: too short",
    ],
    [
      "one name twice",
      { weights: ["w", "w"].map((name) => ({ name, shape: [4], dtype: "float32" })) },
      {},
      '@: weight "w": expected each name once, got two weights of this name',
    ],
    [
      "a negative size",
      weight({ shape: [-8] }),
      {},
      "@: weightsManifest.0.weights.0.shape.0: expected a whole number in [0, 2^53), got -8",
    ],
    [
      "half a size",
      weight({ shape: [0.5] }),
      {},
      "@: weightsManifest.0.weights.0.shape.0: expected a whole number in [0, 2^53), got 0.5",
    ],
    ["a weight without a name", weight({ name: 5 }), {}, "@: weightsManifest.0.weights.0.name: expected string, got 5"],
    ["no topology", {}, { modelTopology: undefined }, "@: expected modelTopology, got none"],
    ["no manifest", {}, { weightsManifest: 1 }, "@: weightsManifest: expected Array, got 1"],
    [
      "a GraphModel",
      {},
      { format: "graph-model" },
      "@: format: expected a LayersModel (loadNetwork reads GraphModels), got a GraphModel",
    ],
  ];
  test.each(refusals)("refuses %s", async (_, group, json, message) => {
    const folder = makeFolder(group, json);
    expect(await rejectionOf(readArtifacts(folder))).toBe(message.replace("@", join(folder, "model.json")));
  });

  test("refuses a missing shard by its name", async () => {
    const folder = makeFolder({ paths: ["a.bin", "none.bin"] });
    expect(await rejectionOf(readArtifacts(folder))).toBe(
      `${join(folder, "none.bin")}: expected a shard of the weights, got no such file or folder (ENOENT)`,
    );
  });

  test("refuses a shard that is a folder", async () => {
    const folder = makeFolder({ paths: ["c"] });
    mkdirSync(join(folder, "c"));
    expect(await rejectionOf(readArtifacts(folder))).toBe(
      `${join(folder, "c")}: expected a shard of the weights, got what is not a file`,
    );
  });

  test("refuses a shard that is a link out of the folder, or lies behind one", async () => {
    const secret = join(temporaryFolder(), "secret.bin");
    writeFileSync(secret, new Uint8Array(32));
    const folder = makeFolder({ paths: ["link.bin"] });
    symlinkSync(secret, join(folder, "link.bin"));
    const subject = join(folder, "model.json");
    expect(await rejectionOf(readArtifacts(folder))).toBe(
      `${subject}: expected shards inside its folder, got "link.bin", a link out of it`,
    );
    const nested = makeFolder({ paths: ["sub/secret.bin"] });
    symlinkSync(dirname(secret), join(nested, "sub"));
    expect(await rejectionOf(readArtifacts(nested))).toBe(
      `${join(nested, "model.json")}: expected shards inside its folder, got "sub/secret.bin", a link out of it`,
    );
  });

  test("refuses a folder without model.json, and one that is no JSON, in one line", async () => {
    const folder = temporaryFolder();
    const subject = join(folder, "model.json");
    expect(await rejectionOf(readArtifacts(folder))).toBe(
      `${subject}: expected the model.json of a tfjs LayersModel, got no such file or folder (ENOENT)`,
    );
    writeFileSync(subject, '{\n"modelTopology": {},\n');
    const message = await rejectionOf(readArtifacts(folder));
    expect(message.startsWith(`${subject}: expected JSON, got `)).toBe(true);
    expect(message).not.toContain("\n");
    writeFileSync(subject, "[]");
    expect(await rejectionOf(readArtifacts(folder))).toBe(`${subject}: expected modelTopology, got none`);
  });
});
