/** Numbers of a column under one another: the decimal points stand in a line, whatever stands before and behind them. */

/** A space as wide as a digit, and one as wide as a point: fonts with figures of one width have both. */
const DIGIT = "\u2007";
const POINT = "\u2008";

/** A number as `figure`, `whole`, `percent` and their like write it, or a dash for none: its whole part and what follows. */
const NUMBER = /^([<>≈] )?([-−]?\d[\d,]*)(\.\d+)?( %)?$/;
const NONE = /^[–—-]?$/;

/** Whether every text is a number or says that there is none, and one at least is a number. */
export function areNumbers(texts: readonly string[]): boolean {
  return texts.every((text) => NUMBER.test(text) || NONE.test(text)) && texts.some((text) => NUMBER.test(text));
}

/**
 * The texts of a column that is aligned to the right, each with spaces behind it, so that the decimal points stand in a line. Other texts
 * than numbers stay as they are.
 */
export function alignedAtPoint(texts: readonly string[]): string[] {
  const parts = texts.map((text) => NUMBER.exec(text));
  const decimals = parts.map((part) => part?.[3]?.length ?? 0);
  const longest = Math.max(0, ...decimals);
  return texts.map((text, i) => {
    const part = parts[i];
    if (!part) return text;
    const [, sign = "", whole = "", fraction = "", unit = ""] = part;
    const missing = longest - fraction.length;
    const room = missing === 0 ? "" : fraction === "" ? POINT + DIGIT.repeat(missing - 1) : DIGIT.repeat(missing);
    // Behind the unit, which stays with its number.
    return `${sign}${whole}${fraction}${unit}${room}`;
  });
}
