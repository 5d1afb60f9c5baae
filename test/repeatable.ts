/**
 * Loaded before each file of tests: tfjs draws the weights of untrained layers by `Math.random`, and what fails must fail
 * again, alone too. So every test draws from the same start.
 */
import { beforeEach } from "vitest";
import { Random } from "../src/numeric/random.ts";

const random = new Random(20140416);
let drawn = 0;
Math.random = () => random.uniform(drawn++);

beforeEach(() => {
  drawn = 0;
});
