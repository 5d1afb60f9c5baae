/** A network as plain data. */
import type { WeightSpec } from "../model/index.ts";

/** A network as a job carries it: what it is made of, and the SHA-256 of that, by which a worker knows one that it has built. */
export interface SharedModel {
  digest: string;
  inputSize: number;
  classes: number;
  modelTopology: object;
  weightSpecs: WeightSpec[];
  /** In shared memory. */
  weights: Uint8Array;
}
