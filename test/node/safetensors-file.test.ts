import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSafetensors } from "../../src/node/index.ts";
import { f32, writeSafetensors } from "../data/safetensors-bytes.ts";
import { rejectionOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { noise32 } from "../support/noise.ts";
import { temporaryFolder } from "../temporary.ts";

test("loadSafetensors reads a file, and names it in what it refuses", async () => {
  const path = join(temporaryFolder(), "weights.safetensors");
  const values = noise32(6, 1);
  const bytes = writeSafetensors({ w: f32([2, 3], values) });
  await writeFile(path, bytes);
  expect(firstDifferent((await loadSafetensors(path)).read("w").data, values)).toBe(-1);
  await writeFile(path, bytes.subarray(0, bytes.length - 1));
  expect(await rejectionOf(loadSafetensors(path))).toBe(
    `${path}: expected 24 bytes of tensors, got 23: the file is cut off`,
  );
  expect(await rejectionOf(loadSafetensors(`${path}.none`))).toBe(
    `${path}.none: expected a file that can be read, got no such file or folder (ENOENT)`,
  );
});
