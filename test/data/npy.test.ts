import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type NumberArray, reverseBytes } from "../../src/data/little-endian.ts";
import { readNpy, writeNpy } from "../../src/data/npy.ts";
import { messageOf } from "../message-of.ts";

const cases: [string, NumberArray, number[]][] = [
  ["f32", Float32Array.of(0, -0, 1 / 3, 3e38, 1e-45, Number.POSITIVE_INFINITY), [2, 3]],
  ["f64", Float64Array.of(Math.PI, -Number.MAX_VALUE, Number.MIN_VALUE), [3]],
  ["i32", Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1, 7), [2, 1, 2]],
  ["u32", Uint32Array.of(0, 2 ** 32 - 1), [1, 2]],
  ["u8", Uint8Array.of(0, 255, 10), [3, 1]],
  ["f32", Float32Array.of(42), []],
  ["u8", new Uint8Array(0), [0, 784]],
];

for (const [dtype, data, shape] of cases) {
  test(`npy of ${dtype} [${shape.join(", ")}] comes back as it was, bit for bit`, () => {
    const back = readNpy("f", writeNpy(data, shape));
    expect(back.shape).toEqual(shape);
    expect(back.data.constructor).toBe(data.constructor);
    expect(new Uint8Array(back.data.buffer)).toEqual(new Uint8Array(data.buffer));
  });
}

test("npy data start at a multiple of 64 bytes, however long the shape", () => {
  for (const dimensions of [1, 5, 12, 25]) {
    expect(writeNpy(Uint8Array.of(1), Array(dimensions).fill(1)).length % 64).toBe(1);
  }
});

test("npy writes only the view it is given", () => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  expect([...readNpy("f", writeNpy(data)).data]).toEqual([2, 3]);
});

test("reverseBytes turns each element round: what a big-endian host does on the way out and in", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  reverseBytes(bytes, 4);
  expect([...bytes]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
  reverseBytes(bytes, 1);
  expect([...bytes]).toEqual([4, 3, 2, 1, 8, 7, 6, 5]);
});

const numpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;
test.skipIf(!numpy)("NumPy reads what is written, and what NumPy writes is read", () => {
  const folder = mkdtempSync(join(tmpdir(), "blindspot-npy-"));
  try {
    for (const [i, [, data, shape]] of cases.entries()) writeFileSync(join(folder, `${i}.npy`), writeNpy(data, shape));
    const script = `
import numpy, sys
for i in range(${cases.length}):
    a = numpy.load(f"${folder}/{i}.npy")
    print(a.dtype.str, list(a.shape), a.tobytes().hex() or "-")
    numpy.save(f"${folder}/{i}-back.npy", a)
`;
    const run = spawnSync("python3", ["-c", script], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    const lines = run.stdout.trim().split("\n");
    expect(lines.length).toBe(cases.length);
    const names: Record<string, string> = { f32: "<f4", f64: "<f8", i32: "<i4", u32: "<u4", u8: "|u1" };
    for (const [i, [dtype, data, shape]] of cases.entries()) {
      const hex = Buffer.from(data.buffer).toString("hex") || "-";
      expect(lines[i]).toBe(`${names[dtype]} [${shape.join(", ")}] ${hex}`);
    }
    for (const [i, [, data, shape]] of cases.entries()) {
      const back = readNpy("f", new Uint8Array(readFileSync(join(folder, `${i}-back.npy`))));
      expect([back.shape, Buffer.from(back.data.buffer)]).toEqual([shape, Buffer.from(data.buffer)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("npy refuses", () => {
  const file = writeNpy(Float32Array.of(1, 2));
  const edited = (from: string, to: string) =>
    Uint8Array.from(Buffer.from(Buffer.from(file).toString("latin1").replace(from, to), "latin1"));

  test("to write a shape of another number of elements", () => {
    expect(() => writeNpy(Float32Array.of(1, 2), [3])).toThrow("npy: expected a shape of 2 elements, got [3]");
    expect(() => writeNpy(Float32Array.of(1, 2), [-1, -2])).toThrow(
      "npy: expected a shape of 2 elements, got [-1, -2]",
    );
  });

  test("to write 64-bit integers", () => {
    expect(() => writeNpy(BigInt64Array.of(1n) as unknown as NumberArray)).toThrow(
      "npy: expected an array of f32, f64, i32, u32 or u8, got BigInt64Array[1]",
    );
  });

  const refusals: [string, unknown, string][] = [
    ["what is not bytes", [1], "a.npy: expected a Uint8Array of NPY bytes, got array of 1"],
    [
      "another format",
      Uint8Array.of(1, 2, 3),
      "a.npy: expected an NPY file, which starts with \\x93NUMPY, got another start",
    ],
    [
      "version 2",
      Uint8Array.from(file, (b, i) => (i === 6 ? 2 : b)),
      "a.npy: expected NPY version 1.0, got version 2.0",
    ],
    [
      "a cut header",
      file.subarray(0, 40),
      "a.npy: expected an NPY header of 128 bytes, got 40 bytes: the file is cut off",
    ],
    ["cut data", file.subarray(0, -1), "a.npy: expected 8 bytes of f32 for [2], got 7: the file is cut off"],
    ["data too long", Uint8Array.of(...file, 0), "a.npy: expected 8 bytes of f32 for [2], got 9: the file is too long"],
    ["f16", edited("<f4", "<f2"), "a.npy: expected one of <f4, <f8, <i4, <u4, |u1, got <f2"],
    ["big-endian numbers", edited("<f4", ">f4"), "a.npy: expected one of <f4, <f8, <i4, <u4, |u1, got >f4"],
    ["Fortran order", edited("False", "True "), "a.npy: expected C order, got Fortran order"],
  ];
  test.each(refusals)("%s", (_, bytes, message) => {
    expect(messageOf(() => readNpy("a.npy", bytes as Uint8Array))).toBe(message);
  });

  test("extents beyond what a double counts, though their product be zero", () => {
    for (const shape of ["(9007199254740993, 0)", `(0, 1${"0".repeat(400)})`, "(4503599627370496, 3)"]) {
      const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(501);
      const head = [0x93, ...Buffer.from("NUMPY"), 1, 0, dict.length & 255, dict.length >> 8];
      const bytes = Uint8Array.from([...head, ...Buffer.from(dict)]);
      expect(messageOf(() => readNpy("a.npy", bytes))).toBe(
        `a.npy: expected a shape of numbers below 2^53, got ${shape.slice(0, 101)}${shape.length > 102 ? ")" : ""}`,
      );
    }
  });

  test("a header without a shape", () => {
    expect(() => readNpy("a.npy", edited("shape", "shale"))).toThrow(
      "a.npy: expected an NPY header with 'shape', got {",
    );
  });
});
