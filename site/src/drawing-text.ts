/**
 * A drawing as text for a link: 28 x 28 pixels of 16 grey levels in runs, one byte a run (its length less one, up to 16, and its
 * level), in the alphabet of URLs. The drawing pad draws in these levels, so nothing is lost.
 */

const PIXELS = 28 * 28;
const LONGEST = 16;
/** Between two of the 16 levels, of 255. */
const STEP = 17;

/** The nearest of the 16 levels. */
export const inLevels = (value: number): number => STEP * Math.round(value / STEP);

/** The drawing, u8[784], as text. */
export function drawingText(pixels: Uint8Array): string {
  const bytes: number[] = [];
  for (let at = 0; at < pixels.length; ) {
    const value = pixels[at] as number;
    let end = at + 1;
    while (end < pixels.length && end - at < LONGEST && pixels[end] === value) end++;
    bytes.push(16 * (end - at - 1) + value / STEP);
    at = end;
  }
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The drawing of a text, u8[784]; undefined where the text is none. */
export function readDrawing(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text) || text.length > 2 * PIXELS || text.length % 4 === 1) return undefined;
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const pixels = new Uint8Array(PIXELS);
  let at = 0;
  for (const letter of bytes) {
    const code = letter.charCodeAt(0);
    const end = at + (code >> 4) + 1;
    if (end > PIXELS) return undefined;
    pixels.fill(STEP * (code & 15), at, end);
    at = end;
  }
  return at === PIXELS ? pixels : undefined;
}
