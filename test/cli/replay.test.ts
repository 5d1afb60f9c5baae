/** The command that a record names makes the same record. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const COMMANDS: readonly (readonly string[])[] = [
  [
    "attack",
    "--count",
    "3",
    "--first",
    "4",
    "--truth",
    "model",
    "--margin",
    "0.2",
    "--target",
    "random",
    "--seed",
    "3",
  ],
  ["transfer", "--from", "fc10-1e-4", "--to", "fc10-1e-4", "--count", "3", "--first", "2", "--seed", "3"],
  ["transfer", "--from", "fc100-100-10,fc10-1e-4", "--count", "4", "--amplify", "0.1,0.2", "--noise", "0.3"],
  [
    "certify",
    "--norm",
    "l1",
    "--count",
    "3",
    "--first",
    "2",
    "--truth",
    "model",
    "--effort",
    "thorough",
    "--seed",
    "3",
  ],
  ["attack", "--count", "3", "--directions", "40", "--seed", "2"],
  [
    "pockets",
    "--count",
    "2",
    "--first",
    "3",
    "--directions",
    "30",
    "--factors",
    "1,3",
    "--samples",
    "20",
    "--to",
    "fc10-1e-4",
    "--seed",
    "3",
  ],
  ["stability", "--model", "initial:mnist-convnet", "--seed", "2"],
  ["stability", "--data", "mnist:test", "--count", "3", "--first", "2", "--target", "runner-up", "--truth", "model"],
  ["units", "--count", "30", "--first", "3", "--between", "4-9", "--show", "1", "--iterations", "2", "--seed", "5"],
  ["units", "--count", "30", "--layer", "fc1", "--directions", "9", "--top", "4", "--reduce", "flatten", "--show", "0"],
  ["units", "--survey", "--model", "fc100-100-10", "--count", "30", "--first", "3", "--directions", "20", "--top", "4"],
];

/** Runs a command, then the one that its record names, and requires the same record. */
async function replay(args: readonly string[]): Promise<void> {
  const folder = temporaryFolder();
  const record = async (out: string, words: readonly string[]) => {
    const { code, out: json } = await blindspot(...words, "--json", "--workers", "1", "--out", join(folder, out));
    expect(code).toBe(0);
    return JSON.parse(json);
  };
  const first = await record("first", args);
  expect(first.command.startsWith(`npx blindspot ${args[0]} `)).toBe(true);
  const again = await record("again", first.command.split(" ").slice(2));
  expect(again).toEqual({ ...first, timing: again.timing });
}

for (const args of COMMANDS) {
  test(`the record of ${args.join(" ")} tells a command that makes it again`, () => replay(args));
}

for (const args of [
  ["attack", "--count", "2", "--target", "next"],
  ["units", "--count", "20", "--show", "1", "--iterations", "2"],
]) {
  test(`the record of ${args[0]} with names of classes tells a command that makes it again`, async () => {
    const names = join(temporaryFolder(), "names.txt");
    writeFileSync(names, Array.from({ length: 10 }, (_, label) => `digit ${label}\n`).join(""));
    await replay([...args, "--class-names", names]);
  });
}
