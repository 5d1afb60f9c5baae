/**
 * Inflates deflate streams (RFC 1951) in pieces, so that the caller can stop at a limit or let the event loop run. One byte
 * becomes at most 1,032 bytes, so a few kilobytes at a time never take much memory.
 */
import { Inflate } from "fflate";

/** Compressed bytes that are taken at a time. */
const SLICE = 8192;
/** Bytes that one byte can become at most: two bits can stand for 258 bytes [RFC 1951, 3.2.5]. */
const RATIO = 1032;

/** The most bytes that `bytes` compressed bytes can become. */
export const mostInflated = (compressed: number): number => RATIO * (compressed + 1);

/** The content of a deflate stream, piece by piece. Throws fflate's errors: "unexpected EOF" where the stream is cut off. */
export function* inflated(bytes: Uint8Array): Generator<Uint8Array, void> {
  let pieces: Uint8Array[] = [];
  const stream = new Inflate((piece) => pieces.push(piece));
  for (let at = 0; at < bytes.length || at === 0; at += SLICE) {
    stream.push(bytes.subarray(at, at + SLICE), at + SLICE >= bytes.length);
    yield* pieces;
    pieces = [];
  }
}
