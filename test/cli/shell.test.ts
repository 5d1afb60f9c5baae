import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";
import { quoted } from "../../src/cli/shell.ts";

test("plain words stand as they are, others between quotes", () => {
  expect(["mnist:test", "models/fc10-1e-4", "a b", "it's", ""].map(quoted)).toEqual([
    "mnist:test",
    "models/fc10-1e-4",
    "'a b'",
    "'it'\\''s'",
    "''",
  ]);
});

test.runIf(process.platform !== "win32")("a shell reads what was quoted", () => {
  const odd = "<b>\"q\" & 'é' $(id) \\ `x` !\n#*";
  expect(spawnSync("sh", ["-c", `printf %s ${quoted(odd)}`], { encoding: "utf8" }).stdout).toBe(odd);
});
