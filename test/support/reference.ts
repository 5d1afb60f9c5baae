/**
 * The real model and what other attacks reach on it, in ../shared/data beside the repository. Nothing in the product
 * depends on them: where they are not, the tests that want them are skipped and say so.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the 784-100-100-10 network. */
export const FC100 = fileURLToPath(new URL("../../../shared/data/fc100", import.meta.url));

export const hasReference = existsSync(join(FC100, "model.json"));

/** What a title says where the data is not there. */
export const skipNote = hasReference ? "" : " (skipped: no ../shared/data/fc100)";

/** A model folder of ../shared/data, whether it is there, and what a title says where it is not. */
export function sharedModel(name: string): { folder: string; isThere: boolean; note: string } {
  const folder = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
  const isThere = existsSync(join(folder, "model.json"));
  return { folder, isThere, note: isThere ? "" : ` (skipped: no ../shared/data/${name})` };
}

export interface Reference {
  /** Positions in the MNIST test set. */
  index: number[];
  methods: Record<string, { l2: number[]; l2_mean: number }>;
}

export function readReference(): Reference {
  return JSON.parse(readFileSync(join(FC100, "reference.json"), "utf8")) as Reference;
}
