import { expect, test } from "vitest";
import {
  byteStrings,
  bytes,
  doubles,
  float,
  floats,
  int64,
  int64s,
  message,
  messages,
  readMessage,
  string,
  strings,
  writeMessage,
} from "../../src/formats/protobuf.ts";
import { messageOf } from "../message-of.ts";

const Inner = { name: string(1), size: int64(2) };
const Outer = {
  whole: int64(1),
  weight: float(2),
  title: string(3),
  data: bytes(4),
  values: floats(5),
  precise: doubles(6),
  counts: int64s(7),
  words: strings(8),
  pieces: byteStrings(9),
  inner: message(10, Inner),
  list: messages(11, Inner),
};
const read = (from: ArrayLike<number>) => readMessage("file", "a message", Outer, Uint8Array.from(from));
const refusal = (from: ArrayLike<number>) => messageOf(() => read(from));
const text = (words: string) => [...new TextEncoder().encode(words)];

test("a message is read as it was written", () => {
  const values = {
    ...{ whole: -3, weight: 0.5, title: "größe", data: Uint8Array.of(1, 2, 255) },
    ...{
      values: Float32Array.of(1.5, -0),
      precise: Float64Array.of(1 / 3),
      counts: Float64Array.of(0, -1, 2 ** 52, 300),
    },
    ...{ words: ["", "a"], pieces: [Uint8Array.of(), Uint8Array.of(7)] },
    ...{
      inner: { name: "i", size: 2 ** 40 },
      list: [
        { name: "a", size: undefined },
        { name: undefined, size: 1 },
      ],
    },
  };
  const found = readMessage("file", "a message", Outer, writeMessage(Outer, values));
  expect({ ...found, values: [...found.values], counts: [...found.counts] }).toEqual({
    ...values,
    values: [1.5, -0],
    counts: [0, -1, 2 ** 52, 300],
  });
});

test("what is not there is left out, lists are empty", () => {
  expect(read([])).toEqual({
    ...{ values: new Float32Array(), precise: new Float64Array(), counts: new Float64Array() },
    ...{ words: [], pieces: [], list: [] },
  });
});

test("numbers are read packed, one by one, and both in one list; unknown fields of every wire type are skipped", () => {
  const single = [0x3d, 0, 0, 0xc0, 0x3f]; // field 7, wire type 5: not a varint
  expect(refusal(single)).toBe("file: expected a message, got damaged bytes in counts (wire type 5 in place of 0)");
  expect([...read([0x38, 5, 0x3a, 2, 6, 7, 0x38, 8]).counts]).toEqual([5, 6, 7, 8]);
  expect([...read([0x2d, 0, 0, 0xc0, 0x3f, 0x2a, 4, 0, 0, 0, 0x40]).values]).toEqual([1.5, 2]);
  const unknown = [
    0xa0, 1, 9, 0xa1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 1, 2, 9, 9, 0xa3, 1, 0xa8, 1, 9, 0xa4, 1, 0xa5, 1, 1, 2, 3, 4,
  ];
  expect(read([...unknown, 8, 42]).whole).toBe(42);
});

for (const [what, from, words] of [
  ["a length beyond the end", [0x1a, 200, 1, 65], "in title (premature EOF)"],
  ["a length of 4 GB", [0x22, 255, 255, 255, 255, 15, 1], "in data (premature EOF)"],
  ["a number that is cut off", [8, 0x80], "in whole (premature EOF)"],
  ["a number without an end", [8, ...new Array(11).fill(0xff)], "in whole (invalid varint)"],
  ["half a float", [0x15, 0, 0], "in weight (Offset is outside the bounds of the DataView)"],
  [
    "a packed list that ends in half a float",
    [0x2a, 6, 0, 0, 0, 0, 1, 1],
    "in values (Offset is outside the bounds of the DataView)",
  ],
  ["a message in a message that is cut off", [0x5a, 3, 0x0a, 9, 65], "in list[0].name (premature EOF)"],
  ["the second of a list", [0x5a, 0, 0x5a, 2, 0x10, 0x80], "in list[1].size (premature EOF)"],
  ["one message twice", [0x52, 0, 0x52, 0], "in inner (it stands there twice)"],
  ["a name of two lines", [0x1a, 3, 65, 10, 66], "in title (a control character in a name)"],
  ["a name of 5000 letters", [0x1a, 0x88, 0x27, ...new Array(5000).fill(65)], "in title (a name of 5000 letters)"],
  ["text where a number belongs", [0x0a, 1, 65], "in whole (wire type 2 in place of 0)"],
  ["field 0", [0x00, 1], "(illegal tag: field no 0 wire type 0)"],
  ["wire type 7", [0x0f, 1], "(illegal tag: field no 1 wire type 7)"],
  ["an unknown field beyond the end", [0xa2, 1, 100, 9], "(premature EOF)"],
  ["groups in groups without end", new Array(400).fill([0xa3, 1]).flat(), "(maximum recursion depth reached)"],
  ["what is JSON", text('{"modelTopology": {}}'), "(illegal tag: field no 15 wire type 3)"],
] as const) {
  test(`refuses ${what} in one line`, () => {
    const line = refusal(from);
    expect(line).toMatch(/^file: expected a message, got damaged bytes/);
    expect(line).not.toContain("\n");
    if (what !== "what is JSON") expect(line).toContain(words);
  });
}

test("a claim of a gigabyte takes no memory", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 50; i++) refusal([0x2a, 255, 255, 255, 255, 3, 0, 0]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test("more messages than any model has are refused", () => {
  const file = new Uint8Array(1_000_020);
  for (let i = 0; i < file.length; i += 2) file[i] = 0x5a;
  expect(refusal(file)).toBe("file: expected a message, got damaged bytes in list[499999] (more than 500000 messages)");
});
