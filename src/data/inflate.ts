/**
 * Deflate (RFC 1951) in pieces, so that whoever takes them can stop: at a limit, or for a turn of the event loop. Deflate makes
 * at most 1,032 bytes of one, so a few kilobytes at a time never become much.
 */
import { Inflate } from "fflate";

/** Compressed bytes that are taken at a time. */
const SLICE = 8192;
/** What deflate makes of a byte at most: 258 bytes of two bits [RFC 1951, 3.2.5]. */
const RATIO = 1032;

/** How many bytes so many compressed ones can become at most. */
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
