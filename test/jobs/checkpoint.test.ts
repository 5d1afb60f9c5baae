import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serialize } from "node:v8";
import { expect, test } from "vitest";
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from "../../src/jobs/checkpoint.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

const RUN = { version: "1", seed: 0, model: "m" };
const STATE = { iteration: 5, x: Float64Array.from({ length: 12 }, (_, i) => i / 3), loss: Number.NaN, list: [-0, 2] };

async function written(): Promise<{ path: string; bytes: Buffer }> {
  const path = join(temporaryFolder(), "run.checkpoint");
  await writeCheckpoint(path, RUN, STATE);
  return { path, bytes: readFileSync(path) };
}

test("a state comes back as it was; without a file there is none", async () => {
  const { path } = await written();
  expect(await readCheckpoint(path, RUN)).toEqual(STATE);
  await removeCheckpoint(path);
  expect(existsSync(path)).toBe(false);
  expect(await readCheckpoint(path, RUN)).toBeUndefined();
});

test("a checkpoint with any bit flipped, or cut at any byte, is refused", async () => {
  const { path, bytes } = await written();
  const again = "delete the file to start over";
  const refusals = new Set([
    `${path}: expected a blindspot checkpoint 2; ${again}, got a file of another kind`,
    `${path}: expected a whole checkpoint; ${again}, got one that is cut off or damaged: its checksum differs`,
  ]);
  let tried = 0;
  const refuse = async (damaged: Uint8Array) => {
    writeFileSync(path, damaged);
    expect(refusals).toContain(await rejectionOf(readCheckpoint(path, RUN)));
    tried++;
  };
  for (let at = 0; at < bytes.length; at++) {
    await refuse(bytes.subarray(0, at));
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ (1 << bit);
      await refuse(flipped);
    }
  }
  await refuse(Buffer.concat([bytes, Buffer.alloc(1)]));
  expect(tried).toBe(9 * bytes.length + 1);
});

test("one of version 1 is refused as what it is", async () => {
  const { path } = await written();
  writeFileSync(path, serialize({ format: "blindspot checkpoint 1", run: RUN, state: STATE }));
  expect(await rejectionOf(readCheckpoint(path, RUN))).toBe(
    `${path}: expected a blindspot checkpoint 2; delete the file to start over, got one of version 1, which had no checksum`,
  );
});

test("a run with other settings is refused, naming the first that differs", async () => {
  const { path } = await written();
  expect(await rejectionOf(readCheckpoint(path, { ...RUN, seed: 1 }))).toBe(
    `${path}: seed: expected 0, as the run that was stopped (or delete the file to start over), got 1`,
  );
});

test("what is no regular file is refused, without waiting for a pipe's writer", async () => {
  const folder = temporaryFolder();
  expect(await rejectionOf(readCheckpoint(folder, RUN))).toBe(
    `${folder}: expected a readable checkpoint, got a folder`,
  );
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  expect(await rejectionOf(readCheckpoint(pipe, RUN))).toBe(`${pipe}: expected a readable checkpoint, got a pipe`);
});
