import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";
import { commandText, quoted } from "../../src/studies/command.ts";

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

test("a command has a flag for each option that says something, in its own words", () => {
  const options = {
    model: "my model",
    count: 3,
    classNames: "a.txt",
    noise: [0.1, 0.3],
    retrain: true,
    json: false,
    to: [],
    seed: 0,
  };
  expect(commandText("transfer", { ...options, out: undefined })).toBe(
    "npx blindspot transfer --model 'my model' --count 3 --class-names a.txt --noise 0.1,0.3 --retrain --seed 0",
  );
  expect(commandText("attack", { seed: 0, first: 2, noise: [1, 2] }, { seed: 0, first: 0, noise: [1, 2] })).toBe(
    "npx blindspot attack --first 2",
  );
});
