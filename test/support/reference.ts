/**
 * The real model and what other attacks reach on it, in ../shared/data beside the repository. Nothing in the product
 * depends on them: where they are not, the tests that want them are skipped and say so.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedData } from "./shared-data.ts";

/** The 784-100-100-10 network. */
export const fc100 = sharedData("fc100", "model.json");

export interface Reference {
  /** Positions in the MNIST test set. */
  index: number[];
  methods: Record<string, { l2: number[]; l2_mean: number }>;
}

export function readReference(): Reference {
  return JSON.parse(readFileSync(join(fc100.folder, "reference.json"), "utf8")) as Reference;
}
