import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/data/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";
import { f32, fileOf, u16, writeSafetensors } from "./safetensors-bytes.ts";

const special = Float32Array.of(0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** -149);

describe("readSafetensors", () => {
  for (const padding of [0, 1, 2, 3]) {
    test(`gives F32 tensors to the bit wherever they lie, with ${padding} spaces behind the header`, () => {
      const noise = noise32(12, 1);
      const bytes = writeSafetensors({ a: f32([2, 3], special), "b.c": f32([12], noise) }, { format: "pt" }, padding);
      const file = readSafetensors("weights", bytes);
      expect(file.names).toEqual(["a", "b.c"]);
      expect(file.metadata).toEqual({ format: "pt" });
      expect(file.read("a").shape).toEqual([2, 3]);
      expect(firstDifferent(file.read("a").data, special)).toBe(-1);
      expect(firstDifferent(file.read("b.c").data, noise)).toBe(-1);
      // From a window of a larger buffer, too.
      const moved = new Uint8Array(bytes.length + 5);
      moved.set(bytes, 5);
      expect(firstDifferent(readSafetensors("weights", moved.subarray(5)).read("b.c").data, noise)).toBe(-1);
    });
  }

  test("widens every half exactly: zeros, subnormals, normals, infinities, NaN", () => {
    const bits = Array.from({ length: 65536 }, (_, i) => i);
    const { data } = readSafetensors("w", writeSafetensors({ h: u16("F16", [65536], bits) })).read("h");
    const expected = bits.map((b) => {
      const [sign, exponent, fraction] = [b >> 15 ? -1 : 1, (b >> 10) & 31, b & 1023];
      if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    });
    expect(firstDifferent(data, expected)).toBe(-1);
  });

  test("widens every bfloat16 exactly: it is the upper half of a float", () => {
    const bits = Array.from({ length: 65536 }, (_, i) => i);
    const { data } = readSafetensors("w", writeSafetensors({ h: u16("BF16", [65536], bits) })).read("h");
    const expected = new Float32Array(Uint32Array.from(bits, (b) => b * 65536).buffer);
    expect(firstDifferent(data, expected)).toBe(-1);
  });

  test("a scalar and an empty tensor have their shapes", () => {
    const file = readSafetensors(
      "w",
      writeSafetensors({ s: f32([], Float32Array.of(3)), e: f32([0, 4], new Float32Array()) }),
    );
    expect([file.read("s").shape, [...file.read("s").data]]).toEqual([[], [3]]);
    expect([file.read("e").shape, file.read("e").data.length]).toEqual([[0, 4], 0]);
  });

  test("a file without tensors is read", () => {
    expect(readSafetensors("w", fileOf("{}", new Uint8Array())).names).toEqual([]);
  });
});

describe("refusals", () => {
  const entry = (shape: unknown, offsets: unknown, dtype: unknown = "F32") =>
    JSON.stringify({ a: { dtype, shape, data_offsets: offsets } });
  const long = new Uint8Array(8);
  new DataView(long.buffer).setUint32(4, 1, true);

  for (const [what, bytes, message] of [
    ["what is no bytes", "text", 'w: expected a Uint8Array of safetensors bytes, got "text"'],
    ["seven bytes", new Uint8Array(7), "w: expected a safetensors file of at least 8 bytes, got 7"],
    ["a header beyond 100 MB", long, "w: expected a header of at most 100000000 bytes, got 4294967296"],
    [
      "a file that ends in its header",
      fileOf(entry([1], [0, 4]), new Uint8Array()).subarray(0, 20),
      "w: expected a header of 54 bytes, got 12: the file is cut off",
    ],
    [
      "a header that is a list",
      fileOf("[]", new Uint8Array()),
      "w: expected a header that is a JSON object, got array of 0",
    ],
    [
      "data that are cut off",
      fileOf(entry([2], [0, 8]), new Uint8Array(7)),
      "w: expected 8 bytes of tensors, got 7: the file is cut off",
    ],
    [
      "data that are too long",
      fileOf(entry([2], [0, 8]), new Uint8Array(9)),
      "w: expected 8 bytes of tensors, got 9: the file is too long",
    ],
    [
      "a hole before a tensor",
      fileOf(entry([1], [4, 8]), new Uint8Array(8)),
      "w: a: expected data from byte 0 on, got 4",
    ],
    [
      "a place of another size",
      fileOf(entry([3], [0, 8]), new Uint8Array(8)),
      "w: a: expected 12 bytes for F32 [3], got 8",
    ],
    [
      "a type that there is none of",
      fileOf(entry([1], [0, 4], "toString"), new Uint8Array(4)),
      "w: a: expected a type of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got toString",
    ],
    ["a negative extent", fileOf(entry([-1], [0, 4]), new Uint8Array(4)), "w: a: shape.0: expected >=0, got -1"],
    [
      "metadata that are no words",
      fileOf('{"__metadata__":{"n":1}}', new Uint8Array()),
      "w: __metadata__: n: expected string, got 1",
    ],
  ] as const) {
    test(what, () => {
      expect(messageOf(() => readSafetensors("w", bytes as Uint8Array))).toBe(message);
    });
  }

  test("a header that is no JSON, and one that is no UTF-8", () => {
    expect(messageOf(() => readSafetensors("w", fileOf("{", new Uint8Array())))).toMatch(
      /^w: expected a header of JSON, got /,
    );
    const broken = fileOf("{}", new Uint8Array());
    broken[9] = 0xff;
    expect(messageOf(() => readSafetensors("w", broken))).toMatch(/^w: expected a header of JSON, got /);
  });

  test("overlapping tensors", () => {
    const header = JSON.stringify({
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
    });
    expect(messageOf(() => readSafetensors("w", fileOf(header, new Uint8Array(8))))).toBe(
      "w: b: expected data from byte 8 on, got 4",
    );
  });

  test("a name that is not there, and integers, when they are read", () => {
    const file = readSafetensors("w", writeSafetensors({ n: { dtype: "I64", shape: [1], bytes: new Uint8Array(8) } }));
    expect(messageOf(() => file.read("m"))).toBe('w: expected a tensor "m", got none of that name');
    expect(messageOf(() => file.read("n"))).toBe("w: n: expected F32, F16 or BF16, got I64");
  });
});
