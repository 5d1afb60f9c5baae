import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodePng } from "../../src/data/index.ts";
import { loadImages } from "../../src/node/image-folder.ts";
import { rejectionOf } from "../message-of.ts";
import { temporaryFolder } from "../temporary.ts";

function folderWith(label: unknown): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.png"), encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(51) }));
  writeFileSync(join(folder, "labels.json"), JSON.stringify({ "a.png": label }));
  return folder;
}

test("a label is what the file says, and there are as many classes as the largest needs", async () => {
  const set = await loadImages(folderWith(7));
  expect([[...set.labels], set.classes, set.shape, [...set.rows]]).toEqual([[7], 8, [1, 1, 1], [Math.fround(0.2)]]);
});

test("labels that 32 bits do not hold, or that are no labels, are refused", async () => {
  for (const label of [2 ** 31, 2 ** 32, 2 ** 32 + 1, 1e300, -1, 0.5, "7", null]) {
    expect(await rejectionOf(loadImages(folderWith(label)))).toMatch(/labels\.json(: a\.png)?: expected .+, got /);
  }
});
