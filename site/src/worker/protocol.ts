/** What a page asks of its worker, and what comes back: plain data, typed arrays and files. */
import type { AttackExample, UnitsLine, UnitsTests } from "../../../src/studies/index.ts";
import type { Effort, Method } from "../link.ts";

/** The images of a question: rows in [0, 1] with their labels, as a study takes them. */
export interface Images {
  /** f32[n, size] */
  rows: Float32Array;
  /** The true labels; undefined where the model's own answers count. */
  labels: Uint8Array | undefined;
  shape: readonly [height: number, width: number, channels: number];
  /** What the command calls the set, and the position of the first image in it. */
  name: string;
  first: number;
}

/** What a record leaves to repeat it by. */
export interface Repeat {
  command: string;
  digest: string;
  recordDigest: string;
  /** The text of results.json. */
  results: string;
}

/** What is said of a layer. */
export interface LayerSaid {
  name: string;
  className: string;
  outputShape: readonly number[];
  parameters: number;
}

/** What a network turned out to be. */
export interface NetworkSaid {
  name: string;
  inputShape: readonly number[];
  inputSize: number;
  classes: number;
  head: string;
  parameters: number;
  layers: readonly LayerSaid[];
  /** Whether the network's first layer makes its inputs of other units. */
  rescales: boolean;
}

/** Points that a search has evaluated since it last told. */
export interface Evaluated {
  /** Position of the image, or of the search. */
  item: number;
  /** f32[n, size], or nothing of the points that are too many to send. */
  points: Float32Array;
  /** Which of the evaluations the points are of, ascending. */
  shown: Uint32Array;
  /** f32[evaluations, classes] */
  probabilities: Float32Array;
  /** f64[evaluations], from the image in the norm. */
  distances: Float64Array;
  /** u8[evaluations], 1 where the answer is one that was asked for. */
  met: Uint8Array;
}

export interface Calls {
  /** Makes the kernels ready, from their bytes: records name their SHA-256. */
  start: { ask: { kernels: ArrayBuffer }; tell: never; answer: undefined };
  /** Reads a network and keeps it by a key. */
  load: {
    ask: { key: string; files: readonly File[]; range?: readonly [number, number] };
    tell: never;
    answer: NetworkSaid;
  };
  /** Probabilities of rows, f32[n, classes]. */
  answers: { ask: { key: string; rows: Float32Array }; tell: never; answer: Float32Array };
  attack: {
    ask: { key: string; given?: string; images: Images; method: Method; target?: number; effort: Effort; seed: number };
    tell: Evaluated;
    answer: { examples: readonly AttackExample[]; probabilities: Float32Array; repeat: Repeat; milliseconds: number };
  };
  certify: {
    ask: { key: string; given?: string; images: Images; norm: "linf" | "l2" | "l1"; seed: number };
    /** The radius of an image, once it is certified. */
    tell: { item: number; radius: number; done: number; total: number };
    answer: { repeat: Repeat };
  };
  units: {
    ask: { key: string; images: Images; layer: string; directions: number; show: number; top: number; seed: number };
    tell: { done: number; total: number };
    answer: { lines: readonly UnitsLine[]; tests: UnitsTests; silent: number; size: number; repeat: Repeat };
  };
}

export type CallName = keyof Calls;

/** From the page: a call by its number, or that one is no longer wanted. */
export type Request = { id: number; name: CallName; ask: unknown } | { id: number; abort: true };

/** From the worker. */
export type Reply = { id: number; tell: unknown } | { id: number; answer: unknown } | { id: number; error: Failure };

/** An error as it crosses from the worker. */
export interface Failure {
  name: string;
  message: string;
}
