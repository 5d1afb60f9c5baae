/** What a page does at a time: the next thing asked for ends the one before, whose results are then not shown any more. */

export class Turn {
  private current: AbortController | undefined;

  /** Ends what runs. */
  stop(): void {
    this.current?.abort(new DOMException("stopped", "AbortError"));
  }

  /**
   * Runs something in the place of what ran before; `failed` is told of errors, of a stop by the user too. Returns whether nothing
   * took its place meanwhile.
   */
  async run(work: (signal: AbortSignal) => Promise<void>, failed: (error: unknown) => void): Promise<boolean> {
    this.stop();
    const mine = new AbortController();
    this.current = mine;
    try {
      await work(mine.signal);
    } catch (error) {
      if (this.current === mine) failed(error);
    }
    if (this.current !== mine) return false;
    this.current = undefined;
    return true;
  }
}
