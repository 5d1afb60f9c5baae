import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  aborted,
  codeOf,
  describe as describeValue,
  ERROR_CODES,
  failed,
  misplaced,
  notFinite,
  outOfRange,
  printable,
  requireInteger,
  requireLabels,
  requireLength,
  requireNumber,
  requireOptions,
  requireRows,
  unsupported,
  wrongType,
} from "../src/check.ts";
import { UsageError } from "../src/cli/options.ts";
import { messageOf } from "./message-of.ts";

test("wrongType throws a TypeError, outOfRange a RangeError, failed an Error with its cause", () => {
  const thrownBy = (call: () => void) => {
    try {
      call();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const kind = thrownBy(() => wrongType("model", "a Network", 3));
  expect(kind).toBeInstanceOf(TypeError);
  expect(kind).toMatchObject({ message: "model: expected a Network, got 3" });
  const value = thrownBy(() => outOfRange("c", "at least 1", 0));
  expect(value).toBeInstanceOf(RangeError);
  expect(value).toMatchObject({ message: "c: expected at least 1, got 0" });
  const cause = new Error("ENOSPC");
  expect(() => failed("report", "room on the disk", "none", cause)).toThrow(
    expect.objectContaining({ message: "report: expected room on the disk, got none", cause }),
  );
  expect(() => failed("report", "room", "none")).toThrow(expect.not.objectContaining({ cause: expect.anything() }));
});

test("describe shows numbers as they are, texts in quotes, arrays by kind and length, objects by class", () => {
  for (const [value, words] of [
    [3, "3"],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [true, "true"],
    ["a", '"a"'],
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "array of 2"],
    [new Float32Array(3), "Float32Array[3]"],
    [new Map(), "Map"],
    [{}, "Object"],
    [Object.create(null), "object"],
    [new DataView(new ArrayBuffer(2)), "DataView"],
    [() => 1, "a function"],
    [10n, "10"],
  ] as const) {
    expect(describeValue(value)).toBe(words);
  }
});

test("requireLength takes as many values as it must, and says what they are", () => {
  requireLength("x", [1, 2], 2);
  requireLength("x", new Float32Array(0), 0);
  expect(messageOf(() => requireLength("x", new Float32Array(3), 2))).toBe("x: expected 2 values, got 3");
  expect(messageOf(() => requireLength("x", [1], 2, "numbers, one a variable"))).toBe(
    "x: expected 2 numbers, one a variable, got 1",
  );
  const nothing = undefined as unknown as number[];
  expect(messageOf(() => requireLength("x", nothing, 2))).toBe("x: expected 2 values, got none");
  expect(() => requireLength("x", [], 1)).toThrow(RangeError);
});

describe("requireInteger", () => {
  test("returns a whole number within its bounds, ends included", () => {
    expect(requireInteger("n", 1, 1, 3)).toBe(1);
    expect(requireInteger("n", 3, 1, 3)).toBe(3);
    expect(requireInteger("n", 2 ** 53 - 1, 0)).toBe(2 ** 53 - 1);
  });

  for (const [call, message] of [
    [() => requireInteger("n", 0, 1), "n: expected a whole number >= 1, got 0"],
    [() => requireInteger("n", 4, 1, 3), "n: expected a whole number in [1, 3], got 4"],
    [() => requireInteger("n", 1.5, 1, 3), "n: expected a whole number in [1, 3], got 1.5"],
    [() => requireInteger("n", Number.NaN, 1), "n: expected a whole number >= 1, got NaN"],
    [() => requireInteger("n", "2", 1), 'n: expected a whole number, got "2"'],
    [() => requireInteger("n", undefined, 1), "n: expected a whole number, got undefined"],
  ] as const) {
    test(message, () => expect(messageOf(call)).toBe(message));
  }
});

describe("requireNumber", () => {
  test("returns a finite number within its bounds, ends included", () => {
    expect(requireNumber("c", 0, 0)).toBe(0);
    expect(requireNumber("c", 1.5, 0, 1.5)).toBe(1.5);
  });

  for (const [call, message] of [
    [() => requireNumber("c", -1, 0), "c: expected a finite number >= 0, got -1"],
    [() => requireNumber("c", 2, 0, 1), "c: expected a number in [0, 1], got 2"],
    [() => requireNumber("c", Number.POSITIVE_INFINITY, 0), "c: expected a finite number >= 0, got Infinity"],
    [() => requireNumber("c", Number.NaN, 0, 1), "c: expected a number in [0, 1], got NaN"],
    [() => requireNumber("c", null, 0), "c: expected a number, got null"],
  ] as const) {
    test(message, () => expect(messageOf(call)).toBe(message));
  }
});

describe("requireRows", () => {
  test("returns how many rows of the width there are", () => {
    expect(requireRows("rows", new Float32Array(12), 4)).toBe(3);
    expect(requireRows("rows", new Float32Array(4), 4)).toBe(1);
  });

  for (const [call, message] of [
    [() => requireRows("rows", [1, 2], 2), "rows: expected a Float32Array, got array of 2"],
    [() => requireRows("rows", new Float64Array(2), 2), "rows: expected a Float32Array, got Float64Array[2]"],
    [() => requireRows("rows", new Float32Array(0), 4), "rows: expected at least one row of 4 values, got none"],
    [() => requireRows("rows", new Float32Array(7), 4), "rows: expected rows of 4 values, got 7 values"],
  ] as const) {
    test(message, () => expect(messageOf(call)).toBe(message));
  }
});

describe("requireLabels", () => {
  test("returns arrays and typed arrays of labels in range as they are", () => {
    const list = [0, 9];
    expect(requireLabels("labels", list, 2, 10)).toBe(list);
    const bytes = Uint8Array.of(0, 9);
    expect(requireLabels("labels", bytes, 2, 10)).toBe(bytes);
  });

  for (const [call, message] of [
    [() => requireLabels("labels", 3, 1, 10), "labels: expected an array of whole numbers, got 3"],
    [
      () => requireLabels("labels", new DataView(new ArrayBuffer(1)), 1, 10),
      "labels: expected an array of whole numbers, got DataView",
    ],
    [() => requireLabels("labels", [1], 2, 10), "labels: expected 2 labels, one a row, got 1"],
    [() => requireLabels("labels", [1, 10], 2, 10), "labels[1]: expected a label in [0, 9], got 10"],
    [() => requireLabels("labels", [-1], 1, 10), "labels[0]: expected a label in [0, 9], got -1"],
    [() => requireLabels("labels", [0.5], 1, 10), "labels[0]: expected a label in [0, 9], got 0.5"],
    [() => requireLabels("labels", ["1"], 1, 10), 'labels[0]: expected a label in [0, 9], got "1"'],
  ] as const) {
    test(message, () => expect(messageOf(call)).toBe(message));
  }
});

describe("codes", () => {
  test("every error has one of the documented codes, and no two kinds share one", () => {
    const codes = [
      () => wrongType("a", "b", 1),
      () => outOfRange("a", "b", 1),
      () => requireOptions("a", { c: 1 } as object, {}),
      () => notFinite("a", "b", 1),
      () => {
        throw misplaced("a", "b", "c");
      },
      () => failed("a", "b", "c"),
      () => unsupported("a", "b", "c"),
      () => {
        throw new UsageError("a");
      },
      () => {
        throw aborted("a");
      },
    ].map((call) => {
      try {
        call();
      } catch (error) {
        return codeOf(error);
      }
      return undefined;
    });
    expect(codes).toEqual(Object.values(ERROR_CODES));
    expect(new Set(codes).size).toBe(codes.length);
  });

  test("codeOf knows no other error, and no value that is none", () => {
    expect(codeOf(Object.assign(new Error(""), { code: "ENOENT" }))).toBe(undefined);
    for (const value of [new Error(""), undefined, null, { code: "ERR_BLINDSPOT_TYPE" }, "ERR_BLINDSPOT_TYPE"]) {
      expect(codeOf(value)).toBe(undefined);
    }
  });

  test("no other file of src makes an error without one", () => {
    const src = new URL("../src/", import.meta.url);
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(200);
    const others = files
      .filter((path) => path !== "check.ts")
      .filter((path) => /new (Type|Range|Syntax)?Error\(/.test(readFileSync(new URL(path, src), "utf8")));
    expect(others).toEqual([]);
  });
});

describe("requireOptions", () => {
  const names = { effort: true, signal: true, batch: true } as const;

  test("lets known options pass, also those that are undefined", () => {
    requireOptions("f", {}, names);
    requireOptions("f", { effort: undefined, batch: 1 } as object, names);
  });

  for (const [options, message] of [
    [{ efort: 1 }, 'f: expected options among effort, signal, batch, got "efort"; did you mean "effort"?'],
    [{ batsch: 1, effort: 1 }, 'f: expected options among effort, signal, batch, got "batsch"; did you mean "batch"?'],
    [{ BATCH: 1 }, 'f: expected options among effort, signal, batch, got "BATCH"; did you mean "batch"?'],
    [{ effort: 1, norm: 1 }, 'f: expected options among effort, signal, batch, got "norm"'],
    [{ toString: 1 }, 'f: expected options among effort, signal, batch, got "toString"'],
    [null, "options: expected an object, got null"],
    [3, "options: expected an object, got 3"],
    [[1], "options: expected an object, got array of 1"],
    [new Float32Array(2), "options: expected an object, got Float32Array[2]"],
  ] as const) {
    test(message, () => expect(messageOf(() => requireOptions("f", options as object, names))).toBe(message));
  }
});

describe("what names from files would tell a terminal", () => {
  const name = "a\u001b[2J\u0007\u009b1m\u202eb\u0000\r";
  const shown = "a\\x1b[2J\\x07\\x9b1m\\u202eb\\x00\\x0d";

  test("is shown by its code, but for line breaks and tabs; all else stays", () => {
    expect(printable(`${name}\n\té 数 😀`)).toBe(`${shown}\n\té 数 😀`);
  });

  test("is in no error's message", () => {
    expect(messageOf(() => outOfRange(name, name, name))).toBe(`${shown}: expected ${shown}, got ${shown}`);
    expect(messageOf(() => wrongType(name, "a", 1))).toBe(`${shown}: expected a, got 1`);
    expect(messageOf(() => failed(name, "a", "b"))).toBe(`${shown}: expected a, got b`);
  });
});
