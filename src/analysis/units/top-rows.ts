/** The k rows with the largest values of each column, over any number of rows, of which only those are kept. */

/** For each column its rows, the largest value first; of equal values the earlier row comes first. */
export interface Ranking {
  /** Number of columns: units or directions. */
  readonly columns: number;
  /** Rows that are kept of each column. */
  readonly top: number;
  /** u32[columns, top], positions of rows. */
  readonly rows: Uint32Array;
  /** f32[columns, top], their values. */
  readonly values: Float32Array;
  /** f32[columns], the smallest value of all rows. */
  readonly least: Float32Array;
}

/** Whether all rows gave the same value, so that the column ranks nothing. */
export function isSilent({ top, values, least }: Ranking, column: number): boolean {
  return values[column * top] === least[column];
}

export class TopRows {
  readonly columns: number;
  readonly top: number;
  private readonly rows: Uint32Array;
  private readonly values: Float32Array;
  private readonly held: Uint32Array;
  private readonly least: Float32Array;

  constructor(columns: number, top: number) {
    this.columns = columns;
    this.top = top;
    this.rows = new Uint32Array(columns * top);
    this.values = new Float32Array(columns * top);
    this.held = new Uint32Array(columns);
    this.least = new Float32Array(columns).fill(Number.POSITIVE_INFINITY);
  }

  /**
   * @param values f32[n, columns]
   * @param first position of the first row
   */
  add(values: Float32Array, first: number): void {
    const { columns, top, least, held } = this;
    for (let at = 0, row = first; at < values.length; at += columns, row++) {
      for (let c = 0; c < columns; c++) {
        const value = values[at + c] as number;
        if (value < (least[c] as number)) least[c] = value;
        // Most rows are none of the largest: one comparison. An equal value came earlier, unless merged from elsewhere.
        if (held[c] === top && value < (this.values[c * top + top - 1] as number)) continue;
        this.insert(c, value, row);
      }
    }
  }

  /** Merges the result over other rows: afterwards it is that over all rows. */
  merge(other: Ranking): void {
    for (let c = 0; c < this.columns; c++) {
      for (let i = c * other.top; i < (c + 1) * other.top; i++) {
        this.insert(c, other.values[i] as number, other.rows[i] as number);
      }
      this.least[c] = Math.min(this.least[c] as number, other.least[c] as number);
    }
  }

  /** The ranking, shorter than `top` where there were fewer rows. */
  ranking(): Ranking {
    const { columns, rows, values, least } = this;
    const top = columns === 0 ? this.top : (this.held[0] as number);
    const cut = <T extends Uint32Array | Float32Array>(all: T): T => {
      if (top === this.top) return all.slice() as T;
      return all.filter((_, i) => i % this.top < top) as T;
    };
    return { columns, top, rows: cut(rows), values: cut(values), least: least.slice() };
  }

  private insert(c: number, value: number, row: number): void {
    const { top, values, rows, held } = this;
    const start = c * top;
    let at = held[c] as number;
    const isBefore = (i: number): boolean => {
      const other = values[start + i] as number;
      return value > other || (value === other && row < (rows[start + i] as number));
    };
    if (at === top && !isBefore(top - 1)) return;
    if (at < top) held[c] = at + 1;
    else at = top - 1;
    for (; at > 0 && isBefore(at - 1); at--) {
      values[start + at] = values[start + at - 1] as number;
      rows[start + at] = rows[start + at - 1] as number;
    }
    values[start + at] = value;
    rows[start + at] = row;
  }
}
