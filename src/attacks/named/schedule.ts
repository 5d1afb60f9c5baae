/** How step sizes fall along half a cosine, as several attacks have it. */
import { cosineOfPi } from "../../numeric/cosine.ts";

/** Runs of so many steps have a table, which their rows share: a cosine takes as long as some steps of a kernel. */
const LONGEST = 2 ** 16;
let table = new Float64Array(0);

const fall = (k: number, steps: number) => (1 + cosineOfPi(k / steps)) / 2;

/** (1 + cos(pi k / steps)) / 2: from 1 at k = 0 to 0 at k = `steps`. */
export function cosineFall(k: number, steps: number): number {
  if (steps > LONGEST) return fall(k, steps);
  if (table.length !== steps + 1) table = Float64Array.from({ length: steps + 1 }, (_, i) => fall(i, steps));
  return table[k] as number;
}
