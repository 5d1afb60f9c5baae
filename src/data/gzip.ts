/**
 * Gzip (RFC 1952) of one member, read whole. The inflating is fflate's; the header and the trailer are read here
 * because fflate's `gunzipSync` neither compares the checksum nor survives a cut file: it takes the length of the
 * output from the last four bytes, which in a cut file are noise of up to 4 GiB.
 */
import { inflateSync } from "fflate";
import { outOfRange } from "../check.ts";

const HEADER = 10; // magic, method, flags, time, extra flags, system
const TRAILER = 8; // CRC-32 and length of what was compressed
const HAS_CHECKSUM = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;

let table: Uint32Array | undefined;

/** The CRC-32 of gzip and PNG (polynomial 0xedb88320, reflected), as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array): number {
  if (!table) {
    table = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      let c = i;
      for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
      table[i] = c;
    }
  }
  let crc = 0xffffffff;
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

/** What the gzip file holds. A RangeError names `subject` if the file is cut, damaged, or goes on behind its end. */
export function gunzip(subject: string, bytes: Uint8Array): Uint8Array {
  const whole = "a whole gzip file";
  const start = bytes.length < HEADER ? bytes.length : streamStart(bytes);
  if (start + TRAILER > bytes.length) outOfRange(subject, whole, `one cut off after ${bytes.length} bytes`);
  if (bytes[2] !== 8) outOfRange(subject, "a gzip file compressed by deflate (method 8)", `method ${bytes[2]}`);
  let content: Uint8Array;
  try {
    content = inflateSync(bytes.subarray(start, -TRAILER));
  } catch (error) {
    const cut = error instanceof Error && error.message === "unexpected EOF";
    return outOfRange(subject, whole, cut ? `one cut off after ${bytes.length} bytes` : "damaged bytes");
  }
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - TRAILER, TRAILER);
  if (trailer.getUint32(0, true) !== crc32(content) || trailer.getUint32(4, true) !== content.length % 2 ** 32) {
    outOfRange(subject, whole, "one whose checksum or length differs from its content");
  }
  return content;
}
