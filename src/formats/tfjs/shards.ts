/** The weights of a tfjs model as they lie in their files: each is decoded when it is asked for, so that none is there twice. */
import { outOfRange } from "../../check.ts";
import type { Constant, ModelFile } from "../graph.ts";
import type { WeightGroup } from "./model-json.ts";
import { decodeWeight, type StoredWeight, storedBytes } from "./quantized.ts";

/** The files of a group, one behind the other, and where each begins. */
interface Shards {
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  readonly starts: readonly number[];
}

/** Reads the files of all groups. Refuses groups that are not as long as their weights. */
export async function readShards(file: ModelFile, groups: readonly WeightGroup[]): Promise<Map<string, Constant>> {
  const constants = new Map<string, Constant>();
  for (const group of groups) {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const starts: number[] = [];
    let bytes = 0;
    for (const path of group.paths) {
      starts.push(bytes);
      const part = await file.beside(path);
      parts.push(part);
      bytes += part.length;
    }
    requireLength(file.name, group, bytes);
    let at = 0;
    for (const weight of group.weights) {
      constants.set(weight.name, stored(weight, { parts, starts }, at));
      at += storedBytes(weight);
    }
  }
  return constants;
}

export function requireLength(subject: string, group: WeightGroup, got: number): void {
  if (got === group.bytes) return;
  const names = group.paths.length === 0 ? "no shard" : group.paths.join(", ");
  const kind = got < group.bytes ? "too short" : "too long";
  outOfRange(subject, `${group.bytes} bytes of weights in ${names}`, `${got}: ${kind}`);
}

const TYPES: Readonly<Record<string, Constant["dtype"]>> = { float32: "float32", bool: "boolean" };

function stored(weight: StoredWeight, shards: Shards, at: number): Constant {
  const size = storedBytes(weight);
  return {
    dtype: TYPES[weight.dtype] ?? "integer",
    shape: weight.shape,
    read: () => decodeWeight(weight, bytesAt(shards, at, size)),
  };
}

/** So many bytes from a place on: where they are, or together where they lie in several files. */
function bytesAt({ parts, starts }: Shards, at: number, size: number): Uint8Array<ArrayBuffer> {
  const first = Math.max(
    0,
    starts.findLastIndex((start) => start <= at),
  );
  const from = at - (starts[first] ?? 0);
  const whole = parts[first]?.subarray(from, from + size) ?? new Uint8Array(0);
  if (whole.length === size) return whole;
  const joined = new Uint8Array(size);
  joined.set(whole);
  let filled = whole.length;
  for (let i = first + 1; filled < size; i++) {
    const part = parts[i] as Uint8Array<ArrayBuffer>;
    joined.set(part.subarray(0, size - filled), filled);
    filled += Math.min(part.length, size - filled);
  }
  return joined;
}
