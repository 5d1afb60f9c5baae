/** Seeded damage to JSON and to bytes: what a fuzzer of readers applies to good files. */
import type { Random } from "../../src/numeric/random.ts";

/** Draws whole numbers and elements from a stream. */
export class Draw {
  private readonly random: Random;
  private at = 0;

  constructor(random: Random) {
    this.random = random;
  }

  below(n: number): number {
    return Math.min(n - 1, Math.floor(this.random.uniform(this.at++) * n));
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const HOSTILE: readonly unknown[] = [
  ...[0, 1, -1, 2, 0.5, 1e9, 2 ** 31, 2 ** 53, -(2 ** 31), 1e300],
  ...["", "-1", "1000000000", "9223372036854775807", "x", "VkFMSUQ=", "\u202e", "__proto__", "constructor"],
  ...[
    null,
    true,
    false,
    [],
    {},
    [[]],
    { i: "1" },
    { list: { i: ["1000000000", "-5"] } },
    { shape: { dim: [{ size: "99999" }] } },
  ],
];

interface Place {
  parent: Record<string, unknown>;
  key: string;
}

/** Every place of a JSON value, parents before what is in them. */
function placesOf(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push({ parent: value as Record<string, unknown>, key });
    placesOf((value as Record<string, unknown>)[key], places);
  }
  return places;
}

/** Changes one to three places of a JSON value: another's value, a hostile one, none, or twice. */
export function damageJson<T>(json: T, draw: Draw): T {
  const copy = structuredClone(json);
  for (let times = 1 + draw.below(3); times > 0; times--) {
    const places = placesOf(copy);
    if (places.length === 0) break;
    const { parent, key } = draw.of(places);
    const other = draw.of(places);
    const kind = draw.below(5);
    if (kind === 0) parent[key] = draw.of(HOSTILE);
    else if (kind === 1) parent[key] = structuredClone(other.parent[other.key]);
    else if (kind === 2 && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (kind === 2) delete parent[key];
    else if (kind === 3 && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
    else if (typeof parent[key] === "number") parent[key] = draw.of([0, -1, 3, 1e9, 0.5, 2 ** 40]);
    else if (/^-?\d+$/.test(String(parent[key]))) parent[key] = String(draw.of([0, -1, 3, 7, 1e9, 2 ** 40]));
    else parent[key] = structuredClone(other.parent[other.key]);
  }
  return copy;
}

/** Flips bits, cuts, or repeats a stretch. */
export function damageBytes(bytes: Uint8Array, draw: Draw): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const kind = draw.below(4);
  if (kind === 0) return copy.slice(0, draw.below(copy.length + 1));
  if (kind === 1) {
    const [from, to] = [draw.below(copy.length), draw.below(copy.length)];
    return Uint8Array.from([...copy.subarray(0, from), ...copy.subarray(Math.min(from, to))]);
  }
  for (let times = 1 + draw.below(8); times > 0; times--) {
    const at = draw.below(copy.length);
    copy[at] = (copy[at] as number) ^ (1 << draw.below(8));
  }
  return copy;
}
