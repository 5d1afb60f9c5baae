/** What a worker has done, in numbers. */
import type { Traffic } from "../store/store.ts";

/** The pace is that of the last minute. */
const WINDOW_MILLISECONDS = 60_000;

export class Meter {
  rows = 0;
  shards = 0;
  failed = 0;
  evaluations = 0;
  readonly traffic: Traffic = { stored: 0, fetched: 0 };
  private readonly started = performance.now();
  private readonly recent: { time: number; rows: number }[] = [];

  /** Counts a shard that is done. */
  done(rows: number): void {
    this.rows += rows;
    this.shards++;
    this.recent.push({ time: performance.now(), rows });
    this.forget();
  }

  get rowsPerSecond(): number {
    this.forget();
    const rows = this.recent.reduce((sum, one) => sum + one.rows, 0);
    const time = Math.min(WINDOW_MILLISECONDS, performance.now() - this.started);
    return rows / (time / 1000);
  }

  private forget(): void {
    const oldest = performance.now() - WINDOW_MILLISECONDS;
    while (this.recent[0] && this.recent[0].time < oldest) this.recent.shift();
  }
}
