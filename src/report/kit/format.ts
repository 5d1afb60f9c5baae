/** Numbers as people read them. For pages and terminals; results.json has every digit. */

/** A whole number with commas between thousands. */
export function whole(n: number): string {
  return Math.round(n)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Three significant digits, without an exponent where four decimals are enough; a dash for "not found". */
export function figure(value: number | null): string {
  if (value === null) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) >= 100) return whole(value);
  return Math.abs(value) < 0.0001 ? value.toExponential(2) : value.toPrecision(3);
}

/** A probability in per cent. One that is not certain is never shown as 0 or 100. */
export function percent(p: number): string {
  return percentTo(p, 1);
}

/** The same with as many decimals. */
export function percentTo(p: number, decimals: 1 | 2): string {
  if (p === 0 || p === 1) return `${100 * p} %`;
  const least = decimals === 1 ? 0.1 : 0.01;
  if (100 * p > 100 - least) return `> ${(100 - least).toFixed(decimals)} %`;
  if (100 * p < least) return `< ${least.toFixed(decimals)} %`;
  return `${(100 * p).toFixed(decimals)} %`;
}

/** What a number does not exceed, to as many decimals: rounded up, but for what binary fractions add to a decimal. */
export function atMost(value: number, decimals: 1 | 2): string {
  const scale = decimals === 1 ? 10 : 100;
  return (Math.ceil(value * scale - 1e-6) / scale).toFixed(decimals);
}

/** A time in the unit that suits it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${figure(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${figure(milliseconds / 1000)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** "1 image", "2 images". */
export function counted(n: number, noun: string): string {
  return `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** A whole number as an exponent. */
export function superscript(digits: string): string {
  return [...digits].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])).join("");
}
