import { expect, test } from "vitest";
import { decimal, oneOf, outputPath, UsageError, wholeNumber } from "../../src/cli/options.ts";
import { messageOf } from "../message-of.ts";

test("whole numbers are written in decimal digits, nothing else", () => {
  const parse = wholeNumber("--n", -5, 10);
  expect(["0", "10", "+3", "-5", "007"].map(parse)).toEqual([0, 10, 3, -5, 7]);
  for (const text of ["", " ", "1.0", "1e1", "0x5", "5 ", "five", "NaN", "Infinity"]) {
    expect(messageOf(() => parse(text))).toBe(`--n: expected a whole number, got ${JSON.stringify(text)}`);
  }
  expect(messageOf(() => parse("11"))).toBe("--n: expected a whole number in [-5, 10], got 11");
});

test("a whole number that f64 does not hold is refused, not rounded", () => {
  expect(messageOf(() => wholeNumber("--seed", 0)("9007199254740993"))).toBe(
    "--seed: expected a whole number below 2^53, got 9007199254740993",
  );
});

test("decimals may have a point and an exponent, and are finite", () => {
  const parse = decimal("--c", 0);
  expect(["0", "1", ".5", "2.", "1e-4", "+2.5E3"].map(parse)).toEqual([0, 1, 0.5, 2, 1e-4, 2500]);
  for (const text of ["", ".", "1,5", "0x1", "Infinity", "NaN", "1e"]) {
    expect(messageOf(() => parse(text))).toBe(`--c: expected a number, got ${JSON.stringify(text)}`);
  }
  expect(messageOf(() => parse("-1"))).toBe("--c: expected a finite number >= 0, got -1");
  expect(messageOf(() => parse("1e999"))).toBe("--c: expected a finite number >= 0, got Infinity");
});

test("words are compared whole, and an output folder has a name", () => {
  const parse = oneOf("--target", ["next", "random"]);
  expect(parse("next")).toBe("next");
  expect(messageOf(() => parse("nex"))).toBe('--target: expected next, random, got "nex"');
  expect(outputPath("--out")("a b")).toBe("a b");
  expect(messageOf(() => outputPath("--out")(" "))).toBe('--out: expected the path of a folder, got " "');
});

test("refusals are errors of usage", () => {
  expect(() => wholeNumber("--n", 0)("x")).toThrow(UsageError);
  expect(() => outputPath("--out")("")).toThrow(UsageError);
});
