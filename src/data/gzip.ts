/**
 * Gzip (RFC 1952) of one member, read whole. The inflating is fflate's; the header and the trailer are read here
 * because fflate's `gunzipSync` neither compares the checksum nor survives a cut file: it takes the length of the
 * output from the last four bytes, which in a cut file are noise of up to 4 GiB.
 */
import { outOfRange } from "../check.ts";
import { inflated, mostInflated } from "./inflate.ts";

const HEADER = 10; // magic, method, flags, time, extra flags, system
const TRAILER = 8; // CRC-32 and length of what was compressed
const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

let table: Uint32Array | undefined;

/**
 * The CRC-32 of gzip and PNG (polynomial 0xedb88320, reflected), as an unsigned 32-bit number.
 *
 * @param before that of the bytes before these
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  if (!table) {
    table = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      let c = i;
      for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
      table[i] = c;
    }
  }
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) {
    crc = (table[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Whether the bytes begin as a gzip file does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Where the compressed stream starts: behind the header and its optional fields. Beyond the end if the file is cut. */
function streamStart(bytes: Uint8Array): number {
  const flags = bytes[3] as number;
  let at = HEADER;
  if (flags & HAS_EXTRA) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
  for (const field of [HAS_NAME, HAS_COMMENT]) {
    if (!(flags & field)) continue;
    const end = bytes.indexOf(0, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return flags & HAS_CHECKSUM ? at + 2 : at;
}

/** Bytes of content that `sizeOf` is shown: as many as the longest header of an IDX file has. */
const START = 1024;

/**
 * Inflates a gzip file in steps, between which a caller may do something else. Throws a RangeError that names `subject` if the
 * file is cut, damaged, or longer than its content.
 *
 * @param sizeOf the length of the content, from its first bytes: no more memory is taken, and no more is inflated
 */
export function* gunzipSteps(
  subject: string,
  bytes: Uint8Array,
  sizeOf: (start: Uint8Array) => number,
): Generator<void, Uint8Array> {
  const whole = "a whole gzip file";
  const start = bytes.length < HEADER ? bytes.length : streamStart(bytes);
  if (start + TRAILER > bytes.length) outOfRange(subject, whole, `one cut off after ${bytes.length} bytes`);
  if (bytes[2] !== 8) outOfRange(subject, "a gzip file compressed by deflate (method 8)", `method ${bytes[2]}`);
  const stream = bytes.subarray(start, -TRAILER);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - TRAILER, TRAILER);
  const differs = "one whose checksum or length differs from its content";
  let first = new Uint8Array(0);
  let content: Uint8Array | undefined;
  let done = 0;
  let crc = 0;
  const begin = () => {
    const size = sizeOf(first);
    if (size > mostInflated(stream.length)) {
      outOfRange(subject, `${size} bytes of content, as it begins`, `${stream.length} compressed ones, too few for it`);
    }
    if (trailer.getUint32(4, true) !== size % 2 ** 32) outOfRange(subject, whole, differs);
    content = new Uint8Array(size);
    take(first);
  };
  const take = (piece: Uint8Array) => {
    const room = content as Uint8Array;
    if (done + piece.length > room.length) outOfRange(subject, `${room.length} bytes of content, as it begins`, "more");
    room.set(piece, done);
    crc = crc32(piece, crc);
    done += piece.length;
  };
  const pieces = inflated(stream);
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = pieces.next();
    } catch (error) {
      const cut = error instanceof Error && error.message === "unexpected EOF";
      return outOfRange(subject, whole, cut ? `one cut off after ${bytes.length} bytes` : "damaged bytes");
    }
    if (next.done) break;
    if (content) take(next.value);
    else {
      const longer = new Uint8Array(first.length + next.value.length);
      longer.set(first);
      longer.set(next.value, first.length);
      first = longer;
      if (first.length >= START) begin();
    }
    yield;
  }
  if (!content) {
    if (trailer.getUint32(4, true) !== first.length || trailer.getUint32(0, true) !== crc32(first)) {
      outOfRange(subject, whole, differs);
    }
    begin();
  }
  const all = content as unknown as Uint8Array;
  if (done !== all.length || trailer.getUint32(0, true) !== crc) outOfRange(subject, whole, differs);
  return all;
}

/** The outcome of steps, taken one after another. */
export function inOneGo<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
