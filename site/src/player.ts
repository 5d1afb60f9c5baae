/**
 * Plays a search at a speed that can be seen: a small network's takes a few milliseconds, a large one's minutes. What has arrived
 * is shown within half a second, or at once to readers who want no motion.
 */
import { prefersStillness } from "./dom.ts";
import type { Evaluated } from "./worker/protocol.ts";

/** Milliseconds in which everything that is there is played. */
const SPAN = 500;

/** One evaluation. */
export interface Step {
  /** f32[size]; undefined where it was not sent. */
  point: Float32Array | undefined;
  /** f32[classes] */
  probabilities: Float32Array;
  distance: number;
  met: boolean;
}

export class Player {
  readonly steps: Step[] = [];
  private shown = 0;
  private frame = 0;
  private last = 0;
  private ended: (() => void) | undefined;
  private readonly show: (count: number) => void;

  /** @param show  is called with how many of the steps are to be seen */
  constructor(show: (count: number) => void) {
    this.show = show;
  }

  clear(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.steps.length = 0;
    this.shown = 0;
    this.end();
  }

  /** Lets go on whoever waits. */
  private end(): void {
    this.ended?.();
    this.ended = undefined;
  }

  add({ points, shown, probabilities, distances, met }: Evaluated): void {
    const size = points.length / Math.max(shown.length, 1);
    const classes = probabilities.length / distances.length;
    const places = new Map(Array.from(shown, (step, i) => [step, i]));
    for (let i = 0; i < distances.length; i++) {
      const place = places.get(i);
      this.steps.push({
        point: place === undefined ? undefined : points.subarray(place * size, (place + 1) * size),
        probabilities: probabilities.subarray(i * classes, (i + 1) * classes),
        distance: distances[i] as number,
        met: met[i] === 1,
      });
    }
    this.play();
  }

  /** Resolves once everything that is there has been shown, or was cleared. */
  caughtUp(): Promise<void> {
    if (this.shown === this.steps.length) return Promise.resolve();
    return new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  private play(): void {
    if (this.frame !== 0) return;
    this.last = performance.now();
    const advance = () => {
      const now = performance.now();
      const share = prefersStillness() ? 1 : (now - this.last) / SPAN;
      this.last = now;
      this.shown = Math.min(this.steps.length, this.shown + Math.max(1, Math.ceil(share * this.steps.length)));
      this.show(this.shown);
      if (this.shown < this.steps.length) this.frame = requestAnimationFrame(advance);
      else {
        this.frame = 0;
        this.end();
      }
    };
    this.frame = requestAnimationFrame(advance);
  }
}
