/**
 * Runs the optimiser on the problems whose bits are on record and compares: under Deno and Bun as it stands, under Node as
 * test/optimize/bits.test.ts.
 */
import { digests, GOLDEN } from "../test/optimize/bits.ts";

const found = digests();
const names = Object.keys(GOLDEN);
const wrong = names.filter((name) => found[name] !== GOLDEN[name]);
for (const name of wrong) console.error(`${name}: expected ${GOLDEN[name]}, got ${found[name]}`);
if (wrong.length > 0 || names.length === 0)
  throw new Error(`${wrong.length} of ${names.length} results have other bits`);
console.log(`optimizer: ${names.length} results have the bits on record`);
