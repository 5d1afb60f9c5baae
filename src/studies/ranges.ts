/** Positions as people write them, neighbours as a range: "0, 3-7". */
export function rangesOf(positions: readonly number[], separator = ", "): string {
  const ranges: [number, number][] = [];
  for (const position of positions) {
    const last = ranges.at(-1);
    if (last && position === last[1] + 1) last[1] = position;
    else ranges.push([position, position]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(separator);
}
