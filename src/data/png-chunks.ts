/**
 * The chunks of a PNG file (ISO 15948). What the header claims is compared with the data before anything is decoded, and only
 * the chunks that make pixels are kept.
 */
import { outOfRange } from "../check.ts";
import { inflated, mostInflated } from "./inflate.ts";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Length, type and checksum around the data of a chunk. */
const FRAME = 12;
/** The signature and the whole IHDR. */
export const PNG_HEADER = SIGNATURE.length + FRAME + 13;
/** Samples of an image: 4096 x 4096 greys. */
const SAMPLE_LIMIT = 2 ** 24;
/** The chunks that are kept. Profiles, texts and further frames of an animation are compressed too, but are not needed for pixels. */
const KEPT = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: the first column and row of each pass, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

const whole = "a whole PNG file";

/** The number of bytes of an image's rows, each with the number of its filter before it, from the first bytes of its file. */
export function pngPixelBytes(subject: string, start: Uint8Array): number {
  if (!SIGNATURE.every((byte, i) => start[i] === byte)) outOfRange(subject, whole, "wrong PNG signature");
  if (start.length < PNG_HEADER) outOfRange(subject, whole, `one cut off after ${start.length} bytes`);
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  if (typeAt(start, SIGNATURE.length) !== "IHDR" || view.getUint32(8) !== 13)
    outOfRange(subject, whole, "one without a header");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colour, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const samples = SAMPLES[colour];
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(depth))
    outOfRange(subject, whole, "an unknown kind of pixels");
  if (width === 0 || height === 0) outOfRange(subject, "an image of at least one pixel", `${width} x ${height}`);
  if (width * height * samples > SAMPLE_LIMIT) {
    outOfRange(subject, `an image of at most ${SAMPLE_LIMIT} samples`, `${width} x ${height} pixels of ${samples}`);
  }
  const rowsOf = (w: number, h: number) => (w === 0 ? 0 : h * (1 + Math.ceil((w * samples * depth) / 8)));
  if (interlace === 0) return rowsOf(width, height);
  const steps = (size: number, first: number, step: number) => Math.max(0, Math.ceil((size - first) / step));
  return PASSES.reduce((sum, [x, y, dx, dy]) => sum + rowsOf(steps(width, x, dx), steps(height, y, dy)), 0);
}

function typeAt(bytes: Uint8Array, chunk: number): string {
  return String.fromCharCode(...bytes.subarray(chunk + 4, chunk + 8));
}

/** The file without the chunks that pixels do not need. Throws for data that are not as long as the header says. */
export function pixelChunks(subject: string, bytes: Uint8Array): Uint8Array {
  const expected = pngPixelBytes(subject, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE.length)];
  const data: Uint8Array[] = [];
  for (let at = SIGNATURE.length; at < bytes.length; ) {
    const end = at + FRAME + (at + 4 <= bytes.length ? view.getUint32(at) : 0);
    if (end > bytes.length) outOfRange(subject, whole, `one cut off (${bytes.length} bytes)`);
    const type = typeAt(bytes, at);
    if (KEPT.includes(type)) kept.push(bytes.subarray(at, end));
    if (type === "IDAT") data.push(bytes.subarray(at + 8, end - 4));
    if (type === "IEND") break;
    at = end;
  }
  requireInflated(subject, joined(data), expected);
  return joined(kept);
}

/** Requires that a zlib stream (RFC 1950) inflates to `size` bytes, without keeping them. */
function requireInflated(subject: string, zlib: Uint8Array, expected: number): void {
  const pixels = `${expected} bytes of pixels, as its header says`;
  const stream = zlib.subarray(2);
  if (expected > mostInflated(stream.length)) {
    outOfRange(subject, pixels, `${stream.length} compressed ones, too few for it`);
  }
  let got = 0;
  try {
    for (const piece of inflated(stream)) {
      got += piece.length;
      if (got > expected) break;
    }
  } catch {
    outOfRange(subject, whole, `damaged pixels (${zlib.length} bytes)`);
  }
  if (got !== expected) outOfRange(subject, pixels, got > expected ? "more" : `${got}`);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
