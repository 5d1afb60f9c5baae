import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { every } from "../src/clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is answered to a question asked after each of these waits, in milliseconds. */
function asked(isDue: () => boolean, waits: readonly number[]): boolean[] {
  return waits.map((wait) => {
    vi.advanceTimersByTime(wait);
    return isDue();
  });
}

test("every is true when the time has passed since it was made, to the millisecond", () => {
  vi.advanceTimersByTime(1000);
  expect(asked(every(50), [0, 49, 1])).toEqual([false, false, true]);
});

test("every counts from when it last was true, not from when it was last asked nor in a fixed beat", () => {
  expect(asked(every(50), [70, 40, 9, 1, 0, 49, 1])).toEqual([true, false, false, true, false, false, true]);
});

test("every makes up for no time that was missed", () => {
  expect(asked(every(50), [500, 0, 1])).toEqual([true, false, false]);
});

test("two of them do not know each other", () => {
  const [short, long] = [every(10), every(20)];
  vi.advanceTimersByTime(10);
  expect([short(), long()]).toEqual([true, false]);
  vi.advanceTimersByTime(10);
  expect([short(), long()]).toEqual([true, true]);
});

test("every 0 milliseconds is always", () => {
  expect(asked(every(0), [0, 0, 3, 0])).toEqual([true, true, true, true]);
});
