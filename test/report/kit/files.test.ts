import { expect, test } from "vitest";
import { readNpy } from "../../../src/data/npy.ts";
import { arrayFiles, csv } from "../../../src/report/kit/files.ts";

test("arrays are files by name with their shape, vectors without one", () => {
  const files = new Map(
    arrayFiles({ "a/b": { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] }, c: { data: Float64Array.of(5) } }),
  );
  expect([...files.keys()]).toEqual(["arrays/a/b.npy", "arrays/c.npy"]);
  expect(readNpy("b", files.get("arrays/a/b.npy") as Uint8Array).shape).toEqual([2, 2]);
  expect(readNpy("c", files.get("arrays/c.npy") as Uint8Array).shape).toEqual([1]);
});

test("csv leaves empty what is not there, and keeps 0", () => {
  const records = [{ a: 0, b: "x" }, { a: null }, { b: undefined }];
  expect(csv(["a", "b"], records)).toBe("a,b\n0,x\n,\n,\n");
  expect(csv(["a"], [])).toBe("a\n");
});
