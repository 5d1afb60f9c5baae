import { expect, test } from "vitest";
import { decodeRecord, encodeRecord, type Plain } from "../../src/jobs/record.ts";
import { messageOf } from "../message-of.ts";

test("a record gives back every value, type and bit", () => {
  const record = {
    text: 'a "quoted" ü \n',
    numbers: [0, -0, 1 / 3, 5e-324, Number.MAX_VALUE, Number.NaN, Infinity, -Infinity],
    nothing: null,
    yes: true,
    nested: [{ f64: Float64Array.of(Number.NaN, -0, 1 / 3) }, [Float32Array.of(0.1)]],
    i32: Int32Array.of(-1, 2 ** 31 - 1),
    u32: Uint32Array.of(2 ** 32 - 1),
    u8: Uint8Array.of(0, 255),
    part: new Float32Array([1, 2, 3, 4]).subarray(1, 3),
    empty: new Float32Array(0),
  };
  const back = decodeRecord(encodeRecord(record)) as typeof record;
  expect(back).toEqual({ ...record, part: Float32Array.of(2, 3) });
  expect(back.numbers.map((x) => Object.is(x, -0))).toEqual(record.numbers.map((x) => Object.is(x, -0)));
  expect(Object.is((back.nested[0] as { f64: Float64Array }).f64[1], -0)).toBe(true);
  for (const value of [1, "x", null, true, [], {}] as Plain[]) expect(decodeRecord(encodeRecord(value))).toEqual(value);
});

test("arrays lie at their alignment, and are read where they lie; bytes that are not aligned are copied", () => {
  for (const name of ["", "a", "ab", "abc", "abcdefgh"]) {
    const record = { [name]: [Float64Array.of(1 / 3), Float32Array.of(1, 2, 3)] };
    const bytes = encodeRecord(record);
    const back = (decodeRecord(bytes) as typeof record)[name] as [Float64Array, Float32Array];
    expect(back).toEqual(record[name]);
    for (const array of back) expect(array.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const copies = (decodeRecord(shifted.subarray(1)) as typeof record)[name] as [Float64Array, Float32Array];
    expect(copies).toEqual(record[name]);
    for (const array of copies) expect(array.buffer).not.toBe(shifted.buffer);
  }
});

test("a record without spaces behind its JSON, as earlier versions wrote it, is read", () => {
  const json = new TextEncoder().encode('{"x":{"\\u0000array":["f32",2]}}');
  const bytes = new Uint8Array(4 + json.length + 8);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(new Uint8Array(Float32Array.of(0.5, -2).buffer), 4 + json.length);
  expect(json.length % 4).not.toBe(0);
  expect(decodeRecord(bytes)).toEqual({ x: Float32Array.of(0.5, -2) });
});

test("a key without a value is left out, and what is no plain data is refused", () => {
  expect(decodeRecord(encodeRecord({ a: undefined, b: 1 }))).toEqual({ b: 1 });
  expect(messageOf(() => encodeRecord({ f: (() => 1) as never }))).toBe(
    "record: expected JSON's values, numbers and typed arrays, got function",
  );
  expect(messageOf(() => encodeRecord({ "\u0000array": 1 }))).toMatch(/keys that do not begin with a NUL/);
  expect(messageOf(() => encodeRecord({ a: new Uint16Array(1) as never }))).toMatch(
    /^record: expected an array of f32, f64/,
  );
});
