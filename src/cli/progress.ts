/** How far a command is: a bar on a terminal, a line now and then in a log, nothing where a program reads. */
import process from "node:process";
import { Presets, SingleBar } from "cli-progress";
import { printable } from "../check.ts";
import type { StudyProgress } from "../studies/study.ts";

/** In a log: a line at each further tenth, not within two seconds of the last; and one after each silent minute. */
const SOONEST = 2_000;
const LATEST = 60_000;

export interface ProgressOptions {
  label: string; // what is being done: "attack", "train"
  total: number;
  unit: string; // what is counted, in the plural: "images", "iterations"
  silent: boolean; // --json or --quiet
  stream?: NodeJS.WriteStream;
  now?: () => number; // milliseconds
}

export interface Progress {
  /** `done` of the total; `note` is a short word on how it goes, such as "loss 0.012". */
  update(done: number, note?: string): void;
  /** Takes the bar away. Called in any case, also after an error. */
  stop(): void;
}

/** The time left, where it can be told: not before the pace is known, and not once it is past. */
function leftText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds <= 0) return "";
  return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}

function bar({ label, total, unit }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  const shown = new SingleBar(
    {
      format: printable(`${label} {bar} {value}/{total} ${unit}{eta_formatted}  {note}`),
      formatTime: leftText,
      stream,
      barsize: 28,
      clearOnComplete: true,
      gracefulExit: false, // Ctrl-C is interrupt.ts's business
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  const stop = () => {
    process.off("exit", stop);
    shown.stop();
  };
  process.on("exit", stop); // the bar turns off line wrapping: a process that ends in its middle turns it on again
  shown.start(total, 0, { note: "" });
  return { update: (done, note) => shown.update(done, note === undefined ? {} : { note: printable(note) }), stop };
}

function lines({ label, total, unit, now = Date.now }: ProgressOptions, stream: NodeJS.WriteStream): Progress {
  let last = now();
  let tenths = 0;
  /** Where and when the first report was: from there the pace is taken, as a run that goes on starts with a leap. */
  let first: { done: number; time: number } | undefined;
  const left = (done: number, time: number): string => {
    if (!first || done <= first.done || done >= total) return "";
    return leftText(((time - first.time) / 1000) * ((total - done) / (done - first.done)));
  };
  return {
    update(done, note) {
      const time = now();
      first ??= { done, time };
      const reached = Math.floor((10 * done) / total);
      if ((reached <= tenths || time - last < SOONEST) && time - last < LATEST) return;
      tenths = reached;
      last = time;
      stream.write(printable(`${label}: ${done} of ${total} ${unit}${left(done, time)}${note ? `, ${note}` : ""}\n`));
    },
    stop() {},
  };
}

/** Starts showing progress on standard error. */
export function startProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr;
  if (options.silent) return { update() {}, stop() {} };
  return stream.isTTY ? bar(options, stream) : lines(options, stream);
}

/** Shows how far a study is, one bar after another, a new one for each label. */
export function progressBars(silent: boolean): { tell: (progress: StudyProgress) => void; stop: () => void } {
  let bar: Progress | undefined;
  let label: string | undefined;
  const stop = () => bar?.stop();
  return {
    tell: (now) => {
      if (now.label !== label) {
        stop();
        label = now.label;
        bar = startProgress({ label, total: now.total, unit: now.unit, silent });
      }
      bar?.update(now.done, now.note);
    },
    stop,
  };
}
