import { expect, test } from "vitest";
import { strongNoiseFinding } from "../../../src/report/paper/verdict.ts";
import type { MeasuredTables } from "../../../src/studies/paper/index.ts";

test("the share still classified correctly under strong noise stands beside the paper's 51 %, and nowhere without table 2", () => {
  const row = (source: string, title: string) => ({ source, title });
  const tables = {
    table2: {
      images: 1000,
      rows: [row("fc10-1", "FC10(1)"), row("ae400-10", "AE400-10")],
      strongNoise: { wrong: { "fc10-1": 348, "ae400-10": 301 } },
    },
  } as unknown as MeasuredTables;
  expect(strongNoiseFinding(tables)).toBe(
    "Under Gaussian noise of standard deviation 1 images are still classified correctly: FC10(1) 65.2 %, AE400-10 69.9 % of 1000; " +
      "the paper, which does not name the model, has 51.0 %.",
  );
  expect(strongNoiseFinding({})).toBeUndefined();
});
