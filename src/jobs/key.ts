/** What a job is known by: the SHA-256 of its canonical description. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../data/canonical-json.ts";
import { dtypeOf, littleEndianOf, type NumberArray } from "../data/little-endian.ts";
import { Network } from "../model/index.ts";
import type { Job } from "../studies/executor.ts";
import { VERSION } from "../version.ts";
import { mapInput, type SharableArray, shareModel } from "./share.ts";

/** Nobody writes to an array in shared memory after it was handed out, so its digest is computed once. */
const ofShared = new WeakMap<object, string>();

function digestOf(array: SharableArray): string {
  const known = ofShared.get(array);
  if (known !== undefined) return known;
  const digest = createHash("sha256").update(littleEndianOf(array)).digest("hex");
  if (array.buffer instanceof SharedArrayBuffer) ofShared.set(array, digest);
  return digest;
}

/**
 * SHA-256 of the canonical JSON of the version and a job's task, input and number of items, 64 hexadecimal digits. Arrays stand in it by type,
 * length and SHA-256, networks by the SHA-256 of their topology and weights. The order and the shares do not count: no result
 * depends on them.
 */
export function jobKey({ task, input, items }: Job): string {
  const described = mapInput(input, (leaf) =>
    leaf instanceof Network
      ? { network: shareModel(leaf).digest }
      : {
          array: dtypeOf("job", leaf as NumberArray),
          length: (leaf as SharableArray).length,
          sha256: digestOf(leaf as SharableArray),
        },
  );
  return createHash("sha256")
    .update(canonicalJson({ version: VERSION, task, input: described, items }))
    .digest("hex");
}
