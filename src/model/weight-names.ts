/**
 * Whose weight a stored one is. tfjs names a weight `layer/kernel`; Keras 3 puts the models in front that hold the layer
 * (`sequential/dense/kernel`), and since TensorFlow 2.2 the cell of a recurrent layer stands in between (`lstm/lstm_cell/kernel`).
 */
import { outOfRange } from "../check.ts";

/** Parts of a path: models within models, a wrapper, its layer, a cell, the weight. */
const PARTS_LIMIT = 80;
/** What Keras 3 calls the kernel of a depthwise convolution, in tfjs `depthwise_kernel`. */
const KERNEL = /(^|\/)kernel$/;

/** The names that a path may stand for, the likeliest first. */
function* candidates(path: string): Generator<string> {
  yield path;
  const parts = path.split("/", PARTS_LIMIT + 1);
  if (parts.length > PARTS_LIMIT) return;
  for (let start = 0; start < parts.length - 1; start++) {
    const tail = parts.slice(start);
    const name = tail.join("/");
    yield name;
    if (KERNEL.test(name)) yield name.replace(KERNEL, "$1depthwise_kernel");
    if (tail.length > 2) yield [...tail.slice(0, -2), tail.at(-1)].join("/");
  }
}

function requireDifferent(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) outOfRange(`weight ${name}`, "one weight of each name", "two");
    seen.add(name);
  }
}

/** For each stored name the array of that name, or the one that its path ends in; undefined for those of no array. */
export function matchNames(
  stored: readonly string[],
  arrays: { has(name: string): boolean },
): ReadonlyMap<string, string> {
  requireDifferent(stored);
  const exact = new Set(stored.filter((name) => arrays.has(name)));
  const found = new Map<string, string>();
  const takers = new Map<string, string>();
  for (const path of stored) {
    const isFree = (name: string) => arrays.has(name) && (name === path || !exact.has(name));
    for (const name of candidates(path)) {
      if (!isFree(name)) continue;
      const other = takers.get(name);
      if (other !== undefined) outOfRange(`weight ${path}`, `one weight ${name}`, `${other} as well`);
      takers.set(name, path);
      found.set(path, name);
      break;
    }
  }
  return found;
}

/** Whether a path goes through one of the layers. */
export function isWithin(path: string, layers: ReadonlySet<string>): boolean {
  const parts = path.split("/", PARTS_LIMIT);
  return parts.some(
    (part, i) => i < parts.length - 1 && (layers.has(part) || layers.has(parts.slice(0, i + 1).join("/"))),
  );
}
