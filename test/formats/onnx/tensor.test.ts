import { describe, expect, test } from "vitest";
import { TensorProto } from "../../../src/formats/onnx/proto.ts";
import { readTensor } from "../../../src/formats/onnx/tensor.ts";
import { readMessage, writeMessage } from "../../../src/formats/protobuf.ts";
import { messageOf } from "../../message-of.ts";

type Values = Partial<TensorProto>;
const TYPES = {
  ...{ float: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, float16: 10 },
  ...{ double: 11, uint32: 12, uint64: 13, complex64: 14, bfloat16: 16, float8e4m3fn: 17, uint4: 21, int4: 22 },
};
type Type = keyof typeof TYPES;

/** A tensor read from a file that has been written. */
function tensor(type: Type, dims: readonly number[], values: Values, external = new Map<string, Uint8Array>()) {
  const written = { dims: Float64Array.from(dims), data_type: TYPES[type], ...values };
  return readTensor("t", readMessage("t", "a tensor", TensorProto, writeMessage(TensorProto, written)), external);
}
const raw = (
  array: Float32Array | Float64Array | Uint16Array | Int16Array | Int32Array | Uint32Array | BigInt64Array,
) => ({
  raw_data: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
});
const bytes = (...values: number[]) => ({ raw_data: Uint8Array.from(values) });

describe("elements are read from raw bytes and from lists", () => {
  for (const [type, values, expected] of [
    ["float", raw(Float32Array.of(1.5, -0)), [1.5, -0]],
    ["float", { float_data: Float32Array.of(1.5, -0) }, [1.5, -0]],
    ["double", raw(Float64Array.of(1 / 3, 2)), [1 / 3, 2]],
    ["double", { double_data: Float64Array.of(1 / 3, 2) }, [1 / 3, 2]],
    ["float16", raw(Uint16Array.of(0x3c00, 0x8001)), [1, -(2 ** -24)]],
    ["float16", { int32_data: Float64Array.of(0x3c00, 0x8001) }, [1, -(2 ** -24)]],
    ["bfloat16", raw(Uint16Array.of(0x3fc0, 0xc000)), [1.5, -2]],
    ["bfloat16", { int32_data: Float64Array.of(0x3fc0, 0xc000) }, [1.5, -2]],
    ["uint8", bytes(1, 255), [1, 255]],
    ["int8", bytes(1, 255), [1, -1]],
    ["int8", { int32_data: Float64Array.of(1, -1) }, [1, -1]],
    ["bool", bytes(1, 0), [1, 0]],
    ["uint16", raw(Uint16Array.of(1, 65535)), [1, 65535]],
    ["int16", raw(Int16Array.of(1, -2)), [1, -2]],
    ["int32", raw(Int32Array.of(1, -2)), [1, -2]],
    ["int32", { int32_data: Float64Array.of(1, -2) }, [1, -2]],
    ["uint32", raw(Uint32Array.of(1, 4294967295)), [1, 4294967295]],
    ["uint32", { uint64_data: Float64Array.of(1, 4294967295) }, [1, 4294967295]],
    ["int64", raw(BigInt64Array.of(-5n, 9007199254740991n)), [-5, 9007199254740991]],
    ["int64", { int64_data: Float64Array.of(-5, 9007199254740991) }, [-5, 9007199254740991]],
    ["uint64", raw(BigInt64Array.of(5n, 2n ** 40n)), [5, 2 ** 40]],
    ["int4", bytes(0xf1), [1, -1]],
    ["uint4", bytes(0xf1), [1, 15]],
    ["uint4", { int32_data: Float64Array.of(0xf1) }, [1, 15]],
  ] as const) {
    test(`${type} from ${Object.keys(values)[0]}`, () => {
      const { read, ...found } = tensor(type, [2], values);
      expect({ ...found, data: [...read()] }).toEqual({ shape: [2], type, data: expected });
    });
  }
});

test("a scalar has no axes and one element; an empty tensor has none", () => {
  expect([...tensor("float", [], { float_data: Float32Array.of(7) }).read()]).toEqual([7]);
  expect([...tensor("int64", [0], {}).read()]).toEqual([]);
});

describe("external data", () => {
  const file = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const files = new Map([["w.bin", file]]);
  const entry = (key: string, value: string) => ({ key, value });
  const at = (...entries: readonly [string, string][]): Values => ({
    ...{ data_location: 1, external_data: entries.map(([key, value]) => entry(key, value)) },
  });
  const refusal = (dims: readonly number[], values: Values) => messageOf(() => tensor("float", dims, values, files));

  test("is read from its file, at an offset and for a length", () => {
    expect([...tensor("float", [4], at(["location", "w.bin"]), files).read()]).toEqual([1, 2, 3, 4]);
    const part = at(["location", "w.bin"], ["offset", "4"], ["length", "8"]);
    expect([...tensor("float", [2], part, files).read()]).toEqual([2, 3]);
  });

  test("is refused where it lies outside of its file, or its file is not there", () => {
    expect(refusal([2], at(["location", "w.bin"], ["offset", "12"], ["length", "8"]))).toBe(
      "t: expected 8 bytes at offset 12 of w.bin, got a file of 16",
    );
    expect(refusal([2], at(["location", "w.bin"], ["offset", "20"]))).toContain("-4 bytes at offset 20");
    expect(refusal([2], at(["location", "w.bin"], ["offset", "-4"]))).toBe("t offset: expected a whole number, got -4");
    expect(refusal([2], at(["location", "v.bin"]))).toBe(
      't: expected its data in "v.bin", got no such file beside the model',
    );
    expect(refusal([2], at(["location", "w.bin"]))).toBe("t: expected 8 bytes for float [2], got 16");
  });
});

describe("is refused in one line", () => {
  for (const [what, type, dims, values, words] of [
    [
      "a billion elements in four bytes",
      "float",
      [1e9],
      bytes(0, 0, 0, 0),
      "4000000000 bytes for float [1000000000], got 4",
    ],
    ["extents whose product overflows", "float", [2 ** 40, 2 ** 40], {}, "1.2089258196146292e+24 elements for float"],
    ["a negative extent", "float", [-1], bytes(0, 0, 0, 0), "extents in [0, 2^53), got -1"],
    ["more axes than any operation has", "float", new Array(17).fill(1), bytes(0, 0, 0, 0), "at most 16 axes, got 17"],
    ["too few elements", "float", [3], { float_data: Float32Array.of(1) }, "3 elements for float [3], got 1"],
    ["strings", "string", [1], {}, "uint4, int4, got string"],
    ["complex numbers", "complex64", [1], {}, "got complex64"],
    ["floats of 8 bits", "float8e4m3fn", [1], bytes(1), "got float8e4m3fn"],
    [
      "a segment",
      "float",
      [1],
      { ...bytes(0, 0, 0, 0), segment: Uint8Array.of() },
      "a tensor in one piece, got a segment",
    ],
  ] as const) {
    test(what, () => expect(messageOf(() => tensor(type, dims, values))).toContain(words));
  }
});
