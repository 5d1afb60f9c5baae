import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { sharedData } from "./shared-data.ts";

test("data that is not there is told in the title and on the terminal, data that is there is not", () => {
  const shared = temporaryFolder();
  mkdirSync(join(shared, "model"));
  writeFileSync(join(shared, "model", "model.json"), "{}");
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  expect(sharedData("model", "model.json", shared)).toEqual({ folder: join(shared, "model"), isThere: true, note: "" });
  expect(warn).not.toHaveBeenCalled();
  expect(sharedData("other", "model.json", shared)).toMatchObject({
    isThere: false,
    note: " (skipped: needs ../shared/data/other)",
  });
  expect(warn).toHaveBeenCalledExactlyOnceWith("skipped: needs ../shared/data/other, which a clone does not have");
  warn.mockRestore();
});
