import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFileAtomic } from "../../src/node/atomic-file.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

test("writeFileAtomic writes text and bytes, replaces, and leaves nothing beside", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "state.bin");
  await writeFileAtomic(file, "first");
  await writeFileAtomic(file, Uint8Array.of(1, 2, 3));
  expect([...readFileSync(file)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(["state.bin"]);
});

test("writeFileAtomic called twice at once leaves one of the two whole", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "state");
  const contents = ["a".repeat(1e6), "b".repeat(1e6)];
  await Promise.all(contents.map((content) => writeFileAtomic(file, content)));
  expect(contents).toContain(readFileSync(file, "utf8"));
  expect(readdirSync(folder)).toEqual(["state"]);
});

test("writeFileAtomic replaces a link, not what it points to", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "target"), "mine");
  symlinkSync(join(folder, "target"), join(folder, "link"));
  await writeFileAtomic(join(folder, "link"), "new");
  expect(readFileSync(join(folder, "target"), "utf8")).toBe("mine");
  expect(readFileSync(join(folder, "link"), "utf8")).toBe("new");
});

test("writeFileAtomic refuses a missing folder", async () => {
  const file = join(temporaryFolder(), "none", "state");
  expect(await rejectionOf(writeFileAtomic(file, ""))).toBe(
    `${file}: expected a file that can be written, got no such file or folder (ENOENT)`,
  );
  expect(existsSync(join(file, ".."))).toBe(false);
});

test("writeFileAtomic refuses a folder in the place of the file and leaves nothing beside it", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "state");
  mkdirSync(file);
  expect(await rejectionOf(writeFileAtomic(file, "x"))).toMatch(
    /state: expected a file that can be written, got (a folder \(EISDIR\)|.* \(E[A-Z]+\))$/,
  );
  expect(readdirSync(folder)).toEqual(["state"]);
});
