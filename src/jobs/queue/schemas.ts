/**
 * What travels over the queue and through the store, as schemas: nothing is allocated, fetched or run before they hold. Sizes
 * are bounded here, so that no job can ask for more memory than a worker gives.
 */
import * as v from "valibot";

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));

/** Bytes of a description of an input, and of the result of a shard. */
export const LARGEST_DESCRIPTION = 256 * 2 ** 20;
export const LARGEST_RESULT = 2 ** 30;
/** Items of a shard. */
export const LARGEST_SHARD = 4096;
/** Arrays travel in pieces of so many bytes, so that a worker fetches only what its items need. */
export const PIECE_BYTES = 2 ** 20;

const blob = (largest: number) => v.strictObject({ sha256, bytes: count(largest) });

/** A job of the queue: some items of a job of a study. Everything else that it needs lies in the store. */
export const SHARD = v.strictObject({
  protocol: v.literal(1),
  version: v.pipe(v.string(), v.maxLength(64)),
  bits: count(2 ** 31),
  task: v.pipe(v.string(), v.maxLength(64)),
  /** The digest of the study's job. */
  job: sha256,
  items: v.pipe(v.array(count(2 ** 32)), v.minLength(1), v.maxLength(LARGEST_SHARD)),
  /** Whether the item is one long one, whose state is saved. */
  single: v.boolean(),
  input: blob(LARGEST_DESCRIPTION),
  /** "queue": the store in Redis; "folder": that of the worker; else the address of a store behind a web server. */
  store: v.pipe(v.string(), v.maxLength(2048)),
});
export type Shard = v.InferOutput<typeof SHARD>;

/** The description of an input, as `encodeRecord` writes it. */
export const DESCRIPTION = v.strictObject({
  /** The input with a note { stored: "array" | "network", at } in the place of each array and network. */
  input: v.unknown(),
  arrays: v.array(
    v.strictObject({
      dtype: v.picklist(["f32", "f64", "i32", "u32", "u8"]),
      length: count(2 ** 40),
      /** Elements of the part that an item reads of it; 0 where all is read. */
      part: count(2 ** 40),
      pieces: v.array(sha256),
    }),
  ),
  networks: v.array(
    v.strictObject({
      digest: sha256,
      modelTopology: v.record(v.string(), v.unknown()),
      weightSpecs: v.array(v.record(v.string(), v.unknown())),
      /** Which of the arrays holds the weights. */
      weights: count(2 ** 20),
    }),
  ),
});
export type Description = v.InferOutput<typeof DESCRIPTION>;

/** What a worker returns for a shard: where its result lies. */
export const ANSWER = blob(LARGEST_RESULT);

/** The result of a shard. */
export const RESULT = v.strictObject({
  job: sha256,
  items: v.array(count(2 ** 32)),
  results: v.array(v.unknown()),
});

/** Why a shard failed, as a worker writes it. */
export const FAILURE = v.strictObject({ message: v.string(), code: v.optional(v.string()) });
