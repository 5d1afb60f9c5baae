import { expect, test } from "vitest";
import { Random } from "../src/numeric/random.ts";

for (const time of ["first", "second"]) {
  test(`the ${time} test draws what a test draws alone`, () => {
    const random = new Random(20140416);
    expect([Math.random(), Math.random()]).toEqual([random.uniform(0), random.uniform(1)]);
  });
}
