import { expect, test } from "vitest";
import { cosineOfPi } from "../../src/numeric/cosine.ts";

test("the cosine is that of Math within 1e-15: the argument, below pi, and the sum are rounded", () => {
  for (let i = 0; i <= 1000; i++) {
    expect(Math.abs(cosineOfPi(i / 1000) - Math.cos((Math.PI * i) / 1000))).toBeLessThanOrEqual(1e-15);
  }
});
