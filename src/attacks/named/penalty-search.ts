/** The search for the penalty c of the attacks that weigh what the margin lacks against the change: the least c that succeeds. */

/** No penalty that succeeded is larger; up to a tenth of it c grows tenfold where it fails.   [Carlini & Wagner's code] */
const LARGEST = 1e10;
/** A search stops where its loss has not fallen by this share since the last look. */
const STALLED = 0.9999;
/** Looks during a search. */
const LOOKS = 10;

export class Constant {
  c: number;
  private low = 0;
  private high = LARGEST;

  constructor(first: number) {
    this.c = first;
  }

  /** Takes what came of c, and sets the next: the middle of what failed and what succeeded, or ten times as much. */
  judge(isFound: boolean): void {
    if (isFound) this.high = Math.min(this.high, this.c);
    else this.low = Math.max(this.low, this.c);
    this.c = this.high < LARGEST / 10 ? (this.low + this.high) / 2 : 10 * this.c;
  }
}

/** Whether a search still gets anywhere, looked at after each tenth of its steps. */
export class Progress {
  private readonly every: number;
  private before = Number.POSITIVE_INFINITY;

  constructor(steps: number) {
    this.every = Math.ceil(steps / LOOKS);
  }

  restart(): void {
    this.before = Number.POSITIVE_INFINITY;
  }

  hasStalled(step: number, loss: number): boolean {
    if (step % this.every !== 0) return false;
    const stalled = loss > STALLED * this.before;
    this.before = loss;
    return stalled;
  }
}
