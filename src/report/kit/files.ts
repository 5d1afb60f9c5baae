/** What several reports write in one form: arrays as .npy, records as .csv. */
import type { NamedArrays } from "../../data/digest.ts";
import { writeNpy } from "../../data/npy.ts";

/** Arrays as files `arrays/<name>.npy`. */
export function arrayFiles(arrays: NamedArrays): [path: string, content: Uint8Array][] {
  return Object.entries(arrays).map(([name, { data, shape }]) => [`arrays/${name}.npy`, writeNpy(data, shape)]);
}

/** A line a record under the names of the columns; what is undefined or null is left empty. */
export function csv<Key extends string>(
  columns: readonly Key[],
  records: readonly { readonly [K in Key]?: string | number | null | undefined }[],
): string {
  const lines = records.map((record) => columns.map((name) => record[name] ?? "").join(","));
  return [columns.join(","), ...lines, ""].join("\n");
}
