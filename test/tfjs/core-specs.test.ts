import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("core-specs.mjs", import.meta.url));

test("tfjs-core's own specs: all that want for a kernel pass with ours, none that passed fails", () => {
  // Exits with 1, and says which, where one does not.
  const printed = execFileSync(process.execPath, [SCRIPT], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  expect(printed).toMatch(/^all: of 4\d{3} specs \d+ fail in plain tfjs, \d+ with ours$/m);
  expect(printed).toMatch(/^54 failed for the want of a kernel that ours bring; 0 of them still fail$/m);
  expect(printed).toMatch(/^0 passed and fail with ours$/m);
}, 300_000);
