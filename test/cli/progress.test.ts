import process from "node:process";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { startProgress } from "../../src/cli/progress.ts";

/** A stream that remembers, as a terminal or as a file. */
function recorder(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  Object.assign(stream, { isTTY, columns: 100, cursorTo() {}, clearLine() {}, moveCursor() {} });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

const options = { label: "attack", total: 100, unit: "images", silent: false };

test("progress in a log is a line at each tenth, at least two seconds apart", () => {
  const { stream, text } = recorder(false);
  let time = 0;
  const progress = startProgress({ ...options, stream, now: () => time });
  progress.update(10); // at once: too soon
  time = 1999;
  progress.update(19);
  time = 2000;
  progress.update(20);
  time = 4500;
  progress.update(29); // no further tenth
  progress.update(30, "mean distortion 0.05");
  progress.stop();
  expect(text()).toBe(
    "attack: 20 of 100 images, 16 s left\nattack: 30 of 100 images, 16 s left, mean distortion 0.05\n",
  );
});

test("progress in a log breaks the silence after a minute", () => {
  const { stream, text } = recorder(false);
  let time = 0;
  const progress = startProgress({ ...options, total: 1e6, stream, now: () => time });
  progress.update(0);
  time = 59_999;
  progress.update(5);
  expect(text()).toBe("");
  time = 60_000;
  progress.update(6);
  progress.update(7);
  expect(text()).toBe("attack: 6 of 1000000 images, 166666 min left\n");
});

test("progress is silent where a program reads, on a terminal too", () => {
  for (const isTTY of [true, false]) {
    const { stream, text } = recorder(isTTY);
    let time = 0;
    const progress = startProgress({ ...options, silent: true, stream, now: () => time });
    time = 1e6;
    progress.update(100);
    progress.stop();
    expect(text()).toBe("");
  }
});

test("progress on a terminal is a bar with numbers and a note", () => {
  const { stream, text } = recorder(true);
  const progress = startProgress({ ...options, stream });
  progress.update(40, "loss 0.5");
  progress.stop();
  expect(text()).toContain("0/100 images");
  expect(text()).toMatch(/attack .*░.*40\/100 images(, \d+ s left)? {2}loss 0\.5/);
});

test("a bar says nothing of the time left while it cannot tell", async () => {
  const { stream, text } = recorder(true);
  const progress = startProgress({ ...options, stream });
  for (const done of [0, 0, 0, 40]) {
    progress.update(done);
    await new Promise((resolve) => setTimeout(resolve, 120)); // a bar is drawn ten times a second
  }
  progress.stop();
  expect(text()).toMatch(/0\/100 images {2}/);
  expect(text()).toMatch(/40\/100 images, \d+ s left/);
  expect(text()).not.toMatch(/INF|NULL|NaN/);
});

test("a bar gives the terminal its line wrapping back, at the end or when the process exits", () => {
  for (const exits of [false, true]) {
    const before = process.listenerCount("exit");
    const { stream, text } = recorder(true);
    const progress = startProgress({ ...options, stream });
    expect(text()).toContain("\x1b[?7l");
    if (exits) (process.listeners("exit").at(-1) as () => void)();
    else progress.stop();
    expect(text()).toContain("\x1b[?7h");
    expect(process.listenerCount("exit")).toBe(before);
  }
});

test("a label or note that directs a terminal is shown by its codes, in a log and in a bar", () => {
  for (const isTTY of [false, true]) {
    const { stream, text } = recorder(isTTY);
    let time = 0;
    const label = "attack x\x1b[2J\x9b1m";
    const progress = startProgress({ ...options, label, stream, now: () => time });
    time = 60_000;
    progress.update(50, "note\x1b[3J");
    progress.stop();
    for (const raw of ["\x1b[2J", "\x1b[3J", "\x9b"]) expect(text()).not.toContain(raw);
    if (!isTTY) expect(text()).toContain("attack x\\x1b[2J\\x9b1m: 50 of 100 images, note\\x1b[3J");
  }
});
