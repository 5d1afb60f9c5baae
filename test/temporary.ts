/** A new folder that is gone when the test has finished. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function temporaryFolder(atEnd: (end: () => void) => void = onTestFinished): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "blindspot-test-")));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
